"""People's mediation: disputes from registration to archive."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MediationConfig(AppConfig):
    """Register the line with the shared machine."""

    name = "mediation"
    verbose_name = _("人民调解")

    def ready(self) -> None:
        """Register the line's declaration."""
        from mediation import line  # noqa: F401, PLC0415 - importing registers it
