"""The job behind a change of units: every record follows once, with one entry, whatever breaks off in between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from casework import jobs, taking_over, unit_changes
from casework.models import HANDED_IN, HANDED_OUT, CountedEvent, Handover, Job, RecordEvent
from mediation.models import Dispute, MediationCommittee, Mediator
from mediation.services import mediators
from offices.changes import Facts, take_effect
from offices.models import Membership, Office, UnitChange, Village
from offices.scoping import system, within
from tests.casework.moving import scoped_models
from tests.changing import RIVER, adopted, carried_out, changed, drafted, planned
from tests.factories import PATHS, dispute_in, take_step
from tests.handing import offered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

TODAY = date(2026, 5, 20)
BEGUN = TODAY - timedelta(days=20)
Unit = Callable[[str], Office]


def entries(dispute: Dispute) -> list[tuple[str, date]]:
    with system("test"):
        found = RecordEvent.objects.filter(record_type="mediation.dispute", record_id=dispute.pk, kind="handed_over")
        return list(found.values_list("paper", "happened_on"))


def of_office(office: Office) -> int:
    with system("test"):
        return Dispute.objects.filter(office=office).count()


class TestAMerger:
    """Of one office into another."""

    def merger(self, giver: Membership, receiver: Membership, on: date = TODAY) -> Any:
        return planned("merge", giver.office, on=on, into=receiver.office)

    def test_open_and_archived_records_follow_with_one_entry_each(
        self, clerk: Membership, sibling_clerk: Membership, system_admin: Membership, province_line_lead: Membership
    ) -> None:
        made = {state: dispute_in(state, actor=sibling_clerk, on=BEGUN) for state in PATHS}
        change = changed(self.merger(sibling_clerk, clerk), system_admin, province_line_lead)
        assert change.state(TODAY) == UnitChange.State.DONE
        with within(sibling_clerk):
            left = [model for model in scoped_models() if model is not CountedEvent and model._default_manager.exists()]
            assert left == []
        for dispute in made.values():
            assert entries(dispute) == [(change.paper, TODAY)]
        with within(clerk):
            assert Mediator.objects.get(title="柳长青").office == clerk.office
        take_step(made["mediating"], "fail", actor=clerk, on=TODAY)

    def test_what_is_counted_stays_and_what_stands_is_counted_over(
        self, clerk: Membership, sibling_clerk: Membership, system_admin: Membership, province_line_lead: Membership
    ) -> None:
        dispute = dispute_in("mediating", actor=sibling_clerk, on=BEGUN)
        changed(self.merger(sibling_clerk, clerk), system_admin, province_line_lead)
        with system("test"):
            events = CountedEvent.objects.filter(record_type="mediation.dispute", record_id=dispute.pk)
            found = list(events.order_by("pk").values_list("kind", "office_id", "on"))
        assert [(kind, office) for kind, office, _day in found] == [
            ("accepted", sibling_clerk.office_id),
            (HANDED_OUT, sibling_clerk.office_id),
            (HANDED_IN, clerk.office_id),
        ]
        assert found[-1][2] == TODAY

    def test_a_late_decision_moves_no_record_before_its_last_step(
        self, clerk: Membership, sibling_clerk: Membership, system_admin: Membership, province_line_lead: Membership
    ) -> None:
        early = dispute_in("accepted", actor=sibling_clerk, on=date(2026, 5, 6))
        late = dispute_in("accepted", actor=sibling_clerk, on=date(2026, 5, 15))
        changed(self.merger(sibling_clerk, clerk, on=date(2026, 5, 11)), system_admin, province_line_lead)
        assert [day for _paper, day in entries(early)] == [date(2026, 5, 11)]
        with system("test"):
            steps = RecordEvent.objects.filter(record_id=late.pk, record_type="mediation.dispute")
            last = max(step.happened_on for step in steps.exclude(to_state="").exclude(kind="handed_over"))
        assert [day for _paper, day in entries(late)] == [last]
        assert last > date(2026, 5, 11)

    def test_what_is_broken_off_goes_on_where_it_stood(
        self,
        clerk: Membership,
        sibling_clerk: Membership,
        system_admin: Membership,
        province_line_lead: Membership,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        made = [dispute_in("accepted", actor=sibling_clerk, on=BEGUN) for _number in range(5)]
        change = adopted(drafted(system_admin, self.merger(sibling_clerk, clerk)), province_line_lead)
        monkeypatch.setattr(taking_over, "AT_ONCE", 2)
        real, calls = taking_over.move_portion, []

        def breaking(*given: Any) -> int:
            calls.append(given)
            if len(calls) == 2:
                raise RuntimeError("the worker dies")
            return real(*given)

        monkeypatch.setattr(unit_changes, "move_portion", breaking)
        broken = carried_out(change)
        assert (broken.state, of_office(sibling_clerk.office)) == (Job.State.WAITING, 3)
        assert change.state(TODAY) == UnitChange.State.MOVING
        monkeypatch.setattr(unit_changes, "move_portion", real)
        with system("test"):
            Job.objects.filter(pk=broken.pk).update(run_after=broken.created_at)
        jobs.run(broken.pk)
        change.refresh_from_db()
        assert (change.state(TODAY), of_office(sibling_clerk.office)) == (UnitChange.State.DONE, 0)
        assert [len(entries(dispute)) for dispute in made] == [1] * 5

    def test_offers_go_on_under_the_successor(
        self,
        clerk: Membership,
        sibling_clerk: Membership,
        far_clerk: Membership,
        system_admin: Membership,
        province_line_lead: Membership,
    ) -> None:
        out = offered(dispute_in("accepted", actor=sibling_clerk), sibling_clerk, far_clerk)
        changed(self.merger(sibling_clerk, clerk), system_admin, province_line_lead)
        with within(clerk):
            assert Handover.objects.get(pk=out.pk).office == clerk.office


class TestASplit:
    """What goes along with villages: their committees, and the disputes whose committee and mediators all go."""

    @pytest.fixture
    def upper(self, clerk: Membership) -> Village:
        return Village.objects.get(office=clerk.office, name="上河村村民委员会")

    def dispute(self, clerk: Membership, village: Village) -> Dispute:
        with within(clerk):
            committee = MediationCommittee.objects.get(village=village)
        return dispute_in("accepted", actor=clerk, on=BEGUN, committee=committee, village=village)

    def test_they_follow_their_villages_and_the_rest_stays(
        self, clerk: Membership, upper: Village, system_admin: Membership, province_line_lead: Membership
    ) -> None:
        going, staying = self.dispute(clerk, upper), dispute_in("accepted", actor=clerk, on=BEGUN)
        plan = planned("split", clerk.office, on=TODAY, facts=RIVER, villages=(upper.pk,))
        changed(plan, system_admin, province_line_lead)
        new = Office.objects.get(code=RIVER.code)
        with system("test"):
            assert Dispute.objects.get(pk=going.pk).office == new
            assert Dispute.objects.get(pk=staying.pk).office == clerk.office
            assert MediationCommittee.objects.get(village=upper).office == new
        assert (len(entries(going)), len(entries(staying))) == (1, 0)

    def test_a_dispute_whose_mediator_stays_and_one_that_is_offered_stay(
        self,
        clerk: Membership,
        far_clerk: Membership,
        upper: Village,
        system_admin: Membership,
        province_line_lead: Membership,
    ) -> None:
        mediated, waiting = self.dispute(clerk, upper), self.dispute(clerk, upper)
        with within(clerk):
            staying = Mediator.objects.get(title="王德福")
            mediators.keep_mediators(Dispute.objects.get(pk=mediated.pk), [staying])
        offered(waiting, clerk, far_clerk)
        plan = planned("split", clerk.office, on=TODAY, facts=RIVER, villages=(upper.pk,))
        changed(plan, system_admin, province_line_lead)
        with within(clerk):
            assert Dispute.objects.filter(pk__in=[mediated.pk, waiting.pk]).count() == 2


class TestAMove:
    """To another county: records go, what is counted stays."""

    def test_the_records_are_the_new_countys_and_the_figures_the_old_ones(
        self,
        clerk: Membership,
        county_reviewer: Membership,
        other_county_reviewer: Membership,
        system_admin: Membership,
        province_line_lead: Membership,
        unit: Unit,
    ) -> None:
        dispute = dispute_in("mediating", actor=clerk, on=BEGUN)
        facts = Facts(code="379221103", area_name="石桥镇")
        plan = planned("move", clerk.office, on=TODAY, facts=facts, parent=unit("望海县"))
        changed(plan, system_admin, province_line_lead)
        with within(other_county_reviewer):
            moved = Dispute.objects.get(pk=dispute.pk)
            assert (moved.county, moved.city) == (unit("望海县"), unit("海安市"))
        with within(county_reviewer):
            assert not Dispute.objects.exists()
            counted = CountedEvent.objects.filter(record_id=dispute.pk, record_type="mediation.dispute")
            assert set(counted.values_list("kind", flat=True)) == {"accepted", HANDED_OUT}


class TestTheMinute:
    """Each minute starts what is due, once."""

    def test_what_is_due_is_started_once_and_what_lies_ahead_is_not(
        self, system_admin: Membership, province_line_lead: Membership, unit: Unit
    ) -> None:
        stone = unit("石桥司法所")
        facts = Facts(code=stone.code, area_name="石桥街道")
        due = adopted(drafted(system_admin, planned("rename", stone, on=TODAY, facts=facts)), province_line_lead)
        far = unit("渔湾司法所")
        ahead = planned("rename", far, on=date(2026, 7, 1), facts=Facts(code=far.code, area_name="渔湾街道"))
        adopted(drafted(system_admin, ahead), province_line_lead)
        assert (unit_changes.start_due(), unit_changes.start_due()) == (1, 0)
        job = unit_changes.job_of(due)
        assert job is not None
        jobs.run(job.pk)
        due.refresh_from_db()
        assert due.state(TODAY) == UnitChange.State.DONE

    def test_a_job_that_was_given_up_waits_for_a_person(
        self,
        system_admin: Membership,
        province_line_lead: Membership,
        unit: Unit,
        client_for: Callable[[Membership], Client],
    ) -> None:
        stone = unit("石桥司法所")
        facts = Facts(code=stone.code, area_name="石桥街道")
        change = adopted(drafted(system_admin, planned("rename", stone, on=TODAY, facts=facts)), province_line_lead)
        job = unit_changes.start(change)
        with system("test"):
            Job.objects.filter(pk=job.pk).update(state=Job.State.DEAD, message="RuntimeError")
        assert unit_changes.start_due() == 0
        client, address = client_for(province_line_lead), reverse("unit_change", args=[change.pk])
        assert "再次执行" in client.get(address).content.decode()
        client.post(address, {"decision": "again"})
        again = unit_changes.job_of(change)
        assert again is not None
        assert again.pk != job.pk
        assert again.state == Job.State.WAITING

    def test_a_job_before_the_day_is_refused(
        self, system_admin: Membership, province_line_lead: Membership, unit: Unit
    ) -> None:
        stone = unit("石桥司法所")
        facts = Facts(code=stone.code, area_name="石桥街道")
        plan = planned("rename", stone, on=date(2026, 7, 1), facts=facts)
        change = adopted(drafted(system_admin, plan), province_line_lead)
        job = carried_out(change)
        assert (job.state, change.applied_at) == (Job.State.DEAD, None)
        with system("test"):
            assert not take_effect(change.pk)


class TestThePreview:
    """Numbers before the decision."""

    def test_it_counts_records_villages_posts(
        self, clerk: Membership, sibling_clerk: Membership, system_admin: Membership
    ) -> None:
        for state in ("accepted", "archived"):
            dispute_in(state, actor=sibling_clerk, on=BEGUN)
        change = drafted(system_admin, planned("merge", sibling_clerk.office, on=TODAY, into=clerk.office))
        with within(system_admin):
            found = {str(label): number for label, number in unit_changes.effect_of(change)}
        with system("test"):
            standing = MediationCommittee.objects.filter(office=sibling_clerk.office).count()
        assert found["停用的机构"] == 1
        assert found["随之划转的村（居）"] == 2
        assert found["需要安排的任职"] == 1
        assert found["移转的未结业务"] == 1 + standing
        assert found["移转的已结、归档业务"] == 1
