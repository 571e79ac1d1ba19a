"""Counting, freezing, printing. It knows lines only through casework's registry."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Register the drain with the minute's tick, and the job kinds."""

    name = "reports"
    verbose_name = "统计报表"

    def ready(self) -> None:
        """Tell the tick what to look after."""
        from casework.jobs import after_marks  # noqa: PLC0415 - apps are not loaded before
        from casework.tasks import on_tick  # noqa: PLC0415
        from reports import tasks  # noqa: F401, PLC0415 - registering is its effect

        on_tick.append("reports.drain")
        after_marks.append("reports.drain")
