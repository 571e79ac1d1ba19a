"""What a declaration promises, proved by loops over the registry."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.urls import reverse

from casework import lines
from casework.codes import codes
from casework.models import DeadlineRule
from casework.workflow import Transition
from mediation.indicators.case_codes import KINDS, REFERRALS, TYPES
from offices.models import Membership
from offices.permissions import ALLOWED, Role
from offices.scoping import within
from tests.factories import PATHS, dispute_in

TYPES_OF_RECORDS = list(lines.record_types())
TRANSITIONS = [(kind, transition) for kind in TYPES_OF_RECORDS for transition in kind.workflow.transitions]


@pytest.mark.parametrize("kind", TYPES_OF_RECORDS, ids=lambda kind: kind.code)
def test_every_state_can_be_reached_and_has_a_name(kind: lines.RecordType) -> None:
    assert kind.workflow.reachable() == {state.code for state in kind.workflow.states}
    assert all(str(state.label) for state in kind.workflow.states)


def test_the_factories_reach_every_state_of_a_dispute() -> None:
    assert set(PATHS) == {state.code for state in lines.record_type("mediation.dispute").workflow.states}


@pytest.mark.parametrize(("kind", "transition"), TRANSITIONS, ids=lambda part: getattr(part, "code", ""))
def test_every_step_has_a_page_a_role_and_a_decider(kind: lines.RecordType, transition: Transition) -> None:
    if transition.code not in {referral.step for _target, referral in lines.referrals_from(kind.code)}:
        assert kind.step(transition.code).form
    assert ALLOWED[transition.action] & {Role.OFFICE_CLERK, Role.OFFICE_HEAD, Role.COUNTY_REVIEWER}
    assert str(kind.workflow.deciders[transition.decider])


@pytest.mark.django_db
@pytest.mark.usefixtures("today")
@pytest.mark.parametrize("state", sorted(PATHS))
def test_every_possible_step_has_a_button_that_opens_its_form(state: str, clerk: Membership, client_for: Any) -> None:
    kind = lines.record_type("mediation.dispute")
    dispute = dispute_in(state, actor=clerk)
    client = client_for(clerk)
    page = client.get(reverse("disputes:detail", args=[dispute.public_id])).content.decode()
    for transition in kind.workflow.possible(dispute.state):
        address = reverse("disputes:step", args=[dispute.public_id, transition.code])
        with within(clerk):
            fits = transition.fits(dispute)
        assert (f'href="{address}"' in page) == fits
        assert not fits or client.get(address).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "transition"), TRANSITIONS, ids=lambda part: getattr(part, "code", ""))
def test_every_limit_has_a_dated_rule_with_its_article(kind: lines.RecordType, transition: Transition) -> None:
    if transition.starts:
        rule = DeadlineRule.objects.get(code=transition.starts, valid_until=None)
        assert "条" in rule.article or "工作要求" in rule.article


@pytest.mark.parametrize("line", lines.lines(), ids=lambda line: line.code)
def test_every_indicator_says_what_it_counts(line: lines.BusinessLine) -> None:
    for indicator in line.indicators:
        assert indicator.definition.endswith("。"), indicator.code
        assert all((indicator.name, indicator.name_en, indicator.unit, indicator.article)), indicator.code


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("table", "listed"),
    [("mediation.type", TYPES), ("mediation.committee_kind", KINDS)],
)
def test_the_columns_of_the_table_follow_the_code_table(table: str, listed: tuple[tuple[str, ...], ...]) -> None:
    assert [value.code for value in codes(table)] == [code for code, *_ in listed]


@pytest.mark.django_db
def test_referrals_are_the_values_under_their_heading() -> None:
    below = [value.code for value in codes("mediation.source") if value.maps_to == "by_referral"]
    assert below == [code for code, *_ in REFERRALS]


@pytest.mark.parametrize("kind", TYPES_OF_RECORDS, ids=lambda kind: kind.code)
def test_the_reduced_list_names_nobody(kind: lines.RecordType) -> None:
    reduced = {column.name for column in kind.columns if column.reduced}
    assert reduced
    # The name of an organisation or of a round names nobody.
    nameless = {"rounds", "committees", "studios", "centers"}
    assert not reduced & {"brief", "claims", *(() if kind.slug in nameless else ("title",))}


@pytest.mark.django_db
def test_a_type_with_limits_that_reminds_of_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    line = lines.line("mediation")
    silent = [replace(kind, reminders=()) for kind in line.record_types]
    monkeypatch.setattr(lines, "_lines", {})
    with pytest.raises(lines.WrongDeclaration, match="reminds of none"):
        lines.register(replace(line, record_types=tuple(silent)))


@pytest.mark.django_db
def test_a_second_line_of_the_same_code_is_refused() -> None:
    with pytest.raises(lines.WrongDeclaration, match="twice"):
        lines.register(lines.line("mediation"))


@pytest.mark.django_db
@pytest.mark.usefixtures("today")
@pytest.mark.parametrize("count", [1, 6])
def test_the_list_costs_the_same_queries_however_many_rows(
    count: int, clerk: Membership, client_for: Any, django_assert_max_num_queries: Any
) -> None:
    for _number in range(count):
        dispute_in("accepted", actor=clerk)
    client = client_for(clerk)
    client.get(reverse("disputes:list"))
    with django_assert_max_num_queries(12):
        client.get(reverse("disputes:list"))
    with within(clerk):
        assert lines.record_type("mediation.dispute").model.objects.count() == count
