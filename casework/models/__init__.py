"""Tables of the shared machine."""

from casework.models.calendar import CalendarDay, CalendarYear
from casework.models.corrections import CorrectionRequest
from casework.models.dated import CodeValue, DatedDraft, DeadlineRule, MonthRule
from casework.models.drafts import Draft, SubmitToken
from casework.models.fields import CodeField, CodesField, FenField
from casework.models.files import Attachment, IssuedDocument, StoredFile
from casework.models.handover import Handover
from casework.models.history import CORRECTED, HANDED_IN, HANDED_OUT, TAKEN_BACK, CountedEvent, RecordEvent
from casework.models.imports import ImportBatch, ImportedRecord, ImportMapping, ImportRow
from casework.models.jobs import Job
from casework.models.links import RecordLink
from casework.models.marks import DirtyMark
from casework.models.numbers import NumberCounter
from casework.models.parts import RecordRow
from casework.models.record import Record
from casework.models.search import SearchMark, SearchRow, SearchText
from casework.models.views import ListSetting, SavedView

__all__ = [
    "CORRECTED",
    "HANDED_IN",
    "HANDED_OUT",
    "TAKEN_BACK",
    "Attachment",
    "CalendarDay",
    "CalendarYear",
    "CodeField",
    "CodeValue",
    "CodesField",
    "CorrectionRequest",
    "CountedEvent",
    "DatedDraft",
    "DeadlineRule",
    "DirtyMark",
    "Draft",
    "FenField",
    "Handover",
    "ImportBatch",
    "ImportMapping",
    "ImportRow",
    "ImportedRecord",
    "IssuedDocument",
    "Job",
    "ListSetting",
    "MonthRule",
    "NumberCounter",
    "Record",
    "RecordEvent",
    "RecordLink",
    "RecordRow",
    "SavedView",
    "SearchMark",
    "SearchRow",
    "SearchText",
    "StoredFile",
    "SubmitToken",
]
