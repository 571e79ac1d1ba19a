"""Addresses of the shared pages, and of each record type under its own word."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from casework.lines import RecordType, record_types
from casework.views import drafts, entry, files, home, parts, records


def pages_of(record_type: RecordType) -> list[URLPattern]:
    """Return the pages of a record type; a line declares them by declaring the type."""
    given = {"record_type": record_type}
    return [
        path("", records.RecordList.as_view(**given), name="list"),
        path("new/", entry.OpenRecord.as_view(**given), name="open"),
        path("new/draft/", drafts.OpenDraft.as_view(**given), name="open_draft"),
        path("export/", files.ExportRecords.as_view(**given), name="export"),
        path("<slug:ref>/", records.RecordDetail.as_view(**given), name="detail"),
        path("<slug:ref>/amend/", entry.AmendRecord.as_view(**given), name="amend"),
        path("<slug:ref>/steps/<slug:step>/", entry.TakeStep.as_view(**given), name="step"),
        path("<slug:ref>/parts/<slug:part>/new/", parts.AddPart.as_view(**given), name="add_part"),
        path("<slug:ref>/parts/<slug:part>/<slug:row>/", parts.ChangePart.as_view(**given), name="change_part"),
        path("<slug:ref>/parts/<slug:part>/<slug:row>/remove/", parts.RemovePart.as_view(**given), name="remove_part"),
        path("<slug:ref>/documents/<slug:code>/new/", files.MakeDocument.as_view(**given), name="make_document"),
        path("<slug:ref>/documents/<slug:file>.pdf", files.DownloadDocument.as_view(**given), name="document"),
        path("<slug:ref>/files/new/", files.AttachFile.as_view(**given), name="attach"),
        path("<slug:ref>/files/<slug:file>", files.DownloadFile.as_view(**given), name="file"),
    ]


urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.Home.as_view(), name="home"),
    path("healthz", home.healthz, name="healthz"),
    path("drafts/", drafts.DraftList.as_view(), name="drafts"),
    path("drafts/<slug:ref>/discard/", drafts.DiscardDraft.as_view(), name="discard_draft"),
    path("jobs/<slug:ref>/", files.JobPage.as_view(), name="job"),
    path("jobs/<slug:ref>/file", files.DownloadExport.as_view(), name="download_export"),
]
urlpatterns += [path(f"{kind.slug}/", include((pages_of(kind), kind.slug))) for kind in record_types()]
