"""What the browser tests show: an office with work in every state, figures, an edition, jobs, a draft, and long words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.utils import timezone

from casework.dated.deeds import draft_change
from casework.dated.subjects import Change, subject
from casework.drafts import OPENING, save_draft
from casework.files import attach_file, store
from casework.history import steps_of
from casework.models import Attachment, Job
from mediation.models import Dispute
from offices.models import Membership
from offices.scoping import system, within
from reports import rollup
from reports.freezing import freeze
from reports.models import Edition, EditionFile, IssueRequest
from tests.conformance.test_sweep import asked, between_offices, changing, locked_months, monthly
from tests.conftest import TODAY, find_member
from tests.factories import PartyFactory, dispute_in
from tests.registers import add_evidence, one_of_each
from tests.volumes import made_volume

APRIL = date(2026, 4, 1)
DRAFTED_RULE = "mediation.return_visit"
# Nothing in it offers a place to break the line.
UNBROKEN = "Shandong_Jinan_Lixia_2026_0147_agreement_signed_by_both_parties_final_version.pdf"
LONG_NAME = "山东黄河下游农业科技开发股份有限公司济南历下第二分公司职工代表大会"
# Days before today at which a dispute was registered, so that the inbox has all its groups.
AGES = (0, 2, 5, 40)


@dataclass(frozen=True)
class Scene:
    """Where the pages find what they show: a target as the sweep has it, and a record in each state."""

    target: dict[str, Any]
    refs: dict[str, str]
    jobs: list[str]


def build_scene(states: Iterable[str]) -> Scene:
    """Fill the clerk's office, with one record in each of the states, and issue April twice."""
    clerk = find_member("clerk")
    record = long_record(clerk)
    refs = {state: dispute_in(state, actor=clerk, on=date(2026, 4, 10)).public_id for state in states}
    for age in AGES:
        dispute_in("accepted", actor=clerk, on=TODAY - timedelta(days=age))
    dispute_in("agreed_oral", actor=clerk, on=date(2025, 4, 10))
    keep_draft(clerk)
    draft_rule_of(find_member("province_line_lead"))
    rollup.drain()
    for reason in ("", "补录三件，其中一件由柳河司法所移交。"):
        issue(find_member("province_statistician"), reason)
    return Scene(target_of(clerk, record), refs, [job(clerk, state) for state in Job.State])


def long_record(clerk: Membership) -> Dispute:
    """Return a record whose texts are as long as they get, with a file."""
    parties = [PartyFactory(kind="organisation", name=LONG_NAME, identifier=None), PartyFactory(role="respondent")]
    record = dispute_in(
        "registered", actor=clerk, parties=parties, brief="因排水沟走向发生争执。" * 30, place="村" * 40
    )
    with within(clerk):
        attach_file(record=record, actor=clerk, upload=SimpleUploadedFile(UNBROKEN, b"%PDF-1.7"))
    return record


def target_of(clerk: Membership, record: Dispute) -> dict[str, Any]:
    """Return what the sweep's entries point at."""
    office: Any = clerk.office
    made = one_of_each(clerk) | between_offices({"zone_clerk": {"office": find_member("zone_clerk").office}})
    made["record/part"] = add_evidence(record, clerk)
    with within(clerk):
        made |= {"FILE": Attachment.objects.get(record_id=record.pk).public_id, "STEP": steps_of(record)[0].event.pk}
    return (
        made
        | asked()
        | monthly()
        | changing()
        | locked_months()
        | {"record": record.public_id, "person": clerk.user_id, "post": clerk.pk, "office": office}
    )


def keep_draft(clerk: Membership) -> None:
    """Keep a form that was begun."""
    with within(clerk):
        save_draft(actor=clerk, form=f"mediation.dispute{OPENING}", data=QueryDict("brief=写到一半"))


def draft_rule_of(drafter: Membership) -> None:
    """Keep the draft of a rule, for a second person to adopt."""
    values = {
        "amount": 15,
        "unit": "day",
        "rolls": True,
        "article": "鲁司办〔2026〕7号第十二条",
    }
    change = Change(valid_from=TODAY + timedelta(days=200), content=values)
    with within(drafter):
        draft_change(actor=drafter, kind=subject("deadline"), code=DRAFTED_RULE, change=change, reason="缩短回访期限")


def issue(issuer: Membership, reason: str) -> None:
    """Issue April for the whole province, with two small files."""
    with system("test"):
        asked = IssueRequest(unit=issuer.office, level="province", line="mediation", form="T9", month=APRIL)
        asked.asked_by, asked.reason = issuer.user, reason
        asked.save(force_insert=True)
        add_files(freeze(asked, issuer, timezone.now()))
        if not reason:
            made_volume(issuer, "volume0001")


def add_files(edition: Edition) -> None:
    """Keep an empty PDF and workbook."""
    for kind in EditionFile.Kind.values:
        kept = store("editions", iter([b"%PDF-1.7"]), f".{kind}")
        file = EditionFile(edition=edition, unit=edition.unit, level="province", line="mediation", kind=kind)
        file.stored_as, file.size, file.sha256 = kept.stored_as, kept.size, kept.sha256
        file.name = f"山东省司法厅_人民调解案件情况统计表_2026年4月_第{edition.number}版.{kind}"
        file.save(force_insert=True)


def job(clerk: Membership, state: str) -> str:
    """Return the address of a job of a person in a state."""
    with system("test"):
        made = Job(kind="export_records", key=f"scene/{state}", user=clerk.user, membership=clerk, state=state)
        made.run_after, made.progress, made.total = timezone.now() + timedelta(days=1), 400, 1000
        made.message = "已写入 400 行" if state == Job.State.RUNNING else ""
        made.result = {"rows": 1000}
        made.save(force_insert=True)
    return made.public_id
