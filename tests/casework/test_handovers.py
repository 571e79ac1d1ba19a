"""Handing records over: who sees an offer, who may make, accept and end one, and what then moves."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import ProgrammingError, connection, connections, transaction

from casework import handovers
from casework.models import (
    HANDED_IN,
    HANDED_OUT,
    CountedEvent,
    Handover,
    ImportedRecord,
)
from casework.search_index import drain as drain_search
from casework.workflow import NotPossible
from mediation.models import Dispute, DisputeMediator, Mediator, Party
from offices.models import AuditEntry, Membership
from offices.scoping import system, within
from tests.casework.moving import (
    belonging,
    found_by_name,
    full_dispute,
    history,
    imported,
    scope_of,
)
from tests.conftest import find_member
from tests.factories import PATHS, PartyFactory, dispute_in, resident_id, take_step
from tests.handing import accepted, handed, offered
from tests.offices.plain_sql import rows

pytestmark = pytest.mark.usefixtures("today")


class TestTheRow:
    """Both ends see it, and nothing else of each other."""

    def test_both_ends_and_those_above_see_it_and_nobody_else(
        self, clerk: Membership, far_clerk: Membership, member: Any
    ) -> None:
        handover = offered(dispute_in("mediating", actor=clerk), clerk, far_clerk)
        sees = {}
        for name in (
            *("clerk", "head", "far_clerk", "county_reviewer", "other_county_reviewer", "city_reviewer"),
            *("other_city_reviewer", "province_statistician", "sibling_clerk", "zone_clerk", "zone_reviewer"),
        ):
            with within(member(name)):
                sees[name] = Handover.objects.filter(pk=handover.pk).exists()
                assert sees[name] == bool(rows("SELECT id FROM casework_handover WHERE id = %s", handover.pk))
        assert {name for name, seen in sees.items() if not seen} == {"sibling_clerk", "zone_clerk", "zone_reviewer"}
        with within(far_clerk):
            assert not Dispute.objects.filter(pk=handover.record_id).exists()

    def test_another_line_does_not_see_it(self, clerk: Membership, far_clerk: Membership) -> None:
        handover = offered(dispute_in("mediating", actor=clerk), clerk, far_clerk)
        far_clerk.lines = ["correction"]
        with within(far_clerk):
            assert not Handover.objects.filter(pk=handover.pk).exists()
            assert rows("SELECT accept_handover(%s, %s)", handover.pk, date(2026, 5, 20)) == [("gone",)]

    def test_what_the_receiver_reads_is_frozen_and_encrypted(self, clerk: Membership, far_clerk: Membership) -> None:
        dispute = dispute_in("mediating", actor=clerk)
        handover = offered(dispute, clerk, far_clerk)
        with within(clerk):
            party = Party.objects.filter(dispute=dispute).first()
            assert party is not None
            [assigned] = DisputeMediator.objects.select_related("mediator").filter(dispute=dispute)
            stored = bytes(rows("SELECT summary FROM casework_handover WHERE id = %s", handover.pk)[0][0])
        with within(far_clerk):
            seen = Handover.objects.get(pk=handover.pk)
        assert seen.title == dispute.title
        assert seen.fact("brief") == dispute.brief
        assert seen.fact("committee") == "石桥镇人民调解委员会"
        assert seen.fact("mediators") == assigned.mediator.title
        assert str(party.id_number) not in str(seen.summary)
        assert party.name.encode() not in stored

    @pytest.mark.parametrize("who", ["clerk", "far_clerk", "county_reviewer"])
    def test_nobody_changes_or_removes_it_by_hand(
        self, who: str, clerk: Membership, far_clerk: Membership, member: Any
    ) -> None:
        handover = offered(dispute_in("mediating", actor=clerk), clerk, far_clerk)
        for statement in (
            "UPDATE casework_handover SET state = 'accepted' WHERE id = %s",
            "DELETE FROM casework_handover WHERE id = %s",
        ):
            with within(member(who)), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                rows(statement, handover.pk)

    def test_nobody_offers_what_lies_elsewhere(self, clerk: Membership, far_clerk: Membership) -> None:
        dispute = dispute_in("mediating", actor=clerk)
        stranger = offered(dispute_in("mediating", actor=far_clerk), far_clerk, clerk)
        stranger.pk, stranger.public_id, stranger.record_id = None, "X" * 10, dispute.pk
        with within(far_clerk), pytest.raises(ProgrammingError, match="not in scope"), transaction.atomic():
            stranger.save(force_insert=True)
        stranger.office, stranger.to_office = clerk.office, far_clerk.office
        with within(far_clerk), pytest.raises(ProgrammingError), transaction.atomic():
            stranger.save(force_insert=True)

    def test_it_is_audited_at_the_giver(self, clerk: Membership, far_clerk: Membership) -> None:
        handover = offered(dispute_in("mediating", actor=clerk), clerk, far_clerk)
        accepted(handover, far_clerk)
        with within(clerk):
            found = AuditEntry.objects.filter(table_name="casework_handover", row_key=str(handover.pk))
            assert [entry.action for entry in found] == ["U", "I"]
            assert [entry.user_id for entry in found] == [far_clerk.user_id, clerk.user_id]


class TestOffering:
    """Who may offer what."""

    def test_the_limit_runs_by_the_dated_rule(self, clerk: Membership, far_clerk: Membership) -> None:
        # Five working days from Wednesday, 20 May.
        assert offered(dispute_in("accepted", actor=clerk), clerk, far_clerk).due_on == date(2026, 5, 27)

    @pytest.mark.parametrize("state", sorted(PATHS))
    def test_only_what_has_no_result_yet_is_offered(self, state: str, clerk: Membership, far_clerk: Membership) -> None:
        dispute = dispute_in(state, actor=clerk)
        if state in {"registered", "accepted", "assigned", "mediating"}:
            assert offered(dispute, clerk, far_clerk).is_open
        else:
            with pytest.raises(NotPossible, match="不能移交"):
                offered(dispute, clerk, far_clerk)

    def test_once_at_a_time(self, clerk: Membership, far_clerk: Membership, sibling_clerk: Membership) -> None:
        dispute = dispute_in("accepted", actor=clerk)
        offered(dispute, clerk, far_clerk)
        with pytest.raises(NotPossible, match="正在等待接收"):
            offered(dispute, clerk, sibling_clerk)

    def test_an_assistant_offers_nothing(self, assistant: Membership, clerk: Membership, far_clerk: Membership) -> None:
        dispute = dispute_in("accepted", actor=clerk)
        with pytest.raises(PermissionError):
            offered(dispute, assistant, far_clerk)

    @pytest.mark.parametrize("unit_name", ["石桥司法所", "石门县", "山东省"])
    def test_only_to_another_township_office(self, unit_name: str, clerk: Membership, unit: Any) -> None:
        dispute = dispute_in("accepted", actor=clerk)
        to = Membership(office=unit(unit_name))
        with pytest.raises(ValidationError, match="司法所"):
            offered(dispute, clerk, to)

    def test_not_before_the_last_step(self, clerk: Membership, far_clerk: Membership, today: date) -> None:
        dispute = dispute_in("accepted", actor=clerk)
        with pytest.raises(ValidationError, match="上一步"):
            offered(dispute, clerk, far_clerk, on=today - timedelta(days=1))


class TestAccepting:
    """The record moves with all that belongs to it."""

    def test_everything_of_the_record_is_the_receivers(
        self, clerk: Membership, far_clerk: Membership, today: date
    ) -> None:
        dispute = full_dispute(clerk, today)
        with system("test"):
            before = {table: counted for table, counted in belonging(dispute).items() if counted}
        assert len(before) >= 10
        handed(dispute, clerk, far_clerk)
        with system("test"):
            after = {table: scopes for table, scopes in belonging(dispute).items() if scopes}
        assert set(after) == set(before)
        assert {scope for scopes in after.values() for scope in scopes} == {scope_of(far_clerk.office)}
        with within(clerk):
            assert not Dispute.objects.filter(pk=dispute.pk).exists()
            assert not history(dispute).exists()
        with within(far_clerk):
            assert history(dispute).filter(kind="opened").exists()

    @pytest.mark.parametrize("state", ["registered", "accepted", "assigned", "mediating"])
    def test_committee_and_mediators_are_those_of_the_receiver(
        self, state: str, clerk: Membership, far_clerk: Membership
    ) -> None:
        moved = handed(dispute_in(state, actor=clerk), clerk, far_clerk)
        with within(far_clerk):
            moved = Dispute.objects.get(pk=moved.pk)
            assert (moved.state, moved.committee.office_id) == (state, far_clerk.office_id)
            assert moved.village.office_id == far_clerk.office_id
            names = [part.mediator.title for part in DisputeMediator.objects.filter(dispute=moved)]
            assert names == (["于福海"] if state in {"assigned", "mediating"} else [])

    def test_who_mediates_here_is_nobody_of_the_case(self, clerk: Membership, far_clerk: Membership) -> None:
        number = resident_id(43).number
        parties = [PartyFactory(name="王小明", identifier=resident_id(43)), PartyFactory(role="respondent")]
        handover = offered(dispute_in("mediating", actor=clerk, parties=parties), clerk, far_clerk)
        with within(far_clerk):
            own = Mediator.objects.filter(state="serving").earliest("pk")
            own.id_number = number
            own.save(force_update=True)
        with pytest.raises(NotPossible, match="证件号码相同"):
            accepted(handover, far_clerk, mediators=[own])
        with within(clerk):
            assert Handover.objects.get(pk=handover.pk).is_open
            assert Dispute.objects.filter(pk=handover.record_id).exists()

    def test_the_parties_have_chosen_none_of_the_receivers(self, clerk: Membership, far_clerk: Membership) -> None:
        chosen = {"assign": {"chosen_by_parties": True}}
        dispute = dispute_in("mediating", actor=clerk, step_values=chosen)
        assert dispute.mediators_chosen
        assert not handed(dispute, clerk, far_clerk).mediators_chosen

    def test_the_history_tells_from_whom_to_whom_why_and_who_mediated(
        self, clerk: Membership, far_clerk: Membership, today: date
    ) -> None:
        dispute = dispute_in("mediating", actor=clerk)
        handover = offered(dispute, clerk, far_clerk, paper="移交函〔2026〕3号")
        accepted(handover, far_clerk)
        before = handover.fact("mediators")
        with within(far_clerk):
            received, event, offer, *_rest = history(dispute)
        assert (event.kind, event.happened_on, event.paper) == ("handed_over", today, "移交函〔2026〕3号")
        assert (event.note, event.user_id) == ("发生地在贵所辖区。", far_clerk.user_id)
        assert (event.details["from"], event.details["to"]) == ("石桥司法所", "渔湾司法所")
        assert (offer.kind, offer.user_id) == ("handover_offered", clerk.user_id)
        names = f"调解组织：渔湾镇人民调解委员会（原：石桥镇人民调解委员会）；调解员：于福海（原：{before}）"
        assert received.note == names

    def test_the_number_stays_and_the_next_steps_are_taken_here(
        self, clerk: Membership, far_clerk: Membership, today: date
    ) -> None:
        dispute = dispute_in("mediating", actor=clerk)
        moved = handed(dispute, clerk, far_clerk)
        assert moved.number == dispute.number == "（2026）石桥镇人调字第1号"
        assert take_step(moved, "agree_orally", actor=far_clerk, on=today).state == "agreed_oral"
        registered = handed(dispute_in("registered", actor=clerk), clerk, far_clerk)
        assert take_step(registered, "accept", actor=far_clerk, on=today).number == "（2026）渔湾镇人调字第1号"

    def test_no_step_is_taken_before_the_day_of_the_hand_over(
        self, clerk: Membership, far_clerk: Membership, today: date
    ) -> None:
        moved = handed(dispute_in("mediating", actor=clerk, on=today - timedelta(days=9)), clerk, far_clerk)
        with pytest.raises(ValidationError, match="上一步"):
            take_step(moved, "agree_orally", actor=far_clerk, on=today - timedelta(days=1))

    def test_the_second_acceptance_is_refused(self, clerk: Membership, far_clerk: Membership) -> None:
        handover = offered(dispute_in("mediating", actor=clerk), clerk, far_clerk)
        accepted(handover, far_clerk)
        with pytest.raises(NotPossible, match="已经处理"):
            accepted(handover, far_clerk)

    def test_a_record_that_was_worked_on_meanwhile_is_refused(
        self, clerk: Membership, far_clerk: Membership, today: date
    ) -> None:
        dispute = dispute_in("accepted", actor=clerk)
        handover = offered(dispute, clerk, far_clerk)
        take_step(dispute, "assign", actor=clerk, on=today)
        with pytest.raises(NotPossible, match="又办理了"):
            accepted(handover, far_clerk)
        with within(clerk):
            assert Dispute.objects.get(pk=dispute.pk).state == "assigned"
            assert Handover.objects.get(pk=handover.pk).is_open

    @pytest.mark.parametrize("days", [1, 4])
    def test_not_before_the_offer(self, days: int, clerk: Membership, far_clerk: Membership, today: date) -> None:
        handover = offered(dispute_in("accepted", actor=clerk), clerk, far_clerk)
        with pytest.raises(ValidationError, match="移交日期"):
            accepted(handover, far_clerk, on=today - timedelta(days=days))

    @pytest.mark.parametrize("who", ["sibling_clerk", "clerk", "other_county_reviewer", "province_statistician"])
    def test_nobody_but_the_receiving_office_accepts(
        self, who: str, clerk: Membership, far_clerk: Membership, member: Any
    ) -> None:
        dispute = dispute_in("mediating", actor=clerk)
        handover = offered(dispute, clerk, far_clerk)
        with within(member(who)):
            assert rows("SELECT accept_handover(%s, %s)", handover.pk, date(2026, 5, 20)) == [("gone",)]
            assert rows("SELECT current_setting('app.level', true)") == [(member(who).office.level,)]
        with within(clerk):
            assert Dispute.objects.filter(pk=dispute.pk).exists()

    def test_without_a_scope_nothing_is_accepted(self, clerk: Membership, far_clerk: Membership) -> None:
        handover = offered(dispute_in("mediating", actor=clerk), clerk, far_clerk)
        assert rows("SELECT accept_handover(%s, %s)", handover.pk, date(2026, 5, 20)) == [("gone",)]

    @pytest.mark.parametrize("who", ["clerk", "far_clerk", "county_reviewer", "city_reviewer"])
    def test_under_no_scope_alone_a_record_moves(
        self, who: str, clerk: Membership, far_clerk: Membership, member: Any
    ) -> None:
        dispute = dispute_in("mediating", actor=clerk)
        offered(dispute, clerk, far_clerk)
        call = "SELECT hand_over_mediation_dispute(ARRAY[%s]::bigint[], %s, '2026-05-20', %s, '', '', '{}')"
        for move, values in (
            ("UPDATE mediation_dispute SET office_id = %s WHERE id = %s", [far_clerk.office_id, dispute.pk]),
            (call, [dispute.pk, far_clerk.office_id, far_clerk.user_id]),
        ):
            # Refused, or blind where the record is out of scope: in no case has it moved afterwards.
            with suppress(ProgrammingError), within(member(who)), connection.cursor() as cursor:
                cursor.execute(move, values)
        with system("test"):
            assert Dispute.objects.get(pk=dispute.pk).office_id == clerk.office_id
            assert not CountedEvent.objects.filter(kind__in=[HANDED_IN, HANDED_OUT]).exists()

    def test_the_scope_is_the_callers_again_afterwards(self, clerk: Membership, far_clerk: Membership) -> None:
        handover = offered(dispute_in("mediating", actor=clerk), clerk, far_clerk)
        other = dispute_in("mediating", actor=clerk)
        with within(far_clerk):
            assert rows("SELECT accept_handover(%s, %s)", handover.pk, date(2026, 5, 20)) == [("accepted",)]
            assert rows("SELECT id FROM mediation_dispute") == [(handover.record_id,)]
        with within(clerk):
            assert rows("SELECT id FROM mediation_dispute") == [(other.pk,)]

    def test_it_goes_back_and_forth(self, clerk: Membership, far_clerk: Membership, today: date) -> None:
        dispute = dispute_in("mediating", actor=clerk, on=today - timedelta(days=9))
        for turn in range(2):
            day = today - timedelta(days=6 - 2 * turn)
            handed(dispute, clerk, far_clerk, on=day)
            dispute = handed(dispute, far_clerk, clerk, on=day + timedelta(days=1))
        with within(clerk):
            found = Dispute.objects.get(pk=dispute.pk)
            assert found.committee.office_id == clerk.office_id
            assert Handover.objects.filter(record_id=dispute.pk).count() == 4
        with system("test"):
            turns = CountedEvent.objects.filter(record_id=dispute.pk, kind=HANDED_OUT).order_by("turn")
            assert list(turns.values_list("turn", "office_id")) == [
                (number, (clerk if number % 2 else far_clerk).office_id) for number in range(1, 5)
            ]

    def test_search_finds_it_at_the_receiver_and_no_longer_at_the_giver(
        self, clerk: Membership, far_clerk: Membership
    ) -> None:
        dispute = dispute_in("mediating", actor=clerk)
        drain_search()
        with within(clerk):
            assert found_by_name(dispute) == [dispute.pk]
        handed(dispute, clerk, far_clerk)
        drain_search()
        for member, found in ((clerk, []), (far_clerk, [dispute.pk])):
            with within(member):
                assert found_by_name(dispute) == found

    def test_a_record_that_both_had_imported_is_known_once(self, clerk: Membership, far_clerk: Membership) -> None:
        mine, theirs = dispute_in("accepted", actor=clerk), dispute_in("accepted", actor=far_clerk)
        for actor, dispute in ((clerk, mine), (far_clerk, theirs)):
            imported(dispute, actor)
        handed(mine, clerk, far_clerk)
        with within(far_clerk):
            assert [row.record_id for row in ImportedRecord.objects.all()] == [theirs.pk]


@pytest.mark.fresh_database
def test_of_two_who_accept_at_once_one_does(fresh_database: str) -> None:
    clerk, far_clerk = find_member("clerk"), find_member("far_clerk")
    handover = offered(dispute_in("mediating", actor=clerk), clerk, far_clerk)
    outcomes: list[str] = []
    begin = threading.Barrier(2)

    def race() -> None:
        try:
            begin.wait(10)
            accepted(handover, far_clerk)
            outcomes.append("accepted")
        except NotPossible:
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=race) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["accepted", "refused"]
    with system("test"):
        assert CountedEvent.objects.filter(kind=HANDED_IN).count() == 1
        assert Dispute.objects.get(pk=handover.record_id).office_id == far_clerk.office_id


class TestEnding:
    """Returned by the one, withdrawn by the other."""

    def test_a_returned_record_says_why(self, clerk: Membership, far_clerk: Membership, today: date) -> None:
        dispute = dispute_in("mediating", actor=clerk)
        handover = offered(dispute, clerk, far_clerk)
        with within(far_clerk):
            handovers.send_back(handover=handover, actor=far_clerk, on=today, reason="发生地不在本所辖区。")
        with within(clerk):
            found = Handover.objects.get(pk=handover.pk)
            assert (found.state, found.decided_reason) == ("returned", "发生地不在本所辖区。")
            assert (found.decided_by_id, found.decided_on) == (far_clerk.user_id, today)
            event = history(dispute).first()
            assert (event.kind, event.note) == ("handover_returned", "发生地不在本所辖区。")
        assert offered(dispute, clerk, far_clerk).is_open

    def test_a_withdrawn_offer_is_no_longer_accepted(
        self, clerk: Membership, far_clerk: Membership, today: date
    ) -> None:
        handover = offered(dispute_in("mediating", actor=clerk), clerk, far_clerk)
        with within(clerk):
            handovers.withdraw(handover=handover, actor=clerk, on=today, reason="")
        with pytest.raises(NotPossible, match="已经处理"):
            accepted(handover, far_clerk)

    @pytest.mark.parametrize(("outcome", "who"), [("returned", "clerk"), ("withdrawn", "far_clerk")])
    def test_neither_does_the_others_deed(
        self, outcome: str, who: str, clerk: Membership, far_clerk: Membership, member: Any
    ) -> None:
        handover = offered(dispute_in("mediating", actor=clerk), clerk, far_clerk)
        with within(member(who)):
            assert rows("SELECT close_handover(%s, %s, '2026-05-20', 'x')", handover.pk, outcome) == [("gone",)]

    @pytest.mark.parametrize("outcome", ["accepted", "offered", "", "nothing"])
    def test_it_ends_in_no_other_way(self, outcome: str, clerk: Membership, far_clerk: Membership) -> None:
        handover = offered(dispute_in("mediating", actor=clerk), clerk, far_clerk)
        with within(clerk):
            assert rows("SELECT close_handover(%s, %s, '2026-05-20', 'x')", handover.pk, outcome) == [("gone",)]
