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
        from casework.dated.deadlines import words_of  # noqa: PLC0415
        from casework.dated.recomputing import followers  # noqa: PLC0415
        from casework.dated.subjects import register  # noqa: PLC0415
        from casework.inbox import panels, waits  # noqa: PLC0415
        from casework.jobs import after_marks  # noqa: PLC0415 - apps are not loaded before
        from casework.menu import FIGURES, Entry, add_entry  # noqa: PLC0415
        from casework.tasks import on_tick  # noqa: PLC0415
        from casework.unit_changes import effects  # noqa: PLC0415
        from offices import changes  # noqa: PLC0415
        from offices.permissions import Action  # noqa: PLC0415
        from reports import tasks  # noqa: F401, PLC0415 - registering is its effect
        from reports.centre import latest_panel  # noqa: PLC0415
        from reports.correction_reading import waiting_panel  # noqa: PLC0415
        from reports.dated_parameters import Parameters  # noqa: PLC0415
        from reports.due_dates import WORDS, recompute_sheets  # noqa: PLC0415
        from reports.reminders import WAITS, lower_panel, own_panel, waiting_sheets  # noqa: PLC0415
        from reports.selectors import issued_reason, locked_reason  # noqa: PLC0415
        from reports.unit_changes import lay_out, open_sheets, reported_reason  # noqa: PLC0415

        words_of.update(WORDS)
        register(Parameters())
        followers.append(recompute_sheets)
        on_tick += ["reports.drain", "reports.open_last_month"]
        after_marks.append("reports.drain")
        panels += [own_panel, lower_panel, waiting_panel, latest_panel]
        waits[WAITS] = waiting_sheets
        locks += [issued_reason, locked_reason]
        changes.locks.append(reported_reason)
        changes.followers.append(lay_out)
        effects.append(open_sheets)
        add_entry(Entry(FIGURES, _("数据看板"), "dashboard", "speedometer2", Action.READ_DASHBOARD))
        add_entry(Entry(FIGURES, _("统计月报"), "sheets", "file-earmark-text", Action.READ_REPORT, waits=WAITS))
        add_entry(Entry(FIGURES, _("报表中心"), "reports", "file-earmark-check", Action.READ_REPORT))
