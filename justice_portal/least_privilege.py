"""The web and the workers run as the application role; the owner's address has no business there."""

import os

from django.core.exceptions import ImproperlyConfigured


def refuse_owner_address() -> None:
    """Raise ImproperlyConfigured when DATABASE_OWNER_URL is set: row-level security would be one import away."""
    if os.environ.get("DATABASE_OWNER_URL") or os.environ.get("DATABASE_OWNER_URL_FILE"):
        raise ImproperlyConfigured("DATABASE_OWNER_URL is for migrate and seed alone: remove it from this process.")
