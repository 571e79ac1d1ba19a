"""Handing records over: who may, what moves, what is refused, and a merger of two offices."""

from __future__ import annotations

import re
import threading
from contextlib import suppress
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, connections, models, transaction
from django.utils import timezone

from casework import handovers, lines
from casework.files import attach_file
from casework.models import (
    HANDED_IN,
    HANDED_OUT,
    CountedEvent,
    Handover,
    ImportBatch,
    ImportedRecord,
    IssuedDocument,
    RecordEvent,
)
from casework.parts import add_part, remove_part
from casework.search import ids_found
from casework.search_index import drain as drain_search
from casework.services import link_records
from casework.workflow import NotPossible
from mediation.declarations.disputes import DISPUTE
from mediation.models import Dispute, DisputeMediator, Mediator, Party
from mediation.services import alerts
from offices.kinds import TableKind
from offices.models import AuditEntry, Membership
from offices.scoping import system, within
from tests.conftest import find_member
from tests.corrections import correct
from tests.factories import PATHS, PartyFactory, dispute_in, resident_id, take_step
from tests.handing import accepted, handed, offered
from tests.offices.plain_sql import rows

pytestmark = pytest.mark.usefixtures("today")
SCOPE = ("office_id", "county_id", "city_id")


def scope_of(office: Any) -> tuple[int, int, int]:
    return office.pk, office.county_id, office.city_id


def history(dispute: Dispute) -> Any:
    return RecordEvent.objects.filter(record_type=dispute.record_type(), record_id=dispute.pk)


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


class TestCounting:
    """Events stay with the unit that they count for; what stands in a balance is counted out and in."""

    def kinds(self, dispute: Dispute) -> list[tuple[str, int]]:
        with system("test"):
            found = CountedEvent.objects.filter(record_id=dispute.pk, record_type="mediation.dispute")
            return list(found.filter(is_replaced=False).order_by("pk").values_list("kind", "office_id"))

    def test_what_is_in_mediation_is_counted_out_and_in(
        self, clerk: Membership, far_clerk: Membership, today: date
    ) -> None:
        moved = handed(dispute_in("mediating", actor=clerk), clerk, far_clerk)
        take_step(moved, "agree_orally", actor=far_clerk, on=today)
        mine, theirs = clerk.office_id, far_clerk.office_id
        expected = [("accepted", mine), (HANDED_OUT, mine), (HANDED_IN, theirs), ("succeeded", theirs)]
        assert self.kinds(moved) == expected

    def test_what_is_not_accepted_yet_counts_for_whoever_accepts_it(
        self, clerk: Membership, far_clerk: Membership, today: date
    ) -> None:
        moved = handed(dispute_in("registered", actor=clerk), clerk, far_clerk)
        take_step(moved, "accept", actor=far_clerk, on=today)
        assert self.kinds(moved) == [("accepted", far_clerk.office_id)]

    def test_a_corrected_acceptance_stays_with_the_giver_and_before_the_hand_over(
        self, clerk: Membership, far_clerk: Membership, today: date
    ) -> None:
        begun = today - timedelta(days=9)
        moved = handed(dispute_in("mediating", actor=clerk, on=begun), clerk, far_clerk, on=today - timedelta(days=3))
        correct(moved, far_clerk, accepted_on=today - timedelta(days=5))
        with system("test"):
            event = CountedEvent.objects.get(record_id=moved.pk, kind="accepted", is_replaced=False)
            assert (event.office_id, event.on) == (clerk.office_id, today - timedelta(days=5))
            assert event.replaces is not None
        with within(far_clerk):
            moved = Dispute.objects.get(pk=moved.pk)
        with pytest.raises(ValidationError, match="移交过"):
            correct(moved, far_clerk, accepted_on=today - timedelta(days=1))

    def test_a_part_that_the_giver_counted_is_taken_back_by_the_receiver(
        self, clerk: Membership, far_clerk: Membership, today: date
    ) -> None:
        dispute = dispute_in("mediating", actor=clerk)
        part = DISPUTE.part("effect")
        with within(clerk):
            values = {"kind": "crime", "on": today, "persons": 3, "text": "劝阻报复。"}
            row = add_part(part_type=part, record=dispute, actor=clerk, values=values)
        moved = handed(dispute, clerk, far_clerk)
        with within(far_clerk):
            remove_part(
                part_type=part, record=moved, actor=far_clerk, key=row.public_id, version=row.version, note="误登"
            )
        with system("test"):
            assert not CountedEvent.objects.filter(kind="effect", is_replaced=False).exists()

    def test_a_change_by_the_receiver_marks_the_givers_month(
        self, clerk: Membership, far_clerk: Membership, today: date
    ) -> None:
        moved = handed(dispute_in("mediating", actor=clerk, on=date(2026, 4, 2)), clerk, far_clerk)
        rows("SELECT count(*) FROM take_marks(100000)")
        with within(far_clerk):
            Dispute.objects.filter(pk=moved.pk).update(is_difficult=True)
        marked = {(office, month) for _line, office, month in rows("SELECT * FROM pending_marks()")}
        assert (clerk.office_id, date(2026, 4, 1)) in marked

    def test_what_moves_is_counted_by_the_events_of_its_balances(self, database: None) -> None:
        for kind in lines.record_types():
            line = lines.line(kind.line)
            balances = [
                one for one in line.indicators if one.kind == "balance" and line.counted_model(one) is kind.model
            ]
            kinds = {HANDED_IN, HANDED_OUT}
            comes = {line.indicator(code).event for one in balances for code in one.plus} - kinds
            goes = {line.indicator(code).event for one in balances for code in one.minus} - kinds
            source = function_of(kind)
            listed = re.findall(r"e\.kind = ANY\('\{(.*?)\}'\)", source)
            assert {tuple(sorted(text.split(","))) for text in listed} == (
                {tuple(sorted(comes)), tuple(sorted(goes))} if balances else set()
            ), kind.code


