"""People from a table: the check, the import, first passwords, and files that are no workbooks."""

from __future__ import annotations

import contextlib
import io
import re
import struct
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from offices.models import Membership, User
from offices.people_sheet import COLUMNS, MOST_PEOPLE
from offices.workbooks import XLSX, BadWorkbook, Row, Sheet, read_rows, write_workbook

ClientFor = Callable[[Membership], Client]


@pytest.fixture
def county(client_for: ClientFor, county_admin: Membership) -> Client:
    """Return the browser of the county's administrator."""
    return client_for(county_admin)


@pytest.fixture
def province(client_for: ClientFor, system_admin: Membership) -> Client:
    """Return the browser of the province's administrator."""
    return client_for(system_admin)


def text(response: Any) -> str:
    return response.content.decode()


def signs_in(username: str, password: str) -> bool:
    response = Client().post(reverse("sign_in"), {"username": username, "password": password})
    return response.status_code == 303


ROW = ("li.na", "李娜", "379121100", "司法所工作人员", "人民调解", "2026-01-01", "")


def workbook(*rows: Sequence[Any], headings: Sequence[str] = tuple(COLUMNS.values())) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (headings, *rows):
        sheet.append(list(row))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def upload(client: Client, content: bytes, name: str = "people.xlsx") -> HttpResponse:
    file = SimpleUploadedFile(name, content, content_type=XLSX)
    return client.post(reverse("people_import"), {"workbook": file})  # type: ignore[return-value]


def table_on(response: Any) -> str:
    (table,) = re.findall(r'name="table" value="([^"]+)"', text(response))
    return table


def faults_on(response: Any) -> list[tuple[int, str]]:
    assert response.status_code == 422
    return [(fault.row, fault.column) for fault in response.context["faults"]]


def rows(count: int) -> list[tuple[str, ...]]:
    return [(f"person{number}", f"人员{number}", *ROW[2:]) for number in range(count)]


def test_people_are_checked_then_imported_and_their_passwords_shown_once(county: Client) -> None:
    check = upload(county, workbook(*rows(3)))
    assert "共 3 人" in text(check)
    assert not User.objects.filter(username="person0").exists()
    done = county.post(reverse("people_import_run"), {"table": table_on(check)})
    passwords = re.findall(r"<code>(person\d)</code></td><td><code>([\w-]{19})</code>", text(done))
    assert [signs_in(username, password) for username, password in passwords] == [True] * 3
    assert set(
        Membership.objects.filter(user__username__startswith="person").values_list("office__code", flat=True)
    ) == {"379121100"}
    file = county.post(reverse("people_import_passwords"), {"table": table_on(done)})
    sheet = openpyxl.load_workbook(io.BytesIO(file.content)).active
    assert sheet is not None
    assert [row[1:] for row in sheet.iter_rows(min_row=2, values_only=True)] == passwords


def test_a_table_is_imported_once(county: Client) -> None:
    table = table_on(upload(county, workbook(*rows(2))))
    assert county.post(reverse("people_import_run"), {"table": table}).status_code == 200
    assert faults_on(county.post(reverse("people_import_run"), {"table": table})) == [(2, "用户名"), (3, "用户名")]


def test_a_table_of_somebody_else_or_of_the_own_making_is_not_taken(county: Client, province: Client) -> None:
    table = table_on(upload(county, workbook(*rows(1))))
    for client, given in ((province, table), (county, table + "x"), (county, ""), (county, "a:b:c")):
        response = client.post(reverse("people_import_run"), {"table": given})
        assert response.headers["Location"] == reverse("people_import")
        assert client.post(reverse("people_import_passwords"), {"table": given}).status_code == 303
    assert not User.objects.filter(username="person0").exists()


def test_every_bad_row_is_named_with_row_and_column_and_nobody_is_imported(county: Client, clerk: Membership) -> None:
    bad = [
        ROW,
        ("li.na", "李二", *ROW[2:]),
        ("clerk", *ROW[1:]),
        ("x", "", "379221100", "市局业务审核员", "社区矫正", "明天", "2026-01-01"),
        ("good.one", "好人", "石桥镇司法所", "所长", "人民调解", "2026-02-01", "2026-01-01"),
        (),
        ("=1+1", "=cmd|' /C calc'!A0", *ROW[2:]),
    ]
    faults = faults_on(upload(county, workbook(*bad)))
    assert set(faults) == {
        (3, "用户名"),
        (4, "用户名"),
        *((5, column) for column in ("用户名", "姓名", "机构", "角色", "业务", "起始日期")),
        (6, "角色"),
        (6, "截止日期"),
        (8, "用户名"),
        (8, "姓名"),
    }
    assert not User.objects.filter(username__in=["li.na", "good.one"]).exists()


