"""People as a table: the template to fill in, the check of what came back, and the list of first passwords.

The words of the table are Chinese in every language, like all papers of the offices.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext as _

from offices.forms import PersonForm
from offices.models import Membership
from offices.permissions import ADMINISTRATORS, LEVELS_OF, Role
from offices.selectors import UnitFinder, business_lines, roles_to_give
from offices.services import Account, NewPerson, known_usernames, post_of
from offices.workbooks import Row, Sheet, write_workbook

COLUMNS = {
    "username": "用户名",
    "name": "姓名",
    "office": "机构",
    "role": "角色",
    "lines": "业务",
    "valid_from": "起始日期",
    "valid_until": "截止日期",
}
# Each account costs a password hash of a sixth of a second: more would outlast the patience of a proxy, and the
# passwords, which are shown once, would be lost with the answer.
MOST_PEOPLE = 200
SEPARATORS = str.maketrans("，,；;/ ", "、、、、、、")
LEVEL_NAMES = {"province": "省厅", "city": "市局", "county": "县局", "office": "司法所"}


@dataclass(frozen=True)
class Fault:
    """What is wrong with one cell: the row's number, the column's heading, and a sentence."""

    row: int
    column: str
    message: str


@dataclass(frozen=True)
class Check:
    """What a table holds: the people it describes, and its faults. People count only when there is no fault."""

    people: tuple[NewPerson, ...]
    faults: tuple[Fault, ...]


def check_rows(*, rows: Sequence[Row], by: Membership) -> Check:
    """Check a table, heading row first, against the same form as the page for one person."""
    if not rows or [cell for cell in rows[0].cells if cell] != list(COLUMNS.values()):
        heading = _("第一行须与模板相同：%(columns)s。") % {"columns": _("、").join(COLUMNS.values())}
        return Check((), (Fault(rows[0].number if rows else 1, "", heading),))
    body = rows[1:]
    if not body or len(body) > MOST_PEOPLE:
        count = _("表中须有1至%(most)s人，现有%(n)s人。") % {"most": MOST_PEOPLE, "n": len(body)}
        return Check((), (Fault(rows[0].number, "", count),))
    return _check_people(body, by)


def _check_people(body: Sequence[Row], by: Membership) -> Check:
    finder = UnitFinder.of(by)
    words = _Words.now()
    forms = [(row, PersonForm(words.form_data(row), by=by, finder=finder)) for row in body]
    faults = [fault for row, form in forms for fault in _faults_of(row, form)]
    named = [(row, form.cleaned_data["username"]) for row, form in forms if "username" in form.cleaned_data]
    taken = known_usernames([username for _row, username in named])
    seen: dict[str, int] = {}
    for row, username in named:
        if username in seen:
            message = _("与第%(row)s行的用户名相同。") % {"row": seen[username]}
            faults.append(Fault(row.number, COLUMNS["username"], message))
        elif username in taken:
            faults.append(Fault(row.number, COLUMNS["username"], _("这个用户名已被使用。")))
        seen.setdefault(username, row.number)
    if faults:
        return Check((), tuple(sorted(faults, key=lambda fault: fault.row)))
    return Check(tuple(_person(form.cleaned_data) for _row, form in forms), ())


def _faults_of(row: Row, form: PersonForm) -> list[Fault]:
    form.is_valid()
    messages = form.errors.get_json_data().items()
    return [Fault(row.number, COLUMNS.get(name, ""), item["message"]) for name, items in messages for item in items]


def _person(cleaned: dict[str, Any]) -> NewPerson:
    return NewPerson(username=cleaned["username"], name=cleaned["name"], post=post_of(cleaned))


@dataclass(frozen=True)
class _Words:
    """The words of the table and the codes that they stand for."""

    roles: dict[str, str]
    lines: dict[str, str]

    @classmethod
    def now(cls) -> _Words:
        with translation.override("zh-hans"):
            return cls(
                roles={str(role.label): role.value for role in Role},
                lines={label: code for code, label in business_lines().items()},
            )

    def form_data(self, row: Row) -> QueryDict:
        """Return a row as the form would post it; a word that is not known stays, and the form refuses it."""
        cells = dict(zip(COLUMNS, (*row.cells, *[""] * len(COLUMNS)), strict=False))
        posted = QueryDict(mutable=True)
        posted.update({name: cells[name] for name in COLUMNS if name != "lines"})
        posted["role"] = self.roles.get(cells["role"], cells["role"])
        words = [word for word in cells["lines"].translate(SEPARATORS).split("、") if word]
        posted.setlist("lines", [self.lines.get(word, word) for word in words])
        return posted


def template_workbook(*, by: Membership) -> bytes:
    """Return the table to fill in, with lists for role and line, and a sheet that explains it."""
    with translation.override("zh-hans"):
        roles = [str(role.label) for role in roles_to_give(by)]
        lines = list(business_lines().values())
        people = Sheet(
            name="人员表",
            headings=list(COLUMNS.values()),
            choices=((3, roles), (4, lines)) if lines else ((3, roles),),
            widths=[18, 12, 34, 20, 20, 14, 14],
        )
        notes = Sheet(name="填写说明", headings=["栏目", "怎样填"], rows=_notes(by, lines), widths=[16, 90])
        return write_workbook([people, notes])


def _notes(by: Membership, lines: Iterable[str]) -> list[tuple[str, str]]:
    roles = [
        f"{role.label}（{'、'.join(LEVEL_NAMES[level] for level in sorted(LEVELS_OF[role]))}）"
        for role in roles_to_give(by)
    ]
    return [
        ("用户名", "3至40位小写字母、数字、点、横线，以字母开头，全省唯一，建好后不能改。例如 wangjianjun"),
        ("姓名", "例如 王建军"),
        ("机构", "区划代码或机构全称。例如 370102001 或 历下区司法局解放路街道司法所"),
        ("角色", "、".join(roles)),
        (
            "业务",
            f"{'、'.join(lines)}；多项用顿号隔开，{'、'.join(str(r.label) for r in Role if r in ADMINISTRATORS)}不填",
        ),
        ("起始日期", "例如 2026-11-24"),
        ("截止日期", "含当日，不填为长期"),
        ("行数", f"每次不超过{MOST_PEOPLE}人；有一行不对，则全部不导入。"),
    ]


def passwords_workbook(accounts: Iterable[tuple[str, str, str]]) -> bytes:
    """Return the list of first passwords: name, user name, password."""
    sheet = Sheet(name="初始密码", headings=["姓名", "用户名", "初始密码"], rows=accounts, widths=[14, 20, 26])
    return write_workbook([sheet])


def shown(accounts: Iterable[Account]) -> list[tuple[str, str, str]]:
    """Return accounts as the list of first passwords shows them."""
    return [(account.user.name, account.user.username, account.password) for account in accounts]
