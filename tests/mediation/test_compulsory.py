"""What a dossier must hold, by the way that the case went."""

from __future__ import annotations

import hashlib
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from casework import lines
from casework.documents import RenderedPdf
from casework.files import attach_file
from casework.papers import keep
from casework.workflow import NotPossible
from mediation.compulsory import COMPULSORY, missing_papers
from mediation.models import Agent, Dispute
from offices.models import Membership
from offices.scoping import within
from tests.factories import dispute_in, take_step

DAY = date(2026, 5, 20)
PAPER = b"%PDF-1.7"
MEDIATED = ["人民调解申请书或受理登记表", "人民调解当事人权利义务告知书", "当事人身份证明", "人民调解记录"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def scan(dispute: Dispute, clerk: Membership, paper: str) -> None:
    attach_file(record=dispute, actor=clerk, upload=SimpleUploadedFile(f"{paper}.pdf", PAPER), paper=paper)


def issue(dispute: Dispute, clerk: Membership, code: str) -> None:
    paper = RenderedPdf(PAPER, 1, hashlib.sha256(PAPER).hexdigest(), "drawn by hand", ())
    keep(dispute, clerk, lines.record_type(Dispute.record_type()).document(code), paper)


def test_every_paper_that_is_asked_for_can_be_made_or_attached() -> None:
    known = lines.record_type(Dispute.record_type()).scan_labels
    assert {code for paper in COMPULSORY for code in paper.codes} <= known.keys()


@pytest.mark.parametrize(
    ("state", "lacks"),
    [
        ("accepted", ["人民调解申请书或受理登记表"]),
        ("performed", [*MEDIATED, "人民调解协议书"]),
        ("agreed_oral", [*MEDIATED, "人民调解口头协议登记表"]),
        ("failed", MEDIATED),
        ("transferred", ["人民调解申请书或受理登记表", "纠纷移交（分流）函", "纠纷移交（分流）回执"]),
    ],
)
def test_what_is_asked_for_follows_the_way_of_the_case(clerk: Membership, state: str, lacks: list[str]) -> None:
    dispute = dispute_in(state, actor=clerk)
    with within(clerk):
        assert missing_papers(dispute) == lacks


def test_a_case_that_ended_before_mediation_needs_no_record_of_it(clerk: Membership) -> None:
    dispute = take_step(dispute_in("accepted", actor=clerk), "fail", actor=clerk, on=DAY)
    with within(clerk):
        assert missing_papers(dispute) == ["人民调解申请书或受理登记表"]


def test_an_agent_needs_an_authority(clerk: Membership) -> None:
    dispute = dispute_in("mediating", actor=clerk)
    with within(clerk):
        party = dispute.parties.earliest("pk")
        Agent.objects.create(
            dispute=dispute, party=party, name="周律师", powers="general", authorised_on=DAY, user=clerk.user
        )
        assert "授权委托书" in missing_papers(dispute)
        scan(dispute, clerk, "authority")
        assert "授权委托书" not in missing_papers(dispute)


def test_an_oral_agreement_performed_at_once_lies_in_the_register_alone(clerk: Membership) -> None:
    dispute = take_step(dispute_in("agreed_oral", actor=clerk), "perform", actor=clerk, on=DAY, performance="at_once")
    with within(clerk):
        assert missing_papers(dispute) == []


def test_closing_lists_what_the_dossier_lacks_until_it_is_made_or_attached(clerk: Membership) -> None:
    dispute = dispute_in("visited", actor=clerk)
    with pytest.raises(NotPossible, match="还缺：人民调解申请书或受理登记表、.*、人民调解协议书"):
        take_step(dispute, "close", actor=clerk, on=DAY, missing_noted=False)
    with within(clerk):
        for code in ("registration", "rights_notice", "agreement"):
            issue(dispute, clerk, code)
        scan(dispute, clerk, "identity")
    with pytest.raises(NotPossible, match="还缺：人民调解记录。"):
        take_step(dispute, "close", actor=clerk, on=DAY, missing_noted=False)
    with within(clerk):
        scan(dispute, clerk, "session")
    assert take_step(dispute, "close", actor=clerk, on=DAY, missing_noted=False).state == "closed"
