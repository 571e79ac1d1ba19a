"""Who: the office tree, people, roles, scope, audit, secrets."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OfficesConfig(AppConfig):
    """Register the offices app."""

    name = "offices"
    verbose_name = _("机构与人员")
