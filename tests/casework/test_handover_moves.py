"""What hand-overs count, a merger of two offices, and the list of what moves."""

from __future__ import annotations

import re
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from casework import lines, taking_over
from casework.models import (
    HANDED_IN,
    HANDED_OUT,
    CountedEvent,
    Handover,
)
from casework.parts import add_part, remove_part
from mediation.declarations.disputes import DISPUTE
from mediation.models import Dispute, Mediator
from offices.models import Membership
from offices.scoping import system, within
from tests.casework.moving import (
    function_of,
    history,
    parent_of,
    scoped_models,
)
from tests.corrections import correct
from tests.factories import PATHS, dispute_in, take_step
from tests.handing import accepted, handed, offered
from tests.offices.plain_sql import rows

pytestmark = pytest.mark.usefixtures("today")


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
        moved = taking_over.take_over_office(
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
        taking_over.take_over_office(giver=sibling_clerk.office, receiver=clerk.office, user_id=clerk.user_id, on=today)
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
        taking_over.take_over_office(giver=sibling_clerk.office, receiver=clerk.office, user_id=clerk.user_id, on=today)
        assert accepted(coming, clerk).office_id == clerk.office_id
        assert accepted(out, far_clerk).office_id == far_clerk.office_id

    def test_not_on_a_day_before_a_step(self, clerk: Membership, sibling_clerk: Membership, today: date) -> None:
        dispute_in("accepted", actor=sibling_clerk)
        with pytest.raises(ValidationError, match="上一步"):
            taking_over.take_over_office(
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
            taking_over.take_over_office(giver=clerk.office, receiver=unit(other), user_id=clerk.user_id, on=today)


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
