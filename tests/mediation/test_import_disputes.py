"""Old ledgers of disputes: each fault at its cell, and what comes in is what the services would have made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Model

from casework.imports.checking import Checker, letter
from casework.imports.matching import by_label, guess, missing
from casework.imports.reading import read_ledger
from casework.imports.writing import write_rows
from casework.lines import record_type
from casework.models import CountedEvent, ImportBatch, ImportRow, RecordEvent
from casework.services import follow
from mediation.imports.building import parties_of, registered_on
from mediation.imports.sheet import SHEET
from mediation.imports.words import FROM_LEDGER, NO_MEDIATOR, TERMS_UNKNOWN
from mediation.models import Agreement, Dispute, DisputeMediator, Party
from mediation.services import disputes, mediators, results
from offices.models import Membership
from offices.scoping import within
from tests.mediation.ledgers import CONTROLS, NAMES, PLANTED, RESULTS, Planted, book, good_row

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
KIND = record_type("mediation.dispute")


def checked(rows: Any, actor: Membership) -> Checker:
    """Return a file of rows as the check leaves it."""
    ledger = read_ledger(book(rows))
    with within(actor):
        mapping = by_label(SHEET, ledger.headings)
        checker = Checker(record_type=KIND, ledger=ledger, mapping=mapping, actor=actor)
        list(checker.steps())
        checker.compare()
    return checker


# --- faults ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.kind)
def test_each_fault_is_told_at_its_cell_and_nowhere_else(planted: Planted, clerk: Membership) -> None:
    (row,) = checked([good_row(1, result="succeeded") | dict(planted.change)], clerk).checked
    assert [(fault.row, fault.place) for fault in row.faults] == [(2, NAMES.index(planted.column))]
    assert planted.words in row.faults[0].message


@pytest.mark.parametrize("control", CONTROLS, ids=str)
def test_what_is_only_written_otherwise_is_taken(control: Mapping[str, Any], clerk: Membership) -> None:
    (row,) = checked([good_row(0, result="succeeded") | dict(control)], clerk).checked
    assert row.faults == []


def planted_file(rows: int, faults: int) -> tuple[list[dict[str, Any]], dict[int, Planted]]:
    """Return a file with so many faults, evenly spread, every kind in its turn, and where they are by row number."""
    every = rows // faults
    found: dict[int, Planted] = {}
    made: list[dict[str, Any]] = []
    for number in range(rows):
        if number % every == every // 2 and len(found) < faults:
            planted = PLANTED[len(found) % len(PLANTED)]
            found[number + 2] = planted
            made.append(good_row(number, result="succeeded") | dict(planted.change))
        else:
            made.append(good_row(number))
    return made, found


def compare_with(rows: int, faults: int, actor: Membership) -> None:
    """Check a file with planted faults: each is told at its row and column, no good row is lost."""
    made, planted = planted_file(rows, faults)
    assert len({one.kind for one in planted.values()}) >= 25
    checker = checked(made, actor)
    told = {row.row.number: [(fault.place, fault.message) for fault in row.faults] for row in checker.checked}
    assert set(told) == set(range(2, rows + 2))
    assert {number for number, faults_of_row in told.items() if faults_of_row} == set(planted)
    for number, one in planted.items():
        ((place, message),) = told[number]
        assert place == NAMES.index(one.column), one.kind
        assert one.words in message
    assert sum(row.standing == "good" for row in checker.checked) == rows - faults


def test_27_faults_among_300_rows_are_told_one_by_one(clerk: Membership) -> None:
    compare_with(300, 27, clerk)


@pytest.mark.slow
def test_300_faults_among_10000_rows_are_told_one_by_one(clerk: Membership) -> None:
    compare_with(10_000, 300, clerk)


def test_the_same_case_twice_in_a_file_is_told_with_the_first_row(clerk: Membership) -> None:
    first, second = checked([good_row(3), good_row(4), good_row(3)], clerk).checked[::2]
    assert first.faults == []
    assert [fault.message for fault in second.faults] == ["与第2行是同一件，请删除重复的行。"]


def test_no_fault_repeats_a_personal_number(clerk: Membership) -> None:
    wrong = [good_row(1) | dict(planted.change) for planted in PLANTED]
    for row in checked(wrong, clerk).checked:
        for fault in row.faults:
            assert not any(str(value) in fault.message for value in ("37912119800229", "91370102MA3C4D5E6G", "12345"))


def test_columns_are_named_by_letters() -> None:
    assert [letter(place) for place in (0, 25, 26, 51, 52)] == ["A", "Z", "AA", "AZ", "BA"]


# --- foreign ledgers -------------------------------------------------------------------------------------------------

FOREIGN = {
    "序号": "",
    "受理时间": "accepted_on",
    "纠纷类别": "dispute_type",
    "案件来源": "source",
    "发生时间": "occurred_on",
    "村（居）": "village",
    "调委会": "committee",
    "简要案情": "brief",
    "申请人": "first_name",
    "申请人身份证号码": "first_identifier",
    "申请人电话": "first_phone",
    "被申请人": "second_name",
    "调解结果": "result",
    "协议形式": "agreement_form",
    "签订日期": "agreed_on",
    "履行情况": "performance",
    "结案时间": "closed_on",
    "备注": "",
}


def test_the_headings_of_a_foreign_ledger_are_guessed() -> None:
    headings = tuple(FOREIGN)
    found = guess(SHEET, headings)
    assert {name: headings[place] for name, place in found.items()} == {n: h for h, n in FOREIGN.items() if n}
    assert missing(SHEET, found) == []


# --- records ---------------------------------------------------------------------------------------------------------

NOT_COMPARED = {"id", "public_id", "created_at", "updated_at", "at", "dispute_id", "record_id", "replaces_id"}


def told(row: Model) -> dict[str, Any]:
    """Return a row by its columns, without what is drawn by lot."""
    return {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if f.attname not in NOT_COMPARED}


def register_of(actor: Membership) -> list[dict[str, Any]]:
    """Return every dispute of the office with all that belongs to it, in the order of the numbers taken."""
    found = []
    with within(actor):
        for dispute in Dispute.objects.order_by("id"):
            events = {"record_type": "mediation.dispute", "record_id": dispute.pk}
            found.append(
                {
                    "dispute": told(dispute),
                    "parties": [told(row) for row in Party.objects.filter(dispute=dispute)],
                    "mediators": [told(row) for row in DisputeMediator.objects.filter(dispute=dispute)],
                    "agreement": [told(row) for row in Agreement.objects.filter(dispute=dispute)],
                    "history": [told(row) for row in RecordEvent.objects.filter(**events).order_by("id")],
                    "counted": [told(row) for row in CountedEvent.objects.filter(**events).order_by("id")],
                }
            )
    return found


def by_services(values: dict[str, Any], actor: Membership) -> None:
    """Bring a case into the register in the way of the pages, step by step."""
    given = {name: values[name] for name in (*disputes.PLAIN_FIELDS, "party_count") if values.get(name) is not None}
    with within(actor):
        dispute = disputes.register_dispute(
            actor=actor, registered_on=registered_on(values), parties=parties_of(values), **given
        )
        act: dict[str, Any] = {"record": dispute, "actor": actor}
        if values["result"] == "rejected":
            disputes.reject_dispute(**act, on=values["ended_on"], reason=values["rejection"], note=FROM_LEDGER)
            return
        on: date = values["accepted_on"]
        disputes.accept_dispute(**act, on=on)
        mediators.assign_mediators(**act, on=on, mediators=values["mediators"])
        notice = values.get("rights_notice_on") or on
        disputes.begin_mediation(**act, on=notice, rights_notice_on=notice)
        conclude_by_services(values, act, dispute)


def conclude_by_services(values: dict[str, Any], act: dict[str, Any], dispute: Dispute) -> None:
    """Take the steps of a result."""
    if values["result"] == "failed":
        failure = values.get("failure") or "no_agreement"
        results.fail_mediation(
            **act, on=values["ended_on"], failure=failure, note=FROM_LEDGER, told_routes=["litigation"]
        )
        # A ledger is silent on the routes.
        follow(Dispute.objects.get(pk=dispute.pk), told_routes=[])
    elif values["result"] == "succeeded":
        agree_by_services(values, act, dispute)
    if values.get("closed_on"):
        closed = results.close_dispute(**act, on=values["closed_on"], missing_noted=True, note=FROM_LEDGER)
        # Nobody is reminded of the dossiers of old ledgers.
        follow(closed, due_on=None, due_rule="")
    if values.get("archived_on"):
        results.archive_dispute(**act, on=values["archived_on"], dossier_pages=values["dossier_pages"])


def agree_by_services(values: dict[str, Any], act: dict[str, Any], dispute: Dispute) -> None:
    """Take the steps of an agreement."""
    on, performance, due = values["agreed_on"], values.get("performance"), values.get("performance_due_on")
    terms = values.get("terms") or TERMS_UNKNOWN
    given: dict[str, Any] = {"facts": dispute.brief, "terms": terms, "agreed_amount": values.get("agreed_amount")}
    given["performance_due_on"] = due
    if values["agreement_form"] == "written":
        signed: dict[str, Any] = dict.fromkeys(results.SIGNATURES, True)
        # A ledger is silent on ages.
        ageless = list(dispute.parties.filter(kind="person", birth_date=None).values_list("pk", flat=True))
        Party.objects.filter(pk__in=ageless).update(birth_date=date(1980, 1, 1))
        results.agree_in_writing(**act, on=on, effective_on=on, **signed, **given)
        Party.objects.filter(pk__in=ageless).update(birth_date=None)
    else:
        results.agree_orally(**act, on=on, **given)
    performed = values.get("performed_on") or values.get("closed_on") or on
    if performance == "refused":
        results.breach_agreement(**act, on=performed, court_told=True, note=FROM_LEDGER)
    elif performance in {"at_once", "full"}:
        results.perform_agreement(**act, on=performed, performance=performance, note=FROM_LEDGER)
    elif performance and due:
        results.follow_performance(**act, on=on, performance_due_on=due)
        follow(dispute, performance=performance)


def batch_of(actor: Membership) -> ImportBatch:
    """Return an empty batch of a person."""
    return ImportBatch.objects.create(user=actor.user, membership=actor, record_type=KIND.code, name="a.xlsx")


def test_what_comes_in_is_field_by_field_what_the_services_make(clerk: Membership) -> None:
    more = {
        "registered_on": "2023-11-01",
        "rights_notice_on": "",
        "place": "村西头",
        "claims": "恢复原状。",
        "recorder": "周晓兰",
        "party_count": "12",
        "is_difficult": "是",
        "scale": "个体性事件",
        "relation": "公民与公民",
        "way": "面对面调解",
        "office_role": "指导",
        "terms": "乙方恢复原状。",
        "second_role": "",
        "second_kind": "单位",
        "second_name": "石门县供销社",
    }
    rows = [good_row(number) for number in range(2 * len(RESULTS))]
    rows += [good_row(number + 100, result=result) | more for number, result in enumerate(RESULTS[:2])]
    checker = checked(rows, clerk)
    assert [row.faults for row in checker.checked] == [[]] * len(rows)
    with transaction.atomic():
        for row in sorted(checker.checked, key=lambda row: (registered_on(row.values), row.row.number)):
            by_services(row.values, clerk)
        wanted = register_of(clerk)
        transaction.set_rollback(True)
    assert register_of(clerk) == []
    with within(clerk):
        batch = batch_of(clerk)
        write_rows(batch=batch, record_type=KIND, actor=clerk, rows=checker.checked, known=checker.known)
    found = register_of(clerk)
    assert len(found) == len(wanted) == len(rows)
    for one, other in zip(found, wanted, strict=True):
        assert one == other
    assert {one["dispute"]["state"] for one in found} == {
        *("closed", "archived", "mediating", "rejected", "agreed_written", "breached", "performing")
    }
    assert ImportRow.objects.count() == 0


def test_a_ledger_may_be_silent_on_who_mediated(clerk: Membership) -> None:
    checker = checked([good_row(0) | {"mediators": ""}], clerk)
    with within(clerk):
        write_rows(batch=batch_of(clerk), record_type=KIND, actor=clerk, rows=checker.checked, known=checker.known)
        assert RecordEvent.objects.get(kind="assign").note == NO_MEDIATOR
        assert not DisputeMediator.objects.exists()