class TestAMerger:
    """One office takes over another one."""

    def test_everything_moves_and_nothing_is_left(
        self, clerk: Membership, sibling_clerk: Membership, today: date
    ) -> None:
        begun = today - timedelta(days=20)
        made = {state: dispute_in(state, actor=sibling_clerk, on=begun) for state in PATHS}
        waiting = offered(made["accepted"], sibling_clerk, clerk)
        moved = handovers.take_over_office(
            giver=sibling_clerk.office, receiver=clerk.office, user_id=clerk.user_id, on=today, paper="合并批复"
        )
        assert moved["mediation.dispute"] == len(PATHS)
        with within(sibling_clerk):
            for model in scoped_models():
                if model is not CountedEvent:
                    assert not model._default_manager.exists(), model
        with within(clerk):
            assert Dispute.objects.filter(pk__in=[dispute.pk for dispute in made.values()]).count() == len(PATHS)
            assert Mediator.objects.filter(title="柳长青", office=clerk.office).exists()
            assert Handover.objects.get(pk=waiting.pk).state == "withdrawn"
            event = history(made["archived"]).first()
            assert (event.kind, event.paper, event.details["from"]) == ("handed_over", "合并批复", "柳河司法所")
        take_step(made["mediating"], "fail", actor=clerk, on=today)

    def test_only_what_stands_in_a_balance_is_counted(
        self, clerk: Membership, sibling_clerk: Membership, today: date
    ) -> None:
        made = {state: dispute_in(state, actor=sibling_clerk) for state in PATHS}
        handovers.take_over_office(giver=sibling_clerk.office, receiver=clerk.office, user_id=clerk.user_id, on=today)
        with system("test"):
            found = CountedEvent.objects.filter(kind=HANDED_OUT, record_type="mediation.dispute")
            assert {event.record_id for event in found} == {
                made[state].pk for state in ("accepted", "assigned", "mediating")
            }
            assert {event.office_id for event in found} == {sibling_clerk.office_id}

    def test_what_was_offered_to_it_is_accepted_by_its_successor(
        self, clerk: Membership, sibling_clerk: Membership, far_clerk: Membership, today: date
    ) -> None:
        out = offered(dispute_in("accepted", actor=sibling_clerk), sibling_clerk, far_clerk)
        coming = offered(dispute_in("accepted", actor=far_clerk), far_clerk, sibling_clerk)
        handovers.take_over_office(giver=sibling_clerk.office, receiver=clerk.office, user_id=clerk.user_id, on=today)
        assert accepted(coming, clerk).office_id == clerk.office_id
        assert accepted(out, far_clerk).office_id == far_clerk.office_id

    def test_not_on_a_day_before_a_step(self, clerk: Membership, sibling_clerk: Membership, today: date) -> None:
        dispute_in("accepted", actor=sibling_clerk)
        with pytest.raises(ValidationError, match="上一步"):
            handovers.take_over_office(
                giver=sibling_clerk.office, receiver=clerk.office, user_id=clerk.user_id, on=today - timedelta(days=1)
            )

    def test_the_command_moves_and_says_how_much(
        self, clerk: Membership, sibling_clerk: Membership, today: date
    ) -> None:
        dispute_in("accepted", actor=sibling_clerk)
        said = StringIO()
        ends = (str(sibling_clerk.office_id), str(clerk.office_id))
        call_command("take_over_office", *ends, "--by", "system_admin", stdout=said)
        assert "1 mediation.dispute" in said.getvalue()
        for wrong in (
            ("999999", ends[1], "--by", "system_admin"),
            (*ends, "--by", "nobody"),
            (ends[0], ends[0], "--by", "clerk"),
        ):
            with pytest.raises(CommandError):
                call_command("take_over_office", *wrong)

    @pytest.mark.parametrize("other", ["石桥司法所", "石门县"])
    def test_only_between_two_offices(self, other: str, clerk: Membership, unit: Any, today: date) -> None:
        with pytest.raises(ValidationError, match="两个不同"):
            handovers.take_over_office(giver=clerk.office, receiver=unit(other), user_id=clerk.user_id, on=today)


