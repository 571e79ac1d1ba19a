"""People's mediation: disputes from registration to archive."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MediationConfig(AppConfig):
    """Register the line with the shared machine."""

    name = "mediation"
    verbose_name = _("人民调解")

    def ready(self) -> None:
        """Register the line's declaration."""
        from casework.inbox import panels  # noqa: PLC0415 - apps are not loaded before
        from casework.tasks import on_tick  # noqa: PLC0415
        from mediation import line  # noqa: F401, PLC0415 - importing registers it
        from mediation.panels import alerts_panel  # noqa: PLC0415

        on_tick.append("mediation.escalate_alerts")
        panels.append(alerts_panel)
