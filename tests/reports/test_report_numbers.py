"""Growth, shares, money and the geometry of the charts: pure functions, half always rounded away from zero."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.charts import bar_chart, column_chart, nice_ticks
from reports.content import (
    growth_percent,
    growth_text,
    half_up,
    points_text,
    ratio_percent,
    ten_thousand_yuan,
)
from reports.summary import change_phrase

AMOUNTS = st.integers(min_value=-(10**14), max_value=10**14)


@pytest.mark.parametrize(
    ("this", "last", "expected"),
    [
        (105, 100, "5.0"),
        (0, 0, "0.0"),
        (0, 7, "-100.0"),
        (2001, 2000, "0.1"),  # 0.05 rounds up
        (1999, 2000, "-0.1"),  # and away from zero below it
        (20_009, 20_000, "0.0"),
        (5, -10, "150.0"),
        (3, 0, None),
        (-3, 0, None),
    ],
)
def test_growth_is_rounded_half_up_to_one_decimal(this: int, last: int, expected: str | None) -> None:
    growth = growth_percent(this, last)
    assert (None if growth is None else str(growth)) == expected


def test_growth_without_a_base_prints_the_word_and_without_data_the_dots() -> None:
    assert growth_text(3, 0) == "新增"
    assert growth_text(0, 0) == "0.0"
    assert growth_text(3, None) == "…"
    assert growth_text(None, 3) == "…"


@given(this=AMOUNTS, last=AMOUNTS.filter(bool))
def test_growth_is_within_half_a_step_of_the_exact_value(this: int, last: int) -> None:
    growth = growth_percent(this, last)
    assert growth is not None
    # |growth − exact| ≤ 0.05, all in integers.
    assert abs(int(growth * 10) * abs(last) - (this - last) * 1000) * 2 <= abs(last)


@given(fen=AMOUNTS)
def test_money_is_symmetric_and_within_half_a_step(fen: int) -> None:
    amount = ten_thousand_yuan(fen)
    assert amount == -ten_thousand_yuan(-fen)
    assert abs(int(amount * 100) * 10_000 - fen) * 2 <= 10_000
    assert amount.as_tuple().exponent == -2


def test_money_rounds_the_sum_and_not_the_parts() -> None:
    parts = [4_999, 4_999, 4_999]
    assert [str(ten_thousand_yuan(part)) for part in parts] == ["0.00", "0.00", "0.00"]
    assert str(ten_thousand_yuan(sum(parts))) == "0.01"


def test_a_share_of_nothing_has_no_value() -> None:
    assert ratio_percent(5, 0) is None
    assert str(ratio_percent(842, 869)) == "96.9"
    assert str(ratio_percent(1, 8)) == "12.5"
    assert str(ratio_percent(125, 10_000)) == "1.3"


def test_points_close_the_printed_row() -> None:
    assert points_text(Decimal("97.2"), Decimal("96.9")) == "0.3"
    assert points_text(Decimal("96.9"), None) == "…"


def test_half_up_rounds_halves_away_from_zero() -> None:
    assert [half_up(value, 2) for value in (-3, -1, 0, 1, 3)] == [-2, -1, 0, 1, 2]


@pytest.mark.parametrize(
    ("this", "last", "phrase"),
    [
        (105, 100, "同比增长5.0%"),
        (95, 100, "同比下降5.0%"),
        (100, 100, "同比持平"),
        (5, 0, "同比新增（基期为0）"),
        (5, None, ""),
    ],
)
def test_a_change_is_told_in_words(this: int, last: int | None, phrase: str) -> None:
    assert change_phrase("同比", this, last) == phrase


@given(maximum=st.integers(min_value=-5, max_value=10**12))
def test_the_axis_reaches_the_greatest_value_in_few_steps(maximum: int) -> None:
    ticks = nice_ticks(maximum)
    assert ticks[0] == 0
    assert ticks[-1] >= max(maximum, 1)
    assert 2 <= len(ticks) <= 6


def test_a_month_without_data_leaves_a_gap_in_the_line() -> None:
    chart = column_chart(
        labels=["1月", "2月", "3月", "4月", "5月"], columns=[5, None, 8, 9, 4], line=[4, None, 7, 9, 3]
    )
    assert len(chart.points) == 4
    assert len(chart.segments) == 1
    assert chart.bars[1].value == ""
    assert chart.bars[1].height == "0.0"


def test_columns_stand_on_the_floor_and_end_below_the_top() -> None:
    chart = column_chart(labels=["1月", "2月"], columns=[0, 1_000_000])
    tops = [float(bar.y) for bar in chart.bars]
    assert [float(bar.y) + float(bar.height) for bar in chart.bars] == pytest.approx([float(chart.floor)] * 2, abs=0.2)
    assert min(tops) >= 0


@given(values=st.lists(st.integers(min_value=-10, max_value=10**9), max_size=20))
def test_bars_and_their_labels_stay_inside_the_picture(values: list[int]) -> None:
    chart = bar_chart([("某某纠纷", value, str(value)) for value in values])
    for bar in chart.bars:
        assert float(bar.width) >= 0
        assert float(bar.value_x) + 4.6 * len(bar.value) <= chart.width
        assert float(bar.value_y) <= chart.height
