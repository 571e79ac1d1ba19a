"""How: the shared machine that every business line uses."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CaseworkConfig(AppConfig):
    """Register the casework app and its wiring checks."""

    name = "casework"
    verbose_name = _("业务办理")

    def ready(self) -> None:
        """Register the wiring checks and the job kinds, and let the search follow every deed."""
        from casework import checks, exports, ledger_printing, menu, papers  # noqa: F401, PLC0415 - registering is their effect
        from casework.correction_reading import panel_of_person  # noqa: PLC0415 - apps are not loaded before
        from casework.dated.calendar import Calendar  # noqa: PLC0415
        from casework.dated.codes import CodeTables  # noqa: PLC0415
        from casework.dated.deadlines import DeadlineRules  # noqa: PLC0415
        from casework.dated.months import StatisticalMonth  # noqa: PLC0415
        from casework.dated.subjects import register  # noqa: PLC0415
        from casework.imports import undoing  # noqa: F401, PLC0415 - with the jobs that it stands upon
        from casework.inbox import panels  # noqa: PLC0415
        from casework.jobs import after_marks  # noqa: PLC0415
        from casework.tasks import on_tick  # noqa: PLC0415

        for kind in (DeadlineRules(), CodeTables(), Calendar(), StatisticalMonth()):
            register(kind)
        panels.append(panel_of_person)
        on_tick += ["casework.index_marked", "casework.start_unit_changes"]
        after_marks.append("casework.index_marked")
