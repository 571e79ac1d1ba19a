"""Opening a record out of another one: what is carried over, whether it is possible, and the link that stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from casework import lines
from casework.drafts import SOURCE
from casework.lines import RecordType, Referral
from casework.models import Record, RecordLink
from casework.services import link_records, move_record
from offices.models import Membership


@dataclass(frozen=True)
class Opening:
    """What a new record comes out of: nothing, or a source record by a declared referral."""

    target: str
    key: str = ""
    source: Any = None
    source_type: RecordType | None = None
    referral: Referral | None = None

    def carried(self) -> tuple[dict[str, Any], list[dict[str, Any]] | None]:
        """Return the initial values that the source gives."""
        return self.referral.prefill(self.source) if self.referral else ({}, None)

    def address(self) -> str:
        """Return the address of the source's page."""
        assert self.source_type is not None
        return reverse(f"{self.source_type.slug}:detail", args=[self.source.public_id])

    def refusal(self) -> str:
        """Return why the source is not ready for it, empty when it is."""
        if self.referral is None or self.source_type is None:
            return ""
        if self.source.state not in self.referral.states:
            state = self.source_type.workflow.state(self.source.state).label
            return _("当前状态是“%(state)s”，不能“%(step)s”。") % {"state": state, "step": self.referral.label}
        if self.referral.most and self._made() >= self.referral.most:
            return _("已经“%(step)s”，不能重复办理。") % {"step": self.referral.label}
        return self.referral.refusal(self.source)

    def _made(self) -> int:
        code, key = self.source.record_type(), self.source.pk
        return RecordLink.objects.filter(source_type=code, source_id=key, record_type=self.target).count()

    def done(self, record: Record, actor: Membership) -> None:
        """Keep the link, and let the source take its step on the day on which the record was registered."""
        if self.referral is None or self.source_type is None:
            return
        link_records(self.source, record, actor=actor)
        if self.referral.step:
            move_record(
                record=self.source,
                actor=actor,
                workflow=self.source_type.workflow,
                step=self.referral.step,
                on=record.registered_on,
                note=record.title,
            )


def find_opening(record_type: RecordType, text: str) -> Opening:
    """Return what an address names as the source (``type/public id``), looked up under the scope.

    Raises LookupError when there is no such record, when the type cannot be opened out of it, or only out of one.
    """
    if not text:
        if record_type.only_referred:
            raise LookupError(record_type.code)
        return Opening(record_type.code)
    code, _slash, ref = text.partition("/")
    referral = record_type.referral(code)
    source_type = lines.record_type(code)
    source = source_type.model.objects.filter(public_id=ref[:10]).first()
    if source is None:
        raise LookupError(ref)
    return Opening(record_type.code, f"{code}/{source.public_id}", source, source_type, referral)


def openable(
    record_type: RecordType, record: Record, links: list[RecordLink]
) -> list[tuple[RecordType, Referral, str]]:
    """Return what can be opened out of a record now: type, referral, address. ``links`` are those of the record."""
    found = []
    for kind, referral in lines.referrals_from(record_type.code):
        made = sum(link.record_type == kind.code and link.source_id == record.pk for link in links)
        if record.state not in referral.states or (referral.most and made >= referral.most):
            continue
        if not referral.refusal(record):
            found.append((kind, referral, opened_out_of(kind.slug, record)))
    return found


def opened_out_of(slug: str, record: Record) -> str:
    """Return the address of the form that opens a record of a type (by its slug) out of another."""
    return f"{reverse(f'{slug}:open')}?{SOURCE}={record.record_type()}/{record.public_id}"


def links_of(record: Record) -> list[RecordLink]:
    """Return the links of a record in both directions, as far as the other end is in scope."""
    code = record.record_type()
    out = RecordLink.objects.filter(source_type=code, source_id=record.pk)
    return list(out) + list(RecordLink.objects.filter(record_type=code, record_id=record.pk))


def linked_rows(record: Record, links: list[RecordLink]) -> list[dict[str, Any]]:
    """Return the linked records in scope as lines of a panel."""
    ends: dict[str, list[int]] = {}
    for link in links:
        away = link.source_id == record.pk and link.source_type == record.record_type()
        code, key = (link.record_type, link.record_id) if away else (link.source_type, link.source_id)
        ends.setdefault(code, []).append(key)
    rows = []
    for code, keys in ends.items():
        kind = lines.record_type(code)
        for ref, title, number, state in kind.model.objects.filter(pk__in=keys).values_list(
            "public_id", "title", "number", "state"
        ):
            label = str(kind.workflow.state(state).label)
            line = " · ".join(str(text) for text in (kind.label, number, label) if text)
            rows.append(
                {"name": title, "url": reverse(f"{kind.slug}:detail", args=[ref]), "line": line, "icon": kind.icon}
            )
    return rows
