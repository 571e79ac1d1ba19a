"""Counting, freezing, printing. It knows lines only through casework's registry."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    """Register the drain with the minute's tick, the job kinds, and the pages in the menu."""

    name = "reports"
    verbose_name = _("统计报表")

    def ready(self) -> None:
        """Tell casework what to look after and what to show."""
        from casework.correction_requests import locks  # noqa: PLC0415
        from casework.inbox import panels, waits  # noqa: PLC0415
        from casework.jobs import after_marks  # noqa: PLC0415 - apps are not loaded before
        from casework.menu import FIGURES, Entry, add_entry  # noqa: PLC0415
        from casework.rules import words_of  # noqa: PLC0415
        from casework.tasks import on_tick  # noqa: PLC0415
        from offices.permissions import Action  # noqa: PLC0415
        from reports import tasks  # noqa: F401, PLC0415 - registering is its effect
        from reports.centre import latest_panel  # noqa: PLC0415
        from reports.due_dates import WORDS  # noqa: PLC0415
        from reports.reminders import WAITS, lower_panel, own_panel, waiting_sheets  # noqa: PLC0415
        from reports.selectors import issued_reason  # noqa: PLC0415

        words_of.update(WORDS)
        on_tick += ["reports.drain", "reports.open_last_month"]
        after_marks.append("reports.drain")
        panels += [own_panel, lower_panel, latest_panel]
        waits[WAITS] = waiting_sheets
        locks.append(issued_reason)
        add_entry(Entry(FIGURES, _("数据看板"), "dashboard", "speedometer2", Action.READ_DASHBOARD))
        add_entry(Entry(FIGURES, _("统计月报"), "sheets", "file-earmark-text", Action.READ_REPORT, waits=WAITS))
        add_entry(Entry(FIGURES, _("报表中心"), "reports", "file-earmark-check", Action.READ_REPORT))
