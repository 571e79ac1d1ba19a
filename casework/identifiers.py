"""Identifiers that a clerk types: resident number, credit code, telephone, a person's name. Pure.

Each function takes the text as typed (full width, blanks and dashes are forgiven) and returns it as it is stored, or
raises :class:`IdentifierError` with a short sentence for the person at the form.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from offices.secrecy import half_width, normalise_identifier

MAX_AGE_YEARS = 120
_LONGEST_INPUT = 200
# Zero-width characters come with pasted text and are no space to any pattern.
_INVISIBLE = r"\u200b-\u200f\u2060\ufeff"

_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_CHECKS = "10X98765432"

_CREDIT_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = tuple(3**position % 31 for position in range(17))

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−转", "-"))
_LANDLINE = re.compile(r"(010|02[0-9]|0[3-9][0-9]{2})([0-9]{7,8})")

_DOTS = str.maketrans(dict.fromkeys("•‧・･∙⋅．", "·"))
# Planes 2 and 3 are ideographs alone, those of later editions of GB 18030 included.
_HAN = r"\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAN_NAME = re.compile(rf"[{_HAN}]+(?:·[{_HAN}]+)*")
_LATIN = r"A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
_LATIN_NAME = re.compile(rf"[{_LATIN}]+(?:(?:[ '’·-]|\. ?)[{_LATIN}]+)*\.?")


class IdentifierError(ValueError):
    """What is wrong with a typed identifier and how to mend it; never holds the identifier."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class PaperNumber:
    """The number of an identity paper and what it says of its holder, None where it is silent; ``repr`` shows nothing."""

    number: str = field(repr=False)
    birth_date: date | None = field(default=None, repr=False)
    sex: Literal["male", "female"] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class ResidentId(PaperNumber):
    """A number made by the rule of resident numbers (GB 11643-1999): it says when its holder was born, and the sex."""

    number: str = field(repr=False)
    birth_date: date = field(repr=False)
    sex: Literal["male", "female"] = field(repr=False)


def parse_resident_id(text: str, today: date) -> ResidentId:
    """Read an 18-character resident number. No area code is ever refused: abolished and unknown ones are in use.

    The check character, a real date of birth not after ``today`` and an age of at most 120 years are demanded.
    """
    number = normalise_identifier(text[:_LONGEST_INPUT])
    if not number:
        raise IdentifierError(_("请填写身份证号"))
    if re.fullmatch(r"[0-9]{15}", number):
        raise IdentifierError(_("15位旧号已停用，请填18位新号"))
    if len(number) != 18:
        raise IdentifierError(_("身份证号应为18位，请核对位数"))
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        raise IdentifierError(_("身份证号只能是数字，末位可为X"))
    birth_date = _birth_date(number)
    if resident_id_check_char(number[:17]) != number[17]:
        raise IdentifierError(_("身份证号校验不符，请逐位核对"))
    if birth_date > today:
        raise IdentifierError(_("出生日期晚于今天，请核对身份证号"))
    if _age(birth_date, today) > MAX_AGE_YEARS:
        raise IdentifierError(_("年龄超过120岁，请核对身份证号"))
    return ResidentId(number, birth_date, "male" if int(number[16]) % 2 else "female")


def resident_id_check_char(first17: str) -> str:
    """Return the eighteenth character for the first seventeen digits (mod 11-2)."""
    if not re.fullmatch(r"[0-9]{17}", first17):
        raise ValueError("seventeen digits are needed")
    total = sum(int(digit) * weight for digit, weight in zip(first17, _RESIDENT_WEIGHTS, strict=True))
    return _RESIDENT_CHECKS[total % 11]


def _birth_date(number: str) -> date:
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        # "from None": the chain would carry digits of the number into a log.
        raise IdentifierError(_("第7至14位不是真实日期，请核对")) from None


def _age(birth_date: date, today: date) -> int:
    return today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))


