"""Money: what a clerk types, what tables print, and capitals after the bank rules' own examples."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.money import MAX_FEN, MoneyError, format_wan, format_yuan, parse_yuan, yuan_in_capitals


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("3200", 320_000),
        ("3,200元", 320_000),
        ("３２００", 320_000),
        ("3，200．50", 320_050),
        ("0.32万元", 320_000),
        ("0.32 万", 320_000),
        ("1.5亿元", 15_000_000_000),
        ("￥3,200.00", 320_000),
        ("¥3200", 320_000),
        ("人民币3200元整", 320_000),
        ("0", 0),
        ("0.01", 1),
        (".5", 50),
        ("3.10", 310),
        ("3.100", 310),
        ("0.000001万元", 1),
        ("007", 700),
        ("1,234,567.89", 123_456_789),
        ("999,999,999,999.99", MAX_FEN),
    ],
)
def test_an_amount_is_read_as_whole_fen(typed: str, fen: int) -> None:
    assert parse_yuan(typed) == fen


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "请填写金额"),
        ("　", "请填写金额"),
        ("-5", "金额不能为负数，请核对"),
        ("－5", "金额不能为负数，请核对"),
        ("abc", "金额格式不对，如3200或0.32万元"),
        ("3200美元", "金额格式不对，如3200或0.32万元"),
        ("5.", "金额格式不对，如3200或0.32万元"),
        ("5²", "金额格式不对，如3200或0.32万元"),
        ("①", "金额格式不对，如3200或0.32万元"),
        ("1e5", "金额格式不对，如3200或0.32万元"),
        ("٣", "金额格式不对，如3200或0.32万元"),
        ("NaN", "金额格式不对，如3200或0.32万元"),
        ("3,20", "千分位逗号位置不对，请核对"),
        ("32,00", "千分位逗号位置不对，请核对"),
        ("1,2345", "千分位逗号位置不对，请核对"),
        ("0.005", "金额最小到分，请核对小数位"),
        ("0.0000001万", "金额最小到分，请核对小数位"),
        ("1000000000000", "金额过大，请核对单位"),
        ("99999亿元", "金额过大，请核对单位"),
        ("9" * 1_000_000, "金额太长，请核对"),
    ],
)
def test_a_mistake_is_named_with_its_mending(typed: str, message: str) -> None:
    with pytest.raises(MoneyError) as caught:
        parse_yuan(typed)
    assert str(caught.value.message) == message
    assert len(message) <= 24


@pytest.mark.parametrize(
    ("fen", "printed"),
    [(0, "0.00"), (1, "0.01"), (320_000, "3,200.00"), (123_456_789, "1,234,567.89"), (-105, "-1.05")],
)
def test_yuan_are_printed_with_commas_and_two_decimals(fen: int, printed: str) -> None:
    assert format_yuan(fen) == printed


@pytest.mark.parametrize(
    ("fen", "printed"),
    [
        (0, "0.00"),
        (320_000, "0.32"),
        (4_999, "0.00"),
        (5_000, "0.01"),
        (14_999, "0.01"),
        (15_000, "0.02"),
        (25_000, "0.03"),
        (-5_000, "-0.01"),
        (-4_999, "0.00"),
        (123_456_789_012, "123,456.79"),
    ],
)
def test_ten_thousands_round_half_up(fen: int, printed: str) -> None:
    assert format_wan(fen) == printed


def test_the_sum_is_rounded_and_not_its_rows() -> None:
    rows = [5_000, 5_000, 5_000]
    assert [format_wan(row) for row in rows] == ["0.01", "0.01", "0.01"]
    assert format_wan(sum(rows)) == "0.02"


@pytest.mark.parametrize(
    ("fen", "capitals"),
    [
        (0, "人民币零元整"),
        (1, "人民币壹分"),
        (10, "人民币壹角"),
        (35, "人民币叁角伍分"),
        (100, "人民币壹元整"),
        (1_000, "人民币壹拾元整"),
        (1_005, "人民币壹拾元零伍分"),
        (1_050, "人民币壹拾元伍角"),
        (10_530, "人民币壹佰零伍元叁角"),
        (32_504, "人民币叁佰贰拾伍元零肆分"),
        (140_950, "人民币壹仟肆佰零玖元伍角"),
        (168_032, "人民币壹仟陆佰捌拾元叁角贰分"),
        (600_714, "人民币陆仟零柒元壹角肆分"),
        (1_000_000, "人民币壹万元整"),
        (1_640_902, "人民币壹万陆仟肆佰零玖元零贰分"),
        (1_000_500, "人民币壹万零伍元整"),
        (10_700_053, "人民币壹拾万零柒仟元伍角叁分"),
        (100_000_000, "人民币壹佰万元整"),
        (100_500_000, "人民币壹佰万零伍仟元整"),
        (101_500_000, "人民币壹佰零壹万伍仟元整"),
        (10_000_000_000, "人民币壹亿元整"),
        (10_000_500_000, "人民币壹亿零伍仟元整"),
        (10_001_000_000, "人民币壹亿零壹万元整"),
        (1_000_000_000_001, "人民币壹佰亿元零壹分"),
        (1_000_100_000_000, "人民币壹佰亿零壹佰万元整"),
        (MAX_FEN, "人民币玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_capitals_follow_the_bank_rules(fen: int, capitals: str) -> None:
    assert yuan_in_capitals(fen) == capitals


@pytest.mark.parametrize("fen", [-1, MAX_FEN + 1])
def test_an_amount_outside_the_range_has_no_capitals(fen: int) -> None:
    with pytest.raises(ValueError, match="cannot be written in capitals"):
        yuan_in_capitals(fen)


AMOUNTS = st.integers(0, MAX_FEN)


@given(AMOUNTS)
def test_what_is_printed_reads_back(fen: int) -> None:
    assert parse_yuan(format_yuan(fen)) == fen


@given(st.integers(0, MAX_FEN - 10_000))
def test_ten_thousands_lie_within_half_of_the_last_place(fen: int) -> None:
    assert abs(parse_yuan(format_wan(fen) + "万元") - fen) <= 5_000


def value_of(capitals: str) -> int:
    """Read capitals back, place by place, as a bank clerk does."""
    whole, fraction = 0, 0
    group, digit = 0, 0
    for character in capitals.removeprefix("人民币"):
        if character in "零壹贰叁肆伍陆柒捌玖":
            digit = "零壹贰叁肆伍陆柒捌玖".index(character)
        elif character in "拾佰仟":
            group, digit = group + digit * {"拾": 10, "佰": 100, "仟": 1000}[character], 0
        elif character in "万亿":
            whole, group, digit = whole + (group + digit) * {"万": 10**4, "亿": 10**8}[character], 0, 0
        elif character == "元":
            whole, group, digit = whole + group + digit, 0, 0
        elif character in "角分":
            fraction, digit = fraction + digit * {"角": 10, "分": 1}[character], 0
    return whole * 100 + fraction


@given(AMOUNTS)
def test_capitals_read_back_to_the_same_amount(fen: int) -> None:
    assert value_of(yuan_in_capitals(fen)) == fen


@given(AMOUNTS)
def test_capitals_never_double_a_zero_nor_end_in_one(fen: int) -> None:
    capitals = yuan_in_capitals(fen)
    assert "零零" not in capitals
    assert not any(pair in capitals for pair in ("零万", "零亿", "零角", "零分", "亿万"))
    assert capitals.endswith("整") == (fen % 100 == 0)


@given(st.text(max_size=30))
def test_any_text_is_an_amount_or_a_short_refusal(text: str) -> None:
    message = ""
    try:
        assert 0 <= parse_yuan(text) <= MAX_FEN
    except MoneyError as error:
        message = str(error.message)
    assert len(message) <= 24
