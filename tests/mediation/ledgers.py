"""Ledgers of disputes for tests: good rows of every result, and faults planted one by one as data."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import openpyxl

from casework.identifiers import credit_code_check_char
from mediation.imports.columns import COLUMNS
from tests.factories import resident_id

Cells = dict[str, Any]
LABELS = tuple(column.label for column in COLUMNS)
NAMES = tuple(column.name for column in COLUMNS)
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉红梅建国文"
FIRST_DAY = date(2024, 3, 4)
RESULTS = ("succeeded", "archived", "failed", "mediating", "rejected", "open_agreement", "breached", "partly")
TYPES = ("邻里纠纷", "婚姻家庭纠纷", "合同纠纷", "道路交通事故纠纷")


def person(number: int) -> str:
    """Return a name of its own for each number."""
    first, rest = number % len(SURNAMES), number // len(SURNAMES)
    return SURNAMES[first] + GIVEN[rest % len(GIVEN)] + GIVEN[rest // len(GIVEN) % len(GIVEN)]


def good_row(number: int, *, result: str = "") -> Cells:
    """Return the ``number``-th good row by the names of the columns; every result has its turn."""
    day = FIRST_DAY + timedelta(days=number % 300)
    row: Cells = {
        "accepted_on": day.isoformat(),
        "dispute_type": TYPES[number % len(TYPES)],
        "source": "依申请调解",
        "occurred_on": (day - timedelta(days=3)).isoformat(),
        "village": "石桥村",
        "place": "村东头",
        "committee": "石桥镇人民调解委员会",
        "mediators": "王德福",
        "brief": "双方因排水沟走向发生争执。",
        "amount": "3200",
        "first_name": person(2 * number),
        "first_identifier": resident_id(number % 500, born=date(1970, 1, 1) + timedelta(days=number)).number,
        "first_phone": f"138{number:08}",
        "first_address": "石桥镇石桥村12号",
        "second_name": person(2 * number + 1),
        "second_phone": f"139{number:08}",
    }
    return row | OUTCOMES[result or RESULTS[number % len(RESULTS)]](day)


def after(day: date, days: int) -> str:
    """Return the day so many days later."""
    return (day + timedelta(days=days)).isoformat()


def agreed(day: date, form: str, **more: Any) -> Cells:
    """Return the cells of an agreement."""
    return {
        "result": "调解成功",
        "agreement_form": form,
        "agreed_on": after(day, 7),
        "agreed_amount": "0.32万元",
        **more,
    }


OUTCOMES: dict[str, Callable[[date], Cells]] = {
    "succeeded": lambda day: agreed(day, "口头协议", performance="当即履行", closed_on=after(day, 20)),
    "archived": lambda day: agreed(
        day,
        "书面协议",
        performance="已履行",
        performed_on=after(day, 12),
        closed_on=after(day, 20),
        archived_on=after(day, 30),
        dossier_pages="18",
    ),
    "failed": lambda day: {
        "result": "调解不成",
        "failure": "当事人撤回或退出",
        "ended_on": after(day, 9),
        "closed_on": after(day, 9),
    },
    "mediating": lambda day: {"result": "调解中"},
    "rejected": lambda day: {
        "result": "不予受理",
        "accepted_on": "",
        "mediators": "",
        "ended_on": after(day, 2),
        "rejection": "不属于民间纠纷",
    },
    "open_agreement": lambda day: agreed(day, "书面协议"),
    "breached": lambda day: agreed(day, "书面协议", performance="未履行", performed_on=after(day, 15)),
    "partly": lambda day: agreed(day, "书面协议", performance="部分履行", performance_due_on=after(day, 90)),
}


@dataclass(frozen=True)
class Planted:
    """One kind of fault: what it does to a good row of a closed success, the column that is blamed, words of it."""

    kind: str
    column: str
    change: Mapping[str, Any]
    words: str


LONG = "很" * 2001
CREDIT_CODE = "91370102MA3C4D5E6" + credit_code_check_char("91370102MA3C4D5E6")
PLANTED = (
    Planted("wrong check digit", "first_identifier", {"first_identifier": "379121198002290017"}, "校验不符"),
    Planted("old number", "first_identifier", {"first_identifier": "379121800229001"}, "15位旧号"),
    Planted("number of 17 digits", "first_identifier", {"first_identifier": "37912119800229001"}, "18位"),
    Planted("wrong credit code", "second_identifier", {"second_identifier": "91370102MA3C4D5E6G"}, "信用代码"),
    Planted("paper not named", "first_id_kind", {"first_identifier": "E12345678"}, "请填写证件类型"),
    Planted(
        "number of another paper",
        "first_identifier",
        {"first_identifier": "E12345678", "first_id_kind": "港澳居民来往内地通行证"},
        "应为H或M",
    ),
    Planted(
        "paper of a company", "second_id_kind", {"second_identifier": CREDIT_CODE, "second_id_kind": "护照"}, "单位不填"
    ),
    Planted("another birth date", "first_birth_date", {"first_birth_date": "1960-01-01"}, "与证件号码不符"),
    Planted("another sex", "first_sex", {"first_sex": "女"}, "与证件号码不符"),
    Planted("impossible date", "accepted_on", {"accepted_on": "2024-02-30"}, "真实存在的日期"),
    Planted("future date", "closed_on", {"closed_on": "2031-01-01"}, "不能晚于今天"),
    Planted("unknown type", "dispute_type", {"dispute_type": "星际纠纷"}, "下拉列表"),
    Planted("unknown result", "result", {"result": "大团圆"}, "只能填"),
    Planted("village of another office", "village", {"village": "柳河村"}, "不是本所辖区"),
    Planted("committee of another office", "committee", {"committee": "柳河镇人民调解委员会"}, "不是本所登记"),
    Planted("unknown mediator", "mediators", {"mediators": "柳长青"}, "不是该调解组织"),
    Planted("negative amount", "amount", {"amount": "-50"}, "不能为负数"),
    Planted("amount in words", "amount", {"amount": "约三千"}, "金额格式不对"),
    Planted("one party alone", "second_name", {"second_name": ""}, "请填写乙方姓名"),
    Planted("both on one side", "second_role", {"second_role": "申请人"}, "申请人和被申请人都要有"),
    Planted("name with digits", "first_name", {"first_name": "张3"}, "姓名不能含数字"),
    Planted("bad telephone", "first_phone", {"first_phone": "12345"}, "短号"),
    Planted("one party counted", "party_count", {"party_count": "1"}, "应为2至"),
    Planted("brief missing", "brief", {"brief": ""}, "请填写纠纷概况"),
    Planted("text too long", "brief", {"brief": LONG}, "最多2000个字"),
    Planted("formula", "amount", {"amount": "=1+1"}, "公式"),
    Planted("agreement date missing", "agreed_on", {"agreed_on": ""}, "请填写达成协议日期"),
    Planted("agreement form missing", "agreement_form", {"agreement_form": ""}, "请填写协议形式"),
    Planted("closing before agreement", "closed_on", {"closed_on": "2024-01-05"}, "不能早于"),
    Planted("closed while not due", "performance", {"performance": "未到期"}, "尚未履行完毕"),
    Planted("occurred after acceptance", "occurred_on", {"occurred_on": "2025-12-31"}, "不能晚于受理日期"),
    Planted(
        "due before the agreement",
        "performance_due_on",
        {"performance_due_on": "2024-01-05"},
        "不能早于达成协议日期",
    ),
    Planted("archived without pages", "archived_on", {"archived_on": "2026-01-05"}, "卷宗页数"),
)
# Written otherwise than we store it, and right all the same.
CONTROLS: tuple[Cells, ...] = (
    {"accepted_on": "２０２４．３．４"},
    {"accepted_on": "2024年3月4日", "occurred_on": "2024/3/1"},
    {"accepted_on": "20240304"},
    {"accepted_on": date(2024, 3, 4)},
    {"amount": "３，２００元"},
    {"amount": 3200.5},
    {"first_phone": "１３８０００００００１"},
    {"first_phone": "0531 8888 1234"},
    {"dispute_type": " 邻里 纠纷 "},
    {"dispute_type": "邻里"},
    {"first_name": "欧阳　娜"},
    {"first_name": "买买提.吐尔逊"},
    {"village": "379121100200"},
    {"committee": "石桥镇"},
    {"result": "成功", "agreement_form": "口头"},
    {
        "second_identifier": "e12345678",
        "second_id_kind": "护照",
        "second_sex": "女",
        "second_birth_date": "1945.6.7",
    },
    {"second_name": "石门县供销社", "second_identifier": f" {CREDIT_CODE[:9].lower()} {CREDIT_CODE[9:]}"},
)


def book(
    rows: Iterable[Mapping[str, Any]], headings: Sequence[str] = LABELS, names: Sequence[str] = NAMES, above: int = 0
) -> bytes:
    """Return a workbook of rows; a text that begins with = is a formula, as in every spreadsheet program."""
    made = openpyxl.Workbook(write_only=True)
    sheet = made.create_sheet("台账")
    for number in range(above):
        sheet.append([f"石桥镇人民调解台账{number}"])
    sheet.append(list(headings))
    for row in rows:
        sheet.append([row.get(name, "") for name in names])
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()
