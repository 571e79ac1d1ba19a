"""The office tree: the real tables, what an import changes, and rows that cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from offices.divisions import BadDivisions, read_divisions
from offices.imports import FIRST_DAY, import_divisions
from offices.models import AuditEntry, Level, Membership, Office, Village
from offices.scoping import system

HEAD = "code,name,parent\n"
# The town of the cast, as tables.
TOWN = {
    "cities.csv": ["3791,青河市,37", "3792,海安市,37"],
    "counties.csv": ["379121,石门县,3791", "379171,青河高新区,3791", "379221,望海县,3792"],
    "townships.csv": [
        "379121100,石桥镇,379121",
        "379121101,柳河镇,379121",
        "379171001,科苑街道,379171",
        "379221100,渔湾镇,379221",
        "379221001,东滩街道,379221",
    ],
    "villages.csv": ["379121100200,石桥村村民委员会,379121100", "379121100201,南园社区居民委员会,379121100"],
}
Tables = Callable[..., Path]


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    """Write the town's four tables, some of them with other lines, and return their folder."""

    def write(**changed: list[str]) -> Path:
        for name, lines in TOWN.items():
            rows = changed.get(name.removesuffix(".csv"), lines)
            (tmp_path / name).write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
        return tmp_path

    return write


def run(folder: Path | None = None, **options: object) -> str:
    output = StringIO()
    places = {"divisions": folder} if folder else {}
    call_command("import_offices", stdout=output, **places, **options)
    return output.getvalue()


def audit_rows() -> int:
    with system("test"):
        return AuditEntry.objects.count()


@pytest.mark.fresh_database(per="class")
class TestTheRealTree:
    def test_it_has_every_unit_of_the_province(self) -> None:
        output = run(on=date(2026, 1, 1))
        units = Office.objects.on(date(2026, 1, 1)).filter(valid_to=None)
        counts = {level: units.filter(level=level).count() for level in Level.values}
        assert counts == {"province": 1, "city": 16, "county": 151, "office": 1853}
        assert units.filter(is_functional_zone=True).count() == 15
        assert Village.objects.filter(valid_to=None).count() == 62_074
        assert "151 county-level units, 1853 offices, 62074 villages" in output

    def test_an_office_bears_county_and_township_in_its_name(self) -> None:
        office = Office.objects.get(level=Level.OFFICE, code="370102001")
        assert office.name == "历下区司法局解放路街道司法所"
        assert (office.short_name, office.area_name) == ("解放路街道司法所", "解放路街道")

    def test_every_unit_points_to_its_ancestors(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM offices_office o JOIN offices_office p ON p.id = o.parent_id "
                "WHERE o.valid_to IS NULL AND NOT CASE o.level "
                "WHEN 'city' THEN o.city_id = o.id AND o.county_id IS NULL AND p.level = 'province' "
                "WHEN 'county' THEN o.county_id = o.id AND o.city_id = p.id AND p.level = 'city' "
                "WHEN 'office' THEN o.county_id = p.id AND o.city_id = p.city_id AND p.level = 'county' END"
            )
            assert cursor.fetchone() == (0,)

    def test_the_names_of_committees_tell_communities_from_villages(self) -> None:
        standing = Village.objects.filter(valid_to=None)
        communities = standing.filter(is_community=True)
        assert communities.get(code="370102001002").short_name == "解放桥社区"
        assert communities.count() == 6907
        assert not communities.filter(name__endswith="村民委员会").exists()

    def test_a_second_run_changes_nothing(self) -> None:
        before = audit_rows()
        output = run()
        assert [line.split(": ", 1)[1].count("0 ") for line in output.splitlines()[1:]] == [5, 5, 5]
        assert audit_rows() == before


@pytest.mark.fresh_database
def test_the_first_tree_begins_on_the_first_day_of_the_statistics(tables: Tables) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE offices_office CASCADE")
    changes = import_divisions(divisions=read_divisions(tables()), using="owner")
    assert changes.added == {"province": 1, "city": 2, "county": 3, "office": 5, "village": 2}
    assert set(Office.objects.values_list("valid_from", flat=True)) == {FIRST_DAY}


