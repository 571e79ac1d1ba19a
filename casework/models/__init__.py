"""Tables of the shared machine."""

from casework.models.calendar import CalendarDay, CalendarYear
from casework.models.dated import CodeValue, DeadlineRule, RuleDraft
from casework.models.drafts import Draft, SubmitToken
from casework.models.fields import CodeField, CodesField, FenField
from casework.models.files import Attachment, IssuedDocument
from casework.models.handover import Handover
from casework.models.history import HANDED_IN, HANDED_OUT, CountedEvent, RecordEvent
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
    "HANDED_IN",
    "HANDED_OUT",
    "Attachment",
    "CalendarDay",
    "CalendarYear",
    "CodeField",
    "CodeValue",
    "CodesField",
    "CountedEvent",
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
    "NumberCounter",
    "Record",
    "RecordEvent",
    "RecordLink",
    "RecordRow",
    "RuleDraft",
    "SavedView",
    "SearchMark",
    "SearchRow",
    "SearchText",
    "SubmitToken",
]
