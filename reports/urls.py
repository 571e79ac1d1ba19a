"""Addresses of dashboards, definitions and the report centre. Units stand in them by national code."""

from django.urls import path

from reports.models import EditionFile
from reports.views import centre, dashboard, edition, quality, sheets

SHEET = "reports/<slug:form>/<slug:period>/<slug:code>/v<int:number>"

urlpatterns = [
    path("dash/", dashboard.Dashboards.as_view(), name="dashboard"),
    path("dash/<slug:line>/", dashboard.Dashboard.as_view(), name="dashboard"),
    path("dash/<slug:line>/rows/", dashboard.FigureRows.as_view(), name="figure_rows"),
    path("metrics/<str:code>/", dashboard.Metric.as_view(), name="metric"),
    path("sheets/", sheets.Sheets.as_view(), name="sheets"),
    path("sheets/lock/<slug:period>/", sheets.LockMonth.as_view(), name="lock_month"),
    # No sheet is called so: a sheet's name has ten characters.
    path("sheets/quality/", quality.SheetQuality.as_view(), name="sheet_quality"),
    path("sheets/calendar/", quality.SheetCalendar.as_view(), name="sheet_calendar"),
    path("sheets/<slug:ref>/", sheets.SheetPage.as_view(), name="sheet"),
    path("sheets/<slug:ref>/rows/", sheets.SheetRows.as_view(), name="sheet_rows"),
    path("sheets/<slug:ref>/<slug:step>/", sheets.SheetStep.as_view(), name="sheet_step"),
    path("reports/", centre.ReportCentre.as_view(), name="reports"),
    path("reports/issue/", centre.IssueReport.as_view(), name="issue_report"),
    path(f"{SHEET}/", edition.EditionPage.as_view(), name="edition"),
    path(f"{SHEET}/rows/", edition.EditionRows.as_view(), name="edition_rows"),
    path(f"{SHEET}.pdf", edition.EditionDownload.as_view(kind=EditionFile.Kind.PDF), name="edition_pdf"),
    path(f"{SHEET}.xlsx", edition.EditionDownload.as_view(kind=EditionFile.Kind.XLSX), name="edition_xlsx"),
]