# The papers by which people prove who they are, as the code table ``mediation.id_kind`` names them. Those whose number
# follows the rule of resident numbers: the residence permit of Hong Kong, Macau and Taiwan people bears an area
# number of its own (810000, 820000, 830000), the household register the number of whoever has no card yet.
RESIDENT_RULE = frozenset({"resident_id", "hmt_residence", "household"})
NO_NUMBER = "unregistered"
_HMT_AREAS = ("810000", "820000", "830000")
_FOREIGN_RESIDENT = re.compile(r"9[0-9]{5}([0-9]{8})[0-9]{3}[0-9X]")
_SHAPES: dict[str, tuple[re.Pattern[str], str | Promise]] = {
    # The card of 2023 has 18 characters and begins with 9; the older one three letters and twelve digits.
    "foreign_residence": (
        re.compile(rf"{_FOREIGN_RESIDENT.pattern}|[A-Z]{{3}}[0-9]{{12}}"),
        _("永居证号码应为9开头的18位，或3个字母加12位数字"),
    ),
    "hk_mo_permit": (re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?"), _("应为H或M加8位数字，旧证加10位数字")),
    "tw_permit": (re.compile(r"[0-9]{8}|[0-9]{10}[A-Z]?"), _("台湾居民通行证号码应为8位数字，旧证为10位")),
    "passport": (re.compile(r"(?=.*[0-9])[A-Z0-9]{5,15}"), _("护照号码应为5至15位字母和数字，请核对")),
    "other": (re.compile(r"[0-9A-Z\u3400-\u9fff()〔〕/-]{3,40}"), _("证件号码应为3至40位，只含文字、字母和数字")),
}


def parse_paper_number(kind: str, text: str, today: date) -> PaperNumber:
    """Read the number of an identity paper by its kind (a code of ``mediation.id_kind``; an unknown one is "other").

    A check character is demanded of the numbers that have one, of all others their shape.
    """
    if kind == NO_NUMBER:
        raise IdentifierError(_("未上户口的没有证件号码，请不填"))
    if kind in RESIDENT_RULE:
        found = parse_resident_id(text, today)
        if kind == "hmt_residence" and found.number[:6] not in _HMT_AREAS:
            raise IdentifierError(_("港澳台居民居住证号码以81、82或83开头"))
        return found
    number = normalise_identifier(text[:_LONGEST_INPUT])
    if not number:
        raise IdentifierError(_("请填写证件号码"))
    shape, message = _SHAPES.get(kind, _SHAPES["other"])
    if not shape.fullmatch(number):
        raise IdentifierError(message)
    if kind == "foreign_residence" and (born := _FOREIGN_RESIDENT.fullmatch(number)):
        return PaperNumber(number, _foreign_birth_date(number, born[1], today))
    return PaperNumber(number)


def _foreign_birth_date(number: str, digits: str, today: date) -> date:
    if resident_id_check_char(number[:17]) != number[17]:
        raise IdentifierError(_("永居证号码校验不符，请逐位核对"))
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise IdentifierError(_("第7至14位不是真实日期，请核对")) from None
    if born > today or _age(born, today) > MAX_AGE_YEARS:
        raise IdentifierError(_("号码中的出生日期不可能，请核对"))
    return born


def parse_credit_code(text: str) -> str:
    """Read a unified social credit code (GB 32100-2015): 18 characters, check character by powers of 3 mod 31."""
    code = normalise_identifier(text[:_LONGEST_INPUT])
    if not code:
        raise IdentifierError(_("请填写统一社会信用代码"))
    if len(code) != 18:
        raise IdentifierError(_("信用代码应为18位，请核对位数"))
    if any(character not in _CREDIT_CHARACTERS for character in code):
        raise IdentifierError(_("信用代码不含I、O、S、V、Z及符号"))
    if not re.fullmatch(r"[0-9]{6}", code[2:8]):
        raise IdentifierError(_("信用代码第3至8位应为数字，请核对"))
    if credit_code_check_char(code[:17]) != code[17]:
        raise IdentifierError(_("信用代码校验不符，请逐位核对"))
    return code


def credit_code_check_char(first17: str) -> str:
    """Return the eighteenth character for the first seventeen."""
    if len(first17) != 17 or any(character not in _CREDIT_CHARACTERS for character in first17):
        raise ValueError("seventeen characters of 0-9 and A-Y without I O S V are needed")
    values = (_CREDIT_CHARACTERS.index(character) for character in first17)
    total = sum(value * weight for value, weight in zip(values, _CREDIT_WEIGHTS, strict=True))
    return _CREDIT_CHARACTERS[-total % 31]


def parse_phone(text: str, *, short_codes: Collection[str] = ()) -> str:
    """Read a mobile (``13812345678``) or a landline (``0531-88881234``, ``0531-88881234-12``).

    Service numbers such as 12348 are refused unless listed in ``short_codes``.
    """
    groups = re.findall(rf"[^\s(){_INVISIBLE}-]+", half_width(text[:_LONGEST_INPUT]).translate(_DASHES))
    digits = "".join(groups).removeprefix("+")
    if not digits:
        raise IdentifierError(_("请填写联系电话"))
    if not re.fullmatch(r"[0-9]+", digits):
        raise IdentifierError(_("电话只能含数字和短横线，请核对"))
    if digits in short_codes:
        return digits
    mobile = re.sub(r"^(?:0086|86)(?=1[0-9]{10}$)", "", digits)
    if mobile.startswith("1") and len(mobile) > 6:
        if not re.fullmatch(r"1[3-9][0-9]{9}", mobile):
            raise IdentifierError(_("手机号应为11位，以13至19开头"))
        return mobile
    return _landline(groups, digits)


def _landline(groups: list[str], digits: str) -> str:
    if not digits.startswith("0"):
        if len(digits) < 7:
            raise IdentifierError(_("不能填短号，请填手机或座机号"))
        raise IdentifierError(_("座机请加区号，如0531-88880000"))
    # The last group is an extension only if the groups before it are a whole number.
    if len(groups[-1]) <= 6 and (whole := _LANDLINE.fullmatch("".join(groups[:-1]))):
        return f"{whole[1]}-{whole[2]}-{groups[-1]}"
    if not (plain := _LANDLINE.fullmatch(digits)):
        raise IdentifierError(_("座机应为区号加7至8位号码"))
    return f"{plain[1]}-{plain[2]}"


def check_person_name(text: str, *, single_confirmed: bool = False) -> str:
    """Return a person's name as it is stored: Chinese characters, rare ones included, with ``·``; or Latin letters.

    2 to 50 characters; one character only when the clerk has confirmed it.
    """
    name = " ".join(half_width(re.sub(f"[{_INVISIBLE}]", "", text[:_LONGEST_INPUT]).translate(_DOTS)).split())
    if not name:
        raise IdentifierError(_("请填写姓名"))
    if re.search(r"[0-9]", name):
        raise IdentifierError(_("姓名不能含数字，请核对"))
    # A blank between two Chinese characters is typesetting (张　三), not part of the name.
    closed = re.sub(rf"(?<=[{_HAN}]) (?=[{_HAN}])", "", name)
    closed = re.sub(rf"(?<=[{_HAN}]) ?[.·] ?(?=[{_HAN}])", "·", closed)
    if not (_HAN_NAME.fullmatch(closed) or _LATIN_NAME.fullmatch(closed)):
        raise IdentifierError(_("姓名只能含汉字、字母和“·”"))
    if len(closed) > 50:
        raise IdentifierError(_("姓名最多50个字，请核对"))
    if len(closed) < 2 and not single_confirmed:
        raise IdentifierError(_("姓名只有一个字，请确认无误"))
    return closed
