"""The parameters of the checks on their pages: another value from a month on, adopted by two."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from casework.dated.subjects import Change, subject
from casework.models import DatedDraft
from mediation.models import Dispute
from offices.models import Level, Membership
from offices.scoping import system, within
from reports.dated_parameters import WORDS
from reports.models import Parameter, UnitSheet
from reports.parameters import limits_on, parameter
from reports.reporting import open_month
from tests.casework.dated import AHEAD, adopted, draft
from tests.reports.issuing import APRIL

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
BASE = "check.base"
VALUE = {"value": 30, "unit": "", "article": "县局通知第3条"}


def test_another_value_holds_from_its_month_on() -> None:
    adopted("parameter", BASE, VALUE)
    assert (parameter(BASE, date(2033, 12, 1)), parameter(BASE, AHEAD)) == (10, 30)
    assert (limits_on(date(2033, 12, 1)).base, limits_on(AHEAD).base) == (10, 30)


@pytest.mark.parametrize(("value", "words"), [(0, "之间的数"), (10_001, "之间的数")])
def test_a_value_without_sense_is_refused(value: int, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        draft("parameter", BASE, VALUE | {"value": value})


def test_a_value_that_changes_nothing_is_refused() -> None:
    now = Parameter.objects.get(code=BASE)
    with pytest.raises(ValidationError, match="相同"):
        draft("parameter", BASE, {"value": now.value, "unit": now.unit, "article": now.article})


def test_every_parameter_has_its_words_and_holds_within_its_bounds() -> None:
    for one in Parameter.objects.all():
        _label, least, most = WORDS[one.code]
        assert least <= one.value <= most


def test_the_preview_counts_the_sheets_that_either_value_questions(
    ledger: list[Dispute], province_statistician: Membership
) -> None:
    open_month(APRIL)
    leap = {"T9.01": {"current": 60, "previous": 20, "last_year": 20, "ytd": 60, "last_ytd": 20}}
    with system("test"):
        county = UnitSheet.objects.filter(form="T9", month=APRIL, level=Level.COUNTY).earliest("pk")
        UnitSheet.objects.filter(pk=county.pk).update(figures=leap)
    change = Change(valid_from=AHEAD, content=VALUE)
    with within(province_statistician):
        texts = [one.text for one in subject("parameter").effects(BASE, change, date(2026, 5, 20))]
    assert texts[0].startswith("从2034年1月的月报起适用")
    assert "1 张月报中，按现值有 1 张出现提示，按新值有 0 张" in texts[1]


def test_the_page_drafts_and_shows_the_unit(province_line_lead: Membership, clerk: Membership, client_for: Any) -> None:
    client, address = client_for(province_line_lead), reverse("rule", args=["parameter", "check.leap_percent"])
    typed = {"value": "60", "article": "第5条", "valid_from": AHEAD.isoformat(), "reason": "提示过多"}
    assert client_for(clerk).post(address, typed).status_code == 403
    assert client.post(address, typed | {"value": "x"}).status_code == 422
    assert client.post(address, typed).status_code == 303
    assert DatedDraft.objects.get().content == {"value": 60, "unit": "%", "article": "第5条"}
    assert "60%" in client.get(address).content.decode()
