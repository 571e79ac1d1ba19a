"""Who: the office tree, people, roles, scope, audit, secrets."""

from django.apps import AppConfig


class OfficesConfig(AppConfig):
    """Register the offices app."""

    name = "offices"
    verbose_name = "机构与人员"
