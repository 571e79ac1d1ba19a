"""The words of a ledger of disputes and what they stand for: fixed ones, code tables, the office's own lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from casework.codes import all_codes, versions_of
from casework.imports.columns import words_of
from mediation.models import Dispute, MediationCommittee, Mediator, Party
from offices.models import Membership, Village

FROM_LEDGER = "按原台账补录。"
NO_MEDIATOR = "原台账未记载调解员。"
TERMS_UNKNOWN = "见原卷宗。"
SUCCEEDED, FAILED, MEDIATING, REJECTED = "succeeded", "failed", "mediating", "rejected"
RESULTS = {"调解成功": SUCCEEDED, "调解不成": FAILED, "调解中": MEDIATING, "不予受理": REJECTED}
OTHER_RESULTS = {"成功": SUCCEEDED, "不成": FAILED, "调解不成(终止)": FAILED, "终止": FAILED, "调解不成功": FAILED}
FORMS = {"口头协议": Dispute.AgreementForm.ORAL, "书面协议": Dispute.AgreementForm.WRITTEN}
PERFORMANCES = {
    "当即履行": Dispute.Performance.AT_ONCE,
    "已履行": Dispute.Performance.FULL,
    "部分履行": Dispute.Performance.PARTIAL,
    "未到期": Dispute.Performance.NOT_DUE,
    "未履行": Dispute.Performance.REFUSED,
}
OPEN_PERFORMANCES = {Dispute.Performance.PARTIAL, Dispute.Performance.NOT_DUE}
ROLES = {"申请人": Party.Role.APPLICANT, "被申请人": Party.Role.RESPONDENT, "第三人": Party.Role.THIRD}
KINDS = {"自然人": Party.Kind.PERSON, "单位": Party.Kind.ORGANISATION}
SEXES = {"男": Party.Sex.MALE, "女": Party.Sex.FEMALE}
SIDES = (("first", "甲方", Party.Role.APPLICANT), ("second", "乙方", Party.Role.RESPONDENT))


@dataclass(frozen=True)
class Known:
    """What the rows of one office are held against."""

    today: date
    words: Mapping[str, Mapping[str, Any]]
    mediators: Mapping[tuple[int, str], Mediator]
    offered: Mapping[str, tuple[str, ...]]


def known(actor: Membership) -> Known:
    """Read the code tables, and the villages, committees and mediators of the importer's office."""
    villages = list(Village.objects.filter(office_id=actor.office_id, valid_to=None))
    committees = list(MediationCommittee.objects.filter(office_id=actor.office_id))
    mediators = Mediator.objects.filter(office_id=actor.office_id)
    tables = {table: _code_words(table) for table in TABLES}
    tables["village"] = words_of((word, v) for v in villages for word in (v.code, v.name, v.short_name))
    tables["committee"] = words_of((word, c) for c in committees for word in (c.short_name, c.title))
    offered = {
        table: tuple(value.name for value in all_codes(table) if value.code in set(tables[table].values()))
        for table in TABLES
    }
    offered["village"] = tuple(village.short_name for village in villages)
    offered["committee"] = tuple(committee.title for committee in committees)
    by_name = {(mediator.committee_id, mediator.title): mediator for mediator in mediators}
    return Known(timezone.localdate(), tables, by_name, offered)


# What the paper forms print beside the names of the code tables.
PRINTED = {
    "mediation.source": {"当事人申请": "on_application", "人民调解委员会主动调解": "ex_officio"},
    "mediation.way": {"面对面": "face_to_face", "现场": "on_site", "电话": "telephone", "线上视频": "video"},
}
TABLES = (
    *("mediation.type", "mediation.source", "mediation.scale", "mediation.relation", "mediation.way"),
    *("mediation.office_role", "mediation.failure", "mediation.rejection", "mediation.id_kind"),
)


def _code_words(table: str) -> dict[str, Any]:
    # Former names too: an old ledger speaks as its time did.
    values = versions_of(table)
    headings = {value.maps_to for value in values if value.maps_to} if table == "mediation.source" else set()
    pairs = [(value.name, value.code) for value in values if value.code not in headings]
    pairs += [(name.removesuffix("纠纷"), code) for name, code in pairs if table == "mediation.type"]
    return words_of([*pairs, *PRINTED.get(table, {}).items()])
