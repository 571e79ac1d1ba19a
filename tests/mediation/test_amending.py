"""Corrections of a dispute: nobody loses a number, an agent or a committee, and the limit follows the corrected day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from casework.deadlines import due_date
from casework.identifiers import PaperNumber
from casework.models import CountedEvent
from casework.parts import add_part
from mediation.declarations.disputes import DISPUTE
from mediation.forms.disputes import AmendForm
from mediation.models import Agent, Dispute, MediationCommittee
from mediation.selectors import amend_initial
from mediation.services.disputes import amend_dispute, extend_limit
from offices.models import Membership, Village
from offices.scoping import system, within
from tests.factories import PartyFactory, dispute_in, resident_id, take_step
from tests.mediation.full_case import CREDIT_CODE
from tests.registers import new_committee

pytestmark = pytest.mark.django_db
ACCEPTED = date(2026, 5, 18)


@pytest.fixture
def dispute(today: date, clerk: Membership) -> Dispute:
    """A dispute of two people and a company."""
    company = {"role": "third", "kind": "organisation", "name": "丙方", "identifier": CREDIT_CODE}
    parties = [
        PartyFactory(name="甲方", identifier=resident_id(1)),
        PartyFactory(name="乙方", role="respondent", identifier=resident_id(2)),
        PartyFactory(**company),
    ]
    return dispute_in("mediating", actor=clerk, parties=parties)


def posted_of(dispute: Dispute, clerk: Membership, fields: Any, shown: Any, keep: tuple[int, ...]) -> dict[str, Any]:
    """Return what the page posts when nothing is typed, without the parties that are not kept."""
    with within(clerk):
        form = AmendForm(record=dispute, initial=fields, formset_initial=shown)
        values = {name: form[name].field.prepare_value(form[name].value()) for name in form.fields}
    data = {name: value for name, value in values.items() if value not in (None, False)}
    data |= {"parties-TOTAL_FORMS": len(shown), "parties-INITIAL_FORMS": len(shown)}
    for place, party in enumerate(shown):
        data |= {f"parties-{place}-{name}": value for name, value in party.items() if value not in (None, False)}
        if place + 1 not in keep:
            data[f"parties-{place}-DELETE"] = "on"
    return data


def amended(dispute: Dispute, clerk: Membership, keep: tuple[int, ...], **changes: Any) -> Dispute:
    """Amend as the page does: masked values untouched, the parties at these places kept."""
    with within(clerk):
        dispute.refresh_from_db()
        fields, shown = amend_initial(dispute)
        data = posted_of(dispute, clerk, fields, shown, keep) | changes
        posted = AmendForm(data, record=dispute, initial=fields, formset_initial=shown)
        assert posted.is_valid(), (posted.errors, posted.formset and posted.formset.errors)
        cleaned = posted.cleaned_data
        return amend_dispute(record=dispute, actor=clerk, version=dispute.version, **cleaned)


def with_agent(dispute: Dispute, clerk: Membership, name: str) -> Agent:
    """Give a party an agent."""
    with within(clerk):
        values = {"party": dispute.parties.get(name=name), "name": "陈律师", "powers": "general"}
        values["authorised_on"] = dispute.registered_on
        row = add_part(part_type=DISPUTE.part("agent"), record=dispute, actor=clerk, values=values)
        return Agent.objects.get(pk=row.pk)


class TestParties:
    def test_a_company_keeps_its_code_when_something_else_is_amended(self, dispute: Dispute, clerk: Membership) -> None:
        amended(dispute, clerk, (1, 2, 3), brief="补充的事实。")
        with within(clerk):
            assert dispute.parties.get(name="丙方").credit_code == CREDIT_CODE
            assert Dispute.objects.get().brief == "补充的事实。"

    def test_an_agent_stays_with_the_party_when_an_earlier_one_goes(self, dispute: Dispute, clerk: Membership) -> None:
        agent = with_agent(dispute, clerk, "丙方")
        with within(clerk):
            before = {party.name: (party.pk, party.id_number, party.credit_code) for party in dispute.parties.all()}
        amended(dispute, clerk, (2, 3), **{"parties-1-role": "applicant", "parties-2-role": "respondent"})
        with within(clerk):
            left = list(dispute.parties.all())
            assert [(party.position, party.name) for party in left] == [(1, "乙方"), (2, "丙方")]
            assert {party.name: (party.pk, party.id_number, party.credit_code) for party in left} == {
                name: values for name, values in before.items() if name != "甲方"
            }
            assert Agent.objects.get(pk=agent.pk).party.name == "丙方"

    def test_a_party_for_whom_somebody_acts_is_not_removed(self, dispute: Dispute, clerk: Membership) -> None:
        with_agent(dispute, clerk, "甲方")
        with pytest.raises(ValidationError, match="请先删除代理人"):
            amended(dispute, clerk, (2, 3), **{"parties-1-role": "applicant", "parties-2-role": "respondent"})
        with within(clerk):
            assert [party.name for party in dispute.parties.all()] == ["甲方", "乙方", "丙方"]
            assert Agent.objects.get().party.name == "甲方"

    def test_the_page_says_so_and_keeps_what_was_typed(
        self, dispute: Dispute, clerk: Membership, client_for: Any
    ) -> None:
        with_agent(dispute, clerk, "丙方")
        with within(clerk):
            dispute.refresh_from_db()
            fields, shown = amend_initial(dispute)
        data = posted_of(dispute, clerk, fields, shown, keep=(1, 2)) | {"brief": "新写的事实。"}
        address = reverse("disputes:amend", args=[dispute.public_id])
        answer = client_for(clerk).post(address, data | {"version": dispute.version})
        assert answer.status_code == 422
        assert "请先删除代理人" in answer.content.decode()
        assert "新写的事实。" in answer.content.decode()

    def test_after_a_colleague_removed_one_the_others_keep_their_own_rows(
        self, dispute: Dispute, clerk: Membership
    ) -> None:
        agent = with_agent(dispute, clerk, "丙方")
        with within(clerk):
            dispute.refresh_from_db()
            fields, shown = amend_initial(dispute)
        mine = posted_of(dispute, clerk, fields, shown, keep=(2, 3)) | {
            "parties-1-role": "applicant",
            "parties-2-role": "respondent",
            "parties-2-name": "丙方新名",
            "parties-2-phone": "13800009999",
        }
        amended(dispute, clerk, (2, 3), **{"parties-1-role": "applicant", "parties-2-role": "respondent"})
        with within(clerk):
            dispute.refresh_from_db()
            fields, now = amend_initial(dispute)
            form = AmendForm(mine, record=dispute, initial=fields, formset_initial=now)
            assert form.is_valid(), (form.errors, form.formset and form.formset.errors)
            amend_dispute(record=dispute, actor=clerk, version=dispute.version, **form.cleaned_data)
            left = {party.name: party for party in dispute.parties.all()}
            assert set(left) == {"乙方", "丙方新名"}
            assert (left["丙方新名"].credit_code, left["丙方新名"].phone) == (CREDIT_CODE, "13800009999")
            assert left["乙方"].id_number == resident_id(2).number
            assert Agent.objects.get(pk=agent.pk).party == left["丙方新名"]

    def test_a_key_of_another_dispute_names_nothing(self, dispute: Dispute, clerk: Membership) -> None:
        other = dispute_in("registered", actor=clerk)
        with within(clerk):
            foreign = other.parties.get(position=1)
        new = {"parties-0-key": str(foreign.pk), "parties-0-identifier": "", "parties-0-phone": ""}
        amended(dispute, clerk, (1, 2, 3), **new | {"parties-0-address": ""})
        with within(clerk):
            assert other.parties.get(position=1).id_number == foreign.id_number
            assert dispute.parties.get(name="甲方").pk != foreign.pk

    def test_a_masked_number_still_says_when_its_holder_was_born(self, dispute: Dispute, clerk: Membership) -> None:
        with within(clerk):
            dispute.refresh_from_db()
            fields, shown = amend_initial(dispute)
            data = posted_of(dispute, clerk, fields, shown, keep=(1, 2, 3))
            form = AmendForm(
                data | {"parties-0-birth_date": "1999-01-01"}, record=dispute, initial=fields, formset_initial=shown
            )
            assert not form.is_valid()
        assert form.formset is not None
        assert "不符" in str(form.formset.forms[0].errors["birth_date"])

    def test_what_a_stored_passport_does_not_say_is_what_is_typed(self, today: date, clerk: Membership) -> None:
        traveller = PartyFactory(name="甲方", identifier=PaperNumber("E12345678"), id_kind="passport")
        parties = [traveller, PartyFactory(name="乙方", role="respondent", identifier=resident_id(2))]
        dispute = dispute_in("registered", actor=clerk, parties=parties)
        amended(dispute, clerk, (1, 2), **{"parties-0-birth_date": "1979-05-06", "parties-0-sex": "2"})
        with within(clerk):
            found = dispute.parties.get(name="甲方")
            assert (found.id_number, found.birth_date, found.sex) == ("E12345678", date(1979, 5, 6), "2")


class TestCommitteeAndVillage:
    def test_a_case_of_a_dissolved_committee_and_an_old_village_is_saved_unchanged(
        self, today: date, clerk: Membership, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        dispute = dispute_in("registered", actor=clerk)
        with system("test"):
            MediationCommittee.objects.filter(pk=dispute.committee_id).update(state="dissolved")
        monkeypatch.setattr("mediation.forms.disputes.own_villages", Village.objects.none)
        after = amended(dispute, clerk, (1, 2), brief="补充的事实。")
        assert (after.committee_id, after.village_id) == (dispute.committee_id, dispute.village_id)

    def test_from_acceptance_on_the_committee_stays(self, today: date, clerk: Membership) -> None:
        dispute = dispute_in("accepted", actor=clerk)
        with within(clerk):
            other = new_committee(clerk.office, "石门县石桥镇调解二室")
            other.save(force_insert=True)
        after = amended(dispute, clerk, (1, 2), committee=other.pk)
        assert after.committee_id == dispute.committee_id != other.pk


class TestLimit:
    def test_the_limit_runs_from_the_corrected_day(self, today: date, clerk: Membership) -> None:
        dispute = dispute_in("accepted", actor=clerk, on=today - timedelta(days=9))
        corrected = today - timedelta(days=2)
        after = amended(dispute, clerk, (1, 2), accepted_on=corrected.isoformat())
        with within(clerk):
            assert after.due_on == due_date("mediation.conclude", corrected).on != dispute.due_on

    def test_an_extended_limit_stays(self, today: date, clerk: Membership) -> None:
        dispute = dispute_in("mediating", actor=clerk, on=today - timedelta(days=9))
        assert dispute.due_on is not None
        until = dispute.due_on + timedelta(days=10)
        with within(clerk):
            extend_limit(record=dispute, actor=clerk, on=today, until=until, both_consent=True, paper="延期申请")
        after = amended(dispute, clerk, (1, 2), accepted_on=(today - timedelta(days=9)).isoformat())
        assert after.due_on == until


class TestRegistration:
    """The day of registration is corrected like the others."""

    def test_the_limit_and_the_first_step_follow_the_corrected_day(self, today: date, clerk: Membership) -> None:
        dispute = dispute_in("registered", actor=clerk, occurred_on=today - timedelta(days=30))
        corrected = today - timedelta(days=20)
        after = amended(dispute, clerk, (1, 2), registered_on=corrected.isoformat())
        assert (after.registered_on, after.due_on) == (corrected, due_date("mediation.accept", corrected).on)
        accepted = take_step(after, "accept", actor=clerk, on=corrected + timedelta(days=1))
        assert accepted.due_on == due_date("mediation.conclude", corrected + timedelta(days=1)).on
        with within(clerk):
            assert CountedEvent.objects.get(kind="accepted").on == corrected + timedelta(days=1)

    def test_nothing_given_changes_nothing(self, today: date, clerk: Membership) -> None:
        dispute = dispute_in("registered", actor=clerk)
        after = amended(dispute, clerk, (1, 2), registered_on="")
        assert (after.registered_on, after.due_on) == (dispute.registered_on, dispute.due_on)

    @pytest.mark.parametrize(
        ("day", "told"),
        [("2026-05-21", "不能晚于今天"), ("2026-05-19", "不能晚于受理日期"), ("2026-05-01", "不能早于发生日期")],
    )
    def test_a_day_that_cannot_be_is_refused_beside_the_field(
        self, day: str, told: str, today: date, clerk: Membership, client_for: Any
    ) -> None:
        dispute = dispute_in(
            "accepted", actor=clerk, on=date(2026, 5, 10), occurred_on=date(2026, 5, 2), step_dates={"accept": ACCEPTED}
        )
        with within(clerk):
            fields, shown = amend_initial(dispute)
        data = posted_of(dispute, clerk, fields, shown, keep=(1, 2)) | {"registered_on": day}
        answer = client_for(clerk).post(
            reverse("disputes:amend", args=[dispute.public_id]), data | {"version": dispute.version}
        )
        html = answer.content.decode()
        assert answer.status_code == 422
        assert told in html.partition('id_registered_on_error">')[2].partition("</div>")[0]
