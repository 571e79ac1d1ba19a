"""Addresses of the shared pages, and of each record type under its own word."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from casework.lines import RecordType, record_types
from casework.views import (
    correction_requests,
    corrections,
    drafts,
    entry,
    files,
    handovers,
    home,
    imports,
    lists,
    parts,
    records,
    rules,
    search,
    unit_changes,
)


def pages_of(record_type: RecordType) -> list[URLPattern]:
    """Return the pages of a record type; a line declares them by declaring the type."""
    given = {"record_type": record_type}
    # Before the pages of a record: "import" and "ledger" are no record's name.
    return [
        *(import_pages(given) if record_type.imports else []),
        *([path("ledger/", files.PrintLedger.as_view(**given), name="ledger")] if record_type.ledger else []),
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
        path("<slug:ref>/files/<slug:file>/void/", corrections.VoidFile.as_view(**given), name="void_file"),
        path("<slug:ref>/documents/<slug:file>/void/", corrections.VoidDocument.as_view(**given), name="void_document"),
        *(handing_pages(given) if record_type.handing else []),
        *(correcting_pages(given) if record_type.correcting else []),
    ]


def correcting_pages(given: dict[str, RecordType]) -> list[URLPattern]:
    """Return the pages of a type whose steps are corrected and taken back, and whose records may be void."""
    return [
        path("<slug:ref>/history/<int:event>/", corrections.CorrectStep.as_view(**given), name="correct_step"),
        path("<slug:ref>/take-back/", corrections.AskTakeBack.as_view(**given), name="take_back"),
        path("<slug:ref>/void/", corrections.AskVoid.as_view(**given), name="void"),
    ]


def handing_pages(given: dict[str, RecordType]) -> list[URLPattern]:
    """Return the page of a type whose records go to other offices."""
    return [path("<slug:ref>/handover/", handovers.OfferHandover.as_view(**given), name="hand_over")]


def import_pages(given: dict[str, RecordType]) -> list[URLPattern]:
    """Return the pages of a type that records may come into out of a ledger."""
    return [
        path("import/", imports.ImportRecords.as_view(**given), name="import"),
        path("import/template.xlsx", imports.ImportTemplate.as_view(**given), name="import_template"),
        path("import/<slug:ref>/", imports.ImportBatchPage.as_view(**given), name="import_batch"),
        path("import/<slug:ref>/columns/", imports.MatchColumns.as_view(**given), name="import_columns"),
        path("import/<slug:ref>/run/", imports.RunImport.as_view(**given), name="import_run"),
        path("import/<slug:ref>/undo/", imports.UndoImport.as_view(**given), name="import_undo"),
        path("import/<slug:ref>/errors.xlsx", imports.ImportErrors.as_view(**given), name="import_errors"),
    ]


urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.Home.as_view(), name="home"),
    path("healthz", home.healthz, name="healthz"),
    path("rules/", rules.RuleList.as_view(), name="rules"),
    path("rules/<slug:kind>/<str:code>/", rules.RulePage.as_view(), name="rule"),
    path("unit-changes/", unit_changes.UnitChangeList.as_view(), name="unit_changes"),
    path("unit-changes/<int:change>/", unit_changes.UnitChangePage.as_view(), name="unit_change"),
    path("unit-changes/new/<int:unit>/<slug:kind>/", unit_changes.DraftUnitChange.as_view(), name="draft_unit_change"),
    path("drafts/", drafts.DraftList.as_view(), name="drafts"),
    path("drafts/<slug:ref>/discard/", drafts.DiscardDraft.as_view(), name="discard_draft"),
    path("handovers/", handovers.HandoverList.as_view(), name="handovers"),
    path("handovers/<slug:ref>/", handovers.HandoverPage.as_view(), name="handover"),
    path("handovers/<slug:ref>/accept/", handovers.AcceptHandover.as_view(), name="accept_handover"),
    path("handovers/<slug:ref>/return/", handovers.ReturnHandover.as_view(), name="return_handover"),
    path("handovers/<slug:ref>/withdraw/", handovers.WithdrawHandover.as_view(), name="withdraw_handover"),
    path("corrections/", correction_requests.CorrectionList.as_view(), name="corrections"),
    path("corrections/<slug:ref>/", correction_requests.CorrectionPage.as_view(), name="correction"),
    path("search/", search.SearchBox.as_view(), name="search"),
    path("search/<slug:token>/", search.SearchResults.as_view(), name="found"),
    path("lists/<slug:slug>/columns/", lists.ChooseColumns.as_view(), name="choose_columns"),
    path("lists/<slug:slug>/views/", lists.SaveView.as_view(), name="save_view"),
    path("lists/<slug:slug>/views/<slug:key>/", lists.ChangeView.as_view(), name="change_view"),
    path("jobs/<slug:ref>/", files.JobPage.as_view(), name="job"),
    path("jobs/<slug:ref>/file", files.DownloadExport.as_view(), name="download_export"),
]
urlpatterns += [path(f"{kind.slug}/", include((pages_of(kind), kind.slug))) for kind in record_types()]
