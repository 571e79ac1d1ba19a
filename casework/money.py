"""Money as whole fen: reading what a clerk types, printing tables, and capitals for agreements. Pure."""

from __future__ import annotations

import re
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from offices.secrecy import half_width

MAX_FEN = 99_999_999_999_999
"""999,999,999,999.99 yuan: twelve digits before the point."""

_FEN_PER_UNIT = {"": 100, "元": 100, "万": 1_000_000, "万元": 1_000_000, "亿": 10_000_000_000, "亿元": 10_000_000_000}
_AMOUNT = re.compile(r"(?:人民币)?[¥￥]?(?P<number>[0-9][0-9,]*(?:\.[0-9]+)?|\.[0-9]+)(?P<unit>亿元|万元|亿|万|元|)整?")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})*|[0-9]+")
_LONGEST_INPUT = 60

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")


class MoneyError(ValueError):
    """What is wrong with a typed amount and how to mend it."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(message)
        self.message = message


def parse_yuan(text: str) -> int:
    """Read an amount such as ``3,200元``, ``0.32万元`` or ``３２００`` and return fen, 0 to :data:`MAX_FEN`."""
    if len(text) > _LONGEST_INPUT:
        raise MoneyError(_("金额太长，请核对"))
    compact = "".join(half_width(text).split())
    if not compact:
        raise MoneyError(_("请填写金额"))
    if compact.startswith(("-", "−", "负")):
        raise MoneyError(_("金额不能为负数，请核对"))
    amount = _AMOUNT.fullmatch(compact)
    if not amount:
        raise MoneyError(_("金额格式不对，如3200或0.32万元"))
    whole, _point, _fraction = amount["number"].partition(".")
    if whole and not _GROUPED.fullmatch(whole):
        raise MoneyError(_("千分位逗号位置不对，请核对"))
    fen = Decimal(amount["number"].replace(",", "")) * _FEN_PER_UNIT[amount["unit"]]
    if fen > MAX_FEN:
        raise MoneyError(_("金额过大，请核对单位"))
    if fen != int(fen):
        raise MoneyError(_("金额最小到分，请核对小数位"))
    return int(fen)


def format_yuan(fen: int) -> str:
    """Return yuan with two decimals and commas, without the unit: ``3,200.00``."""
    sign = "-" if fen < 0 else ""
    yuan, cents = divmod(abs(fen), 100)
    return f"{sign}{yuan:,}.{cents:02d}"


def format_wan(fen: int) -> str:
    """Return ten thousands of yuan with two decimals, without the unit: ``0.32``.

    Half is rounded away from zero. Round the sum, never its parts: rounded rows do not add up to the rounded total.
    """
    hundredths = (abs(fen) + 5_000) // 10_000
    return format_yuan(-hundredths if fen < 0 else hundredths)


def yuan_in_capitals(fen: int) -> str:
    """Return an amount in capitals for an agreement: ``人民币壹仟肆佰零玖元伍角``.

    After 支付结算办法, annex 1: 整 after whole yuan only; one 零 for a run of zeros inside the number.
    """
    if not 0 <= fen <= MAX_FEN:
        raise ValueError(f"{fen} fen cannot be written in capitals")
    yuan, cents = divmod(fen, 100)
    jiao, odd_fen = divmod(cents, 10)
    whole = f"{_whole_in_capitals(yuan)}元" if yuan else ""
    if not cents:
        return f"人民币{whole or '零元'}整"
    tenths = f"{_DIGITS[jiao]}角" if jiao else ("零" if yuan else "")
    return f"人民币{whole}{tenths}{f'{_DIGITS[odd_fen]}分' if odd_fen else ''}"


def _whole_in_capitals(number: int) -> str:
    """Write a positive whole number digit by digit; zeros are held back until a digit follows."""
    written, pending_zero = "", False
    digits = str(number)
    for index, digit in enumerate(digits):
        group, place = divmod(len(digits) - 1 - index, 4)
        if digit == "0":
            pending_zero = True
        else:
            written += ("零" if pending_zero and written else "") + _DIGITS[int(digit)] + _PLACES[place]
            pending_zero = False
        # A group of four zeros has no name of its own: 壹亿元, never 壹亿万元.
        if place == 0 and group and int(digits[max(0, index - 3) : index + 1]):
            written += _GROUPS[group]
    return written