@pytest.mark.fresh_database
def test_a_changed_name_keeps_the_unit_and_its_people(tables: Tables, clerk: Membership) -> None:
    run(tables())
    rows = ["379121100,石桥街道,379121", *TOWN["townships.csv"][1:]]
    run(tables(townships=rows))
    office = Office.objects.get(code="379121100")
    assert office.pk == clerk.office_id
    assert (office.name, office.valid_to) == ("石门县司法局石桥街道司法所", None)
    # Two imports of one day leave one former name: what nobody ever read is not kept.
    assert [former.name for former in office.former_names.all()] == ["石桥镇司法所"]


@pytest.mark.fresh_database
def test_a_vanished_code_ends_and_a_new_one_begins_on_the_day_of_the_tables(tables: Tables) -> None:
    run(tables())
    rows = ["379221002,西滩街道,379221", *TOWN["townships.csv"][:-1]]
    run(tables(townships=rows), on=date(2027, 1, 1))
    ended, begun = Office.objects.get(code="379221001"), Office.objects.get(code="379221002")
    assert ended.valid_to == begun.valid_from == date(2027, 1, 1)
    assert ended in Office.objects.on(date(2026, 12, 31))
    assert ended not in Office.objects.on(date(2027, 1, 1))
    assert begun.county is not None
    assert begun.county.code == "379221"


FAULTS = {
    "unknown parent": ("counties", ["379121,石门县,3791", "379321,无市县,3793"], "counties.csv:3: unknown parent 3793"),
    "code twice": (
        "cities",
        ["3791,青河市,37", "3791,海安市,37"],
        "cities.csv:3: the code 3791 stands already in line 2",
    ),
    "wrong length": ("cities", ["379,青河市,37"], "cities.csv:2: the code '379' does not have 4 digits"),
    "no digits": ("cities", ["37९१,青河市,37"], "cities.csv:2: the code '37९१' does not have 4 digits"),
    "other parent": ("counties", ["379121,石门县,3792"], "counties.csv:2: the code 379121 does not begin with"),
    "empty name": ("townships", ["379121100, ,379121"], "townships.csv:2: the name is empty"),
    "long name": ("townships", [f"379121100,{'镇' * 41},379121"], "townships.csv:2: the name is longer"),
    "control character": ("townships", ["379121100,石\x00桥,379121"], "townships.csv:2: the name is longer"),
    "columns": ("villages", ["379121100200,石桥村村民委员会"], "villages.csv:2: 2 columns instead of 3"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_row_is_named_with_file_and_line(tables: Tables, fault: str) -> None:
    name, rows, expected = FAULTS[fault]
    with pytest.raises(BadDivisions) as refused:
        read_divisions(tables(**{name: rows}))
    assert any(message.startswith(expected) for message in refused.value.faults)


def test_bytes_that_are_not_utf8_are_named_with_their_line(tables: Tables) -> None:
    folder = tables()
    (folder / "cities.csv").write_bytes(HEAD.encode() + "3791,青河市,37\n".encode() + "3792,海安市,37\n".encode("gbk"))
    with pytest.raises(BadDivisions) as refused:
        read_divisions(folder)
    assert refused.value.faults[0] == "cities.csv:3: is not UTF-8"


def test_every_bad_row_is_named_at_once(tables: Tables) -> None:
    with pytest.raises(BadDivisions) as refused:
        read_divisions(tables(cities=["3791,青河市,37", "x,海安市,37"], villages=["1,村,2", "2,村,3"]))
    assert [fault.split(":")[:2] for fault in refused.value.faults] == [
        ["cities.csv", "3"],
        ["counties.csv", "4"],
        ["villages.csv", "2"],
        ["villages.csv", "3"],
    ]


def test_other_columns_or_a_missing_file_are_named(tables: Tables) -> None:
    folder = tables()
    (folder / "cities.csv").write_text("name,code\n", encoding="utf-8")
    (folder / "villages.csv").unlink()
    with pytest.raises(BadDivisions) as refused:
        read_divisions(folder)
    assert "cities.csv:1: the columns must be code,name,parent" in refused.value.faults
    assert any(fault.startswith("villages.csv: cannot be read") for fault in refused.value.faults)


@pytest.mark.fresh_database
def test_one_bad_row_and_nothing_is_imported(tables: Tables) -> None:
    before = list(Office.objects.values_list("pk", "name")), audit_rows()
    folder = tables(cities=["3791,新青河市,37", "3792,海安市,37"], villages=["379121100200,,379121100"])
    with pytest.raises(CommandError, match=r"nothing was imported\nvillages.csv:2: the name is empty"):
        run(folder)
    assert (list(Office.objects.values_list("pk", "name")), audit_rows()) == before
