"""Code tables on their pages: a value begins, is renamed, ends; records keep what they have; statistics stay whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.urls import reverse

from casework.codes import all_codes, code_choices, code_label, codes, forget_codes
from casework.dated.codes import counted_values, fields_with, tables
from casework.lines import lines
from casework.models import CodeValue, DatedDraft
from mediation.forms.disputes import AmendForm
from offices.models import Membership
from offices.scoping import within
from tests.casework.dated import AHEAD, adopt, adopted, draft
from tests.factories import dispute_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today", "fresh_codes")]
SUBTYPES, TYPES = "mediation.subtype", "mediation.type"
ADDED = {
    "deed": "add",
    "was": "",
    "name": "网络交易纠纷",
    "name_en": "Online trade",
    "sort": 150,
    "maps_to": "contract",
}
RENAMED = {
    "deed": "change",
    "was": "离婚纠纷",
    "name": "婚姻解除纠纷",
    "name_en": "Dissolution",
    "sort": 1,
    "maps_to": "marriage_family",
}
ENDED = {
    "deed": "end",
    "was": "离婚纠纷",
    "name": "离婚纠纷",
    "name_en": "Divorce",
    "sort": 1,
    "maps_to": "marriage_family",
}


@pytest.fixture
def fresh_codes() -> Iterator[None]:
    """Read the tables afresh before and after: what a test adopts is rolled back."""
    forget_codes()
    yield
    forget_codes()


def on(day: date) -> Any:
    """Set the clock to a day."""
    return time_machine.travel(date(day.year, day.month, day.day))


def test_a_new_value_is_offered_from_its_day_on() -> None:
    adopted("codes", SUBTYPES, ADDED, part="online_trade")
    assert "online_trade" not in dict(code_choices(SUBTYPES))
    assert [value.code for value in codes(SUBTYPES, AHEAD)][-1] == "online_trade"
    with on(AHEAD):
        forget_codes()
        assert dict(code_choices(SUBTYPES))["online_trade"] == "网络交易纠纷"


def test_a_renamed_value_has_its_new_name_from_the_day_on_and_its_old_one_before() -> None:
    adopted("codes", SUBTYPES, RENAMED, part="divorce")
    assert code_label(SUBTYPES, "divorce") == "离婚纠纷"
    assert [value.name for value in all_codes(SUBTYPES) if value.code == "divorce"] == ["离婚纠纷"]
    with on(AHEAD):
        forget_codes()
        assert code_label(SUBTYPES, "divorce") == "婚姻解除纠纷"
        assert [value.name for value in all_codes(SUBTYPES) if value.code == "divorce"] == ["婚姻解除纠纷"]
    old, new = CodeValue.objects.filter(table=SUBTYPES, code="divorce").order_by("valid_from")
    assert (old.name, old.valid_until, new.valid_until) == ("离婚纠纷", date(2033, 12, 31), None)


def test_a_record_keeps_a_retired_value_and_new_ones_are_not_offered_it(clerk: Membership) -> None:
    dispute = dispute_in("registered", actor=clerk, dispute_type="marriage_family", subtype="divorce")
    adopted("codes", SUBTYPES, ENDED, part="divorce")
    with on(AHEAD), within(clerk):
        forget_codes()
        assert "divorce" not in dict(code_choices(SUBTYPES))
        assert code_label(SUBTYPES, dispute.subtype) == "离婚纠纷"
        kept = AmendForm(None, record=dispute, initial={"subtype": "divorce"}).fields["subtype"]
        fresh = AmendForm(None, record=dispute, initial={"subtype": ""}).fields["subtype"]
        assert kept.clean("divorce") == "divorce"
        with pytest.raises(ValidationError):
            fresh.clean("divorce")


def test_a_used_value_stays_in_the_table_when_it_ends() -> None:
    adopted("codes", SUBTYPES, ENDED, part="divorce")
    assert CodeValue.objects.get(table=SUBTYPES, code="divorce").valid_until == date(2033, 12, 31)
    adopted("codes", SUBTYPES, RENAMED, part="divorce", day=date(2035, 1, 1))
    assert [value.code for value in codes(SUBTYPES, date(2034, 6, 1)) if value.code == "divorce"] == []
    assert [value.name for value in codes(SUBTYPES, date(2035, 6, 1)) if value.code == "divorce"] == ["婚姻解除纠纷"]


def test_the_types_that_the_statistics_list_take_no_further_one() -> None:
    assert counted_values(TYPES).keys() >= {value.code for value in codes(TYPES)}
    with pytest.raises(ValidationError, match="不计入任何一列"):
        draft("codes", TYPES, ADDED, part="online_trade")
    assert draft("codes", SUBTYPES, ADDED, part="online_trade").pk


@pytest.mark.parametrize(
    ("table", "part", "content", "words"),
    [
        ("mediation.alert_level", "purple", ADDED, "不能新增"),
        ("mediation.alert_level", "red", ENDED, "不能停用"),
        ("mediation.risk_flag", "failed_thrice", ENDED, "不能停用"),
        (SUBTYPES, "another", ADDED | {"name": "离婚纠纷"}, "已有同名"),
    ],
)
def test_what_the_program_could_not_follow_is_refused(
    table: str, part: str, content: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValidationError, match=words):
        draft("codes", table, content, part=part)


def test_two_values_of_a_table_may_wait_and_one_value_only_once(province_statistician: Membership) -> None:
    draft("codes", SUBTYPES, ADDED, part="online_trade")
    first = draft("codes", SUBTYPES, ENDED, part="divorce")
    with pytest.raises(ValidationError, match="待审定"):
        draft("codes", SUBTYPES, RENAMED, part="divorce")
    adopt(first)
    assert DatedDraft.objects.filter(decided_at=None).count() == 1


def test_the_page_names_what_counts_by_a_value_and_keeps_what_was_typed(
    province_line_lead: Membership, clerk: Membership, client_for: Any
) -> None:
    dispute_in("registered", actor=clerk, dispute_type="neighbourhood")
    client, address = client_for(province_line_lead), reverse("rule", args=["codes", TYPES])
    typed = {
        "deed": "change",
        "value": "neighbourhood",
        "name": "相邻关系纠纷",
        "name_en": "Neighbours",
        "valid_from": AHEAD.isoformat(),
        "reason": "统一名称",
    }
    shown = client.post(address, typed | {"preview": "1"})
    page = shown.content.decode()
    assert (shown.status_code, "现有 1 件在办业务使用这一项" in page) == (200, True)
    assert counted_values(TYPES)["neighbourhood"][0] in page
    wrong = client.post(address, typed | {"value": ""})
    assert (wrong.status_code, 'value="相邻关系纠纷"' in wrong.content.decode()) == (422, True)
    assert client.post(address, typed).status_code == 303
    saved = DatedDraft.objects.get()
    # What was left empty stays as it is.
    assert (saved.part, saved.content["sort"]) == (
        "neighbourhood",
        CodeValue.objects.get(table=TYPES, code="neighbourhood").sort,
    )


def test_a_new_value_is_given_a_code_of_its_own(province_line_lead: Membership, client_for: Any) -> None:
    client, address = client_for(province_line_lead), reverse("rule", args=["codes", SUBTYPES])
    typed = {
        "deed": "add",
        "name": "离婚后财产纠纷",
        "name_en": "Divorce",
        "maps_to": "marriage_family",
        "reason": "新增",
    }
    assert client.post(address, typed | {"valid_from": AHEAD.isoformat()}).status_code == 303
    assert DatedDraft.objects.get().part == "divorce_2"


def test_every_table_is_declared_with_values_and_every_code_fits_its_fields() -> None:
    assert set(CodeValue.objects.values_list("table", flat=True)) == set(tables())
    for line in lines():
        for table in line.code_tables:
            held = {value.code for value in codes(table.code)}
            assert held >= table.fixed, table.code
            assert not table.of or {value.maps_to for value in codes(table.code)} - {""} <= {
                value.code for value in codes(table.of)
            }
            for _model, field in fields_with(table.code):
                assert field.max_length is None or max(map(len, held)) <= field.max_length, field
