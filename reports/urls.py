"""Addresses of dashboards, definitions and the report centre. Units stand in them by national code."""

from django.urls import path

from reports.models import EditionFile, VolumeFile
from reports.views import (
    centre,
    dashboard,
    edition,
    month_editions,
    quality,
    sheet_corrections,
    sheet_months,
    sheets,
    volumes,
)

SHEET = "reports/<slug:form>/<slug:period>/<slug:code>/v<int:number>"

urlpatterns = [
    path("dash/", dashboard.Dashboards.as_view(), name="dashboard"),
    path("dash/<slug:line>/", dashboard.Dashboard.as_view(), name="dashboard"),
    path("dash/<slug:line>/rows/", dashboard.FigureRows.as_view(), name="figure_rows"),
    path("metrics/<str:code>/", dashboard.Metric.as_view(), name="metric"),
    path("sheets/", sheet_months.Sheets.as_view(), name="sheets"),
    path("sheets/lock/<slug:period>/", sheet_months.LockMonth.as_view(), name="lock_month"),
    path("sheets/editions/<slug:period>/", month_editions.MonthEditions.as_view(), name="month_editions"),
    path("sheets/editions/<slug:period>/compare/", month_editions.CompareEditions.as_view(), name="compare_editions"),
    path("sheets/corrections/", sheet_corrections.CorrectionList.as_view(), name="sheet_corrections"),
    path("sheets/corrections/<slug:ref>/", sheet_corrections.CorrectionPage.as_view(), name="sheet_correction"),
    path(
        "sheets/corrections/<slug:ref>/<slug:step>/",
        sheet_corrections.CorrectionStepPage.as_view(),
        name="sheet_correction_step",
    ),
    path("sheets/<slug:ref>/correct/", sheet_corrections.FileCorrection.as_view(), name="file_sheet_correction"),
    # No sheet is called so: a sheet's name has ten characters.
    path("sheets/quality/", quality.SheetQuality.as_view(), name="sheet_quality"),
    path("sheets/calendar/", quality.SheetCalendar.as_view(), name="sheet_calendar"),
    path("sheets/<slug:ref>/", sheets.SheetPage.as_view(), name="sheet"),
    path("sheets/<slug:ref>/rows/", sheets.SheetRows.as_view(), name="sheet_rows"),
    path("sheets/<slug:ref>/<slug:step>/", sheets.SheetStep.as_view(), name="sheet_step"),
    path("reports/", centre.ReportCentre.as_view(), name="reports"),
    path("reports/issue/", centre.IssueReport.as_view(), name="issue_report"),
    path("reports/verify/", volumes.Verify.as_view(), name="verify_volume"),
    path("reports/volumes/", volumes.Volumes.as_view(), name="volumes"),
    path("reports/volumes/<slug:ref>.pdf", volumes.VolumeDownload.as_view(kind=VolumeFile.Kind.PDF), name="volume_pdf"),
    path(
        "reports/volumes/<slug:ref>.xlsx", volumes.VolumeDownload.as_view(kind=VolumeFile.Kind.XLSX), name="volume_xlsx"
    ),
    path(f"{SHEET}/", edition.EditionPage.as_view(), name="edition"),
    path(f"{SHEET}/rows/", edition.EditionRows.as_view(), name="edition_rows"),
    path(f"{SHEET}.pdf", edition.EditionDownload.as_view(kind=EditionFile.Kind.PDF), name="edition_pdf"),
    path(f"{SHEET}.xlsx", edition.EditionDownload.as_view(kind=EditionFile.Kind.XLSX), name="edition_xlsx"),
]