def test_a_unit_is_named_by_code_by_number_or_by_full_name(province: Client) -> None:
    table = [
        ("a.one", "甲", 379121100, *ROW[3:5], date(2026, 1, 1), None),
        ("b.two", "乙", "渔湾镇司法所", *ROW[3:]),
        ("c.three", "丙", "石门县司法局", "系统管理员", "", "2026年1月1日", ""),
    ]
    assert "共 3 人" in text(upload(province, workbook(*table)))
    several = ("d.four", "丁", "司法所", *ROW[3:])
    response = upload(province, workbook(several))
    assert faults_on(response) == [(2, "机构")]
    assert "有5个机构符合" in text(response)


def test_the_template_can_be_filled_in_and_sent_back(county: Client) -> None:
    template = county.get(reverse("people_import_template"))
    assert template.headers["Content-Type"] == XLSX
    book = openpyxl.load_workbook(io.BytesIO(template.content))
    sheet = book["人员表"]
    for column, value in enumerate(ROW, start=1):
        sheet.cell(2, column, value)
    buffer = io.BytesIO()
    book.save(buffer)
    assert "共 1 人" in text(upload(county, buffer.getvalue()))
    assert "系统管理员" not in str(list(book["填写说明"].values)[4])


def test_more_people_than_one_import_takes_are_refused_whole(county: Client) -> None:
    assert faults_on(upload(county, workbook(*rows(MOST_PEOPLE + 1)))) == [(1, "")]


def test_another_table_is_refused_by_its_first_row(county: Client) -> None:
    assert faults_on(upload(county, workbook(ROW, headings=["姓名", "用户名"]))) == [(1, "")]
    assert faults_on(upload(county, workbook(headings=[]))) == [(1, "")]


def packed(**parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return buffer.getvalue()


def altered(part: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return a good workbook with one part changed."""
    given = zipfile.ZipFile(io.BytesIO(workbook(ROW)))
    names = [info.filename for info in given.infolist()]
    assert part in names
    return packed(**{name: change(given.read(name)) if name == part else given.read(name) for name in names})


def lying_about_size() -> bytes:
    """Return a file whose directory says that 40 MB of blanks are four bytes."""
    content = bytearray(packed(**{"[Content_Types].xml": b" " * 40_000_000}))
    at = content.rindex(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 4)
    return bytes(content)


SHEET = "xl/worksheets/sheet1.xml"
BAD_FILES: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "text": lambda: b"username,name",
    "old Excel": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "another zip": lambda: packed(**{"word/document.xml": b"<x/>"}),
    "too large": lambda: b"PK" + b"\0" * 1_100_000,
    "bomb": lambda: packed(**{"xl/workbook.xml": b" " * 40_000_000}),
    "lying bomb": lying_about_size,
    "many parts": lambda: packed(**{f"xl/{number}.xml": b"<x/>" for number in range(300)}),
    "far cell": lambda: altered(SHEET, lambda xml: xml.replace(b'r="A2"', b'r="XFD1048576"')),
    "far row": lambda: altered(SHEET, lambda xml: xml.replace(b'<row r="2"', b'<row r="1048576"')),
    "far cell behind a bracket": lambda: altered(SHEET, lambda xml: xml.replace(b'<c r="A2"', b"<c t='>' r='XFD2'")),
    "entities": lambda: altered(SHEET, lambda xml: b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + xml),
    "broken XML": lambda: altered(SHEET, lambda xml: xml[:-30]),
    "no sheet": lambda: altered("xl/workbook.xml", lambda xml: b"<workbook/>"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_file_that_is_no_workbook_is_refused_with_a_message(county: Client, kind: str) -> None:
    response = upload(county, BAD_FILES[kind]())
    assert response.status_code == 422
    assert 'id="id_workbook_error"' in text(response)


@pytest.mark.parametrize("cut", range(0, 4000, 397))
def test_a_damaged_workbook_is_refused_or_read_but_breaks_nothing(cut: int) -> None:
    whole = bytearray(workbook(*rows(20)))
    whole[cut : cut + 5] = b"\xff\x00\xff\x00\xff"
    found: list[Row] = []
    with contextlib.suppress(BadWorkbook):
        found = read_rows(bytes(whole))
    assert all(isinstance(cell, str) for row in found for cell in row.cells)


def test_written_workbooks_hold_text_and_never_a_formula() -> None:
    cells = ["=1+1", "+1", "-1", "@x", "＝1+1", "http://x", "0012", "\ttab"]
    content = write_workbook([Sheet(name="表", headings=["甲"] * len(cells), rows=[cells])])
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    assert [cell.data_type for cell in sheet[2]] == ["s"] * len(cells)
    assert [cell.value for cell in sheet[2]] == cells
