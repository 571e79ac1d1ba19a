"""People's mediation: disputes from registration to archive."""

from django.apps import AppConfig


class MediationConfig(AppConfig):
    """Register the line with the shared machine."""

    name = "mediation"
    verbose_name = "人民调解"

    def ready(self) -> None:
        """Register the line's declaration."""
        from mediation import line  # noqa: F401, PLC0415 - importing registers it