class TestTheListOfWhatMoves:
    """Written in the migrations, compared with the models."""

    @pytest.mark.parametrize("kind", list(lines.record_types()), ids=lambda kind: kind.code)
    def test_every_table_under_a_record_moves_with_it(self, kind: lines.RecordType, database: None) -> None:
        source = function_of(kind)
        rows_moved = set(re.findall(r"UPDATE (\w+) SET \(office_id", source)) - {kind.model._meta.db_table}
        records_moved = set(re.findall(r"PERFORM hand_over_(\w+)\(ARRAY", source))
        below = {
            model._meta.db_table
            for model in scoped_models()
            for field in model._meta.concrete_fields
            if field.remote_field and field.remote_field.model is kind.model and parent_of(model) is field
        }
        assert rows_moved | records_moved == below

    def test_every_part_of_a_record_moves_with_it(self, database: None) -> None:
        source = rows("SELECT prosrc FROM pg_proc WHERE proname = 'hand_over_parts'")[0][0]
        parts = {
            model._meta.db_table
            for model in scoped_models()
            if {"record_type", "record_id"} <= {field.name for field in model._meta.concrete_fields}
        } - {"casework_countedevent"}
        assert {f"casework_{name}" for name in re.findall(r"'(\w+)'", source) if f"casework_{name}" in parts} == parts


def found_by_name(dispute: Dispute) -> list[int]:
    """Return what the search, which knows ids alone, finds by the first party's name."""
    with connection.cursor() as cursor:
        wanted = ids_found(DISPUTE, dispute.title[:3])
        cursor.execute(wanted.sql, wanted.params)
        return [key for (key,) in cursor.fetchall()]


def parent_of(model: Any) -> Any:
    """Return the key by which a row's table takes its office from its record: the first one to a scoped table."""
    return next(
        (
            field
            for field in model._meta.concrete_fields
            if field.remote_field
            and getattr(field.remote_field.model, "table_kind", None) in {TableKind.SCOPED, TableKind.CHILD}
        ),
        None,
    ) if model.table_kind is TableKind.CHILD else None  # fmt: skip


def function_of(kind: lines.RecordType) -> str:
    return str(rows("SELECT prosrc FROM pg_proc WHERE proname = %s", f"hand_over_{kind.model._meta.db_table}")[0][0])


def scoped_models() -> list[Any]:
    """Return every model whose rows belong to an office, but for the figures, which count for theirs."""
    return [
        model
        for model in apps.get_models()
        if getattr(model, "table_kind", None) in {TableKind.SCOPED, TableKind.CHILD}
        and model._meta.app_label != "reports"
    ]


def belonging(dispute: Dispute) -> dict[str, set[tuple[int, int, int]]]:
    """Return, for every table, the offices of the rows that belong to a dispute, itself and its records included."""
    records: list[models.Model] = [dispute]
    for relation in Dispute._meta.related_objects:
        if hasattr(relation.related_model, "workflow") or "state" in {
            f.name for f in relation.related_model._meta.fields
        }:
            records += list(relation.related_model._default_manager.filter(**{relation.field.name: dispute}))
    found: dict[str, set[tuple[int, int, int]]] = {}
    for model in scoped_models():
        names = {field.name for field in model._meta.concrete_fields}
        if "dispute" in names:
            own = model._default_manager.filter(dispute=dispute)
        elif {"record_type", "record_id"} <= names and model is not CountedEvent:
            own = model._default_manager.none()
            for record in records:
                own = own | model._default_manager.filter(
                    record_type=record._meta.label_lower, record_id=record.pk
                )  # fmt: skip
        elif model is Dispute:
            own = model._default_manager.filter(pk=dispute.pk)
        else:
            continue
        found[model._meta.db_table] = set(own.values_list(*SCOPE))
    return found


def full_dispute(clerk: Membership, today: date) -> Dispute:
    """Return a dispute in mediation with parts, an alert, a file, a paper, a link and a row of an import."""
    dispute = dispute_in("mediating", actor=clerk)
    source = dispute_in("registered", actor=clerk)
    with within(clerk):
        values = {"name": "照片", "kind": "picture", "provider": "村委会", "received_on": today, "pages": 1}
        add_part(part_type=DISPUTE.part("evidence"), record=dispute, actor=clerk, values=values)
        effect = {"kind": "crime", "on": today, "persons": 3, "text": "劝阻报复。"}
        add_part(part_type=DISPUTE.part("effect"), record=dispute, actor=clerk, values=effect)
        upload = SimpleUploadedFile("a.pdf", b"%PDF-1.7")
        attach_file(record=dispute, actor=clerk, upload=upload)
        alerts.raise_alert(
            actor=clerk,
            registered_on=today,
            source_record=dispute,
            level="orange",
            triggers=["threat"],
            situation="扬言报复。",
            measure="已上门劝导。",
            responsible="王德福",
            raised_at=timezone.now(),
            follow_up_days=2,
        )
        link_records(source, dispute, actor=clerk)
        paper = IssuedDocument(record_type=dispute.record_type(), record_id=dispute.pk, line="mediation", name="a")
        paper.office_id, paper.county_id, paper.city_id = dispute.office_id, dispute.county_id, dispute.city_id
        paper.stored_as, paper.sha256, paper.engine, paper.code = "a", "0", "x", "registration"
        paper.size = paper.issue_no = paper.pages = paper.record_version = 1
        paper.user = clerk.user
        paper.save(force_insert=True)
    imported(dispute, clerk)
    return dispute


def imported(dispute: Dispute, actor: Membership) -> None:
    """Let a dispute have come out of a ledger; all have the same content."""
    with within(actor):
        batch = ImportBatch(
            user=actor.user, membership=actor, record_type="mediation.dispute", name="a", sha256="0", state="imported"
        )
        batch.save()
        row = ImportedRecord(record_type="mediation.dispute", record_id=dispute.pk, batch=batch, row=1, version=1)
        row.key, row.content, row.line = b"k" * 32, b"c" * 32, "mediation"
        row.office_id, row.county_id, row.city_id = dispute.office_id, dispute.county_id, dispute.city_id
        row.save(force_insert=True)
