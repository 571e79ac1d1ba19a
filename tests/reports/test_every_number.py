"""Every number of the month's PDF and XLSX, read back from the files, equals an independent count in plain SQL."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from casework import jobs
from casework.files import stored_path
from mediation.models import MediationCommittee
from offices.models import Membership
from offices.scoping import system
from reports.editions import content_of
from reports.models import Edition, EditionFile
from reports.report_pdf import render_report_pdf
from reports.report_xlsx import write_xlsx
from tests.conftest import TODAY, find_member, on_the_day
from tests.correcting import put_right
from tests.corrections import correct
from tests.factories import dispute_in, take_step
from tests.handing import handed
from tests.registers import new_committee
from tests.reports import expected, expected_words, independent, reading, reading_pdf
from tests.reports.expected_words import pdf_of, xlsx_of
from tests.reports.extras import add_extras
from tests.reports.independent import (
    CASES,
    COLUMNS,
    MEMO,
    SENDERS,
    TYPES,
    Ledger,
    count_month,
    whole_database,
)
from tests.reports.issuing import APRIL, frozen, issued
from tests.reports.reading import Reading, differences, read_xlsx
from tests.reports.reading_pdf import read_pdf

JANUARY = date(2025, 1, 1)
ONE_CASE_OF_ANOTHER_TYPE = """
UPDATE mediation_dispute d SET dispute_type = 'tourism' FROM offices_office o, offices_office c
WHERE o.id = d.office_id AND c.id = o.parent_id AND d.id = (
  SELECT id FROM mediation_dispute WHERE dispute_type = 'neighbourhood' AND date_trunc('month', accepted_on) = %(month)s
  ORDER BY id LIMIT 1
) RETURNING c.code
"""
SEED = ("--scale", "province", "--months", "17", "--today", TODAY.isoformat())


@dataclass(frozen=True)
class Files:
    """An edition with what is read from its files and what they should say."""

    edition: Edition
    pdf: Reading
    xlsx: Reading
    ledger: Ledger

    def differences(self) -> list[str]:
        """Return what the files say otherwise than the ledger."""
        return differences(self.pdf, pdf_of(self.ledger)) + differences(self.xlsx, xlsx_of(self.ledger))


def seed(folder: Path, mean: int) -> None:
    """Make cases of seventeen months in every office."""
    call_command("seed", *SEED, "--mean", str(mean), "--accounts", str(folder / "accounts.json"), stdout=StringIO())


def files_of(actor: Membership, month: date, **more: Any) -> Files:
    """Issue a month by its jobs, and read the stored files back."""
    edition = issued(actor, month=month, **more)
    while due := jobs.due_jobs():
        for job_id in due:
            jobs.run(job_id)
    with system("test"):
        stored = {made.kind: stored_path(made.stored_as) for made in EditionFile.objects.filter(edition=edition)}
    with whole_database() as database:
        ledger = count_month(database, month)
    return Files(edition, read_pdf(stored["pdf"].read_bytes()), read_xlsx(stored["xlsx"].read_bytes()), ledger)


def types_of_every_kind(clerk: Membership) -> None:
    """Accept cases of one office in April, so that no column of the form stays empty."""
    with system("test"):
        for kind in ("enterprise", "organisation"):
            new_committee(clerk.office, kind, kind=kind).save()
        committees = list(MediationCommittee.objects.filter(office=clerk.office).order_by("kind", "pk"))
    sources = ("ex_officio", "on_application", *SENDERS.values())
    for number, kind in enumerate(TYPES.values()):
        dispute_in(
            "accepted",
            actor=clerk,
            on=date(2026, 4, 1 + number),
            dispute_type=kind,
            source=sources[number % len(sources)],
            committee=committees[number % len(committees)],
            party_count=2 + number % 4,
        )


def lives_of_every_end(clerk: Membership, zone: Membership, far: Membership) -> None:
    """Make cases that begin and end in different months, in every way there is."""
    for state in ("agreed_oral", "agreed_written", "failed", "transferred", "rejected", "breached"):
        dispute_in(state, actor=far, on=date(2026, 4, 8), amount=12_345_650, is_difficult=True, party_count=5)
    dispute_in("transferred", actor=clerk, on=date(2026, 3, 9), step_dates={"transfer": date(2026, 4, 2)})
    dispute_in("agreed_oral", actor=zone, on=date(2026, 3, 31), step_dates={"agree_orally": date(2026, 4, 1)})
    dispute_in("failed", actor=zone, on=date(2026, 4, 30), step_dates={"fail": date(2026, 5, 1)})
    dispute_in("mediating", actor=zone, on=date(2025, 4, 27))
    back = dispute_in("transferred", actor=far, on=date(2026, 4, 2))
    take_step(back, "return_accepted", actor=far, on=date(2026, 4, 20))
    hand_some_over(clerk, zone, far)


def hand_some_over(clerk: Membership, zone: Membership, far: Membership) -> None:
    """Hand cases over within the city and beyond it, one of them twice, one before its acceptance, one to be settled."""
    for receiver in (zone, far):
        handed(dispute_in("mediating", actor=clerk, on=date(2026, 3, 11)), clerk, receiver, on=date(2026, 4, 9))
    twice = handed(dispute_in("accepted", actor=far, on=date(2026, 3, 2)), far, zone, on=date(2026, 3, 20))
    handed(twice, zone, clerk, on=date(2026, 5, 4))
    early = handed(dispute_in("registered", actor=zone, on=date(2026, 4, 2)), zone, clerk, on=date(2026, 4, 3))
    take_step(early, "accept", actor=clerk, on=date(2026, 4, 4))
    settled = handed(dispute_in("mediating", actor=zone, on=date(2026, 4, 2)), zone, far, on=date(2026, 4, 12))
    take_step(settled, "agree_orally", actor=far, on=date(2026, 4, 20))


@pytest.fixture(scope="class")
def statistician(class_database: str, tmp_path_factory: pytest.TempPathFactory) -> Membership:
    """The province's statistician in the town with many cases, of which the youngest still wait for the drain."""
    seed(tmp_path_factory.mktemp("seed"), mean=40)
    with on_the_day():
        clerk, zone, far = (find_member(name) for name in ("clerk", "zone_clerk", "far_clerk"))
        types_of_every_kind(clerk)
        lives_of_every_end(clerk, zone, far)
        add_extras(zone, APRIL)
        put_right(clerk, APRIL)
    return find_member("province_statistician")


@pytest.fixture(scope="class")
def april(statistician: Membership) -> Files:
    """April, issued a second time after a case of March has come into it."""
    with on_the_day():
        clerk = find_member("clerk")
        late = dispute_in("mediating", actor=clerk, on=date(2026, 3, 20))
        frozen(statistician)
        correct(late, clerk, accepted_on=date(2026, 4, 3))
        return files_of(statistician, APRIL, reason="更正1件受理日期（3月20日改为4月3日）")


def test_the_count_shares_no_code_with_what_it_is_held_against() -> None:
    for module in (independent, expected, expected_words, reading, reading_pdf):
        found = re.findall(r"^(?:from|import) (\w+)", inspect.getsource(module), re.MULTILINE)
        assert not {"reports", "mediation", "casework", "offices"} & set(found)
        assert found


@pytest.mark.fresh_database(per="class")
class TestTown:
    """The small town, with every kind of case."""

    def test_every_number_of_a_corrected_month_is_counted(self, april: Files) -> None:
        assert april.edition.number == 2
        assert not empty_columns(april.ledger)
        assert april.differences() == []

    def test_a_case_that_changes_after_the_freezing_is_seen(self, april: Files) -> None:
        with whole_database() as database:
            database.execute("SET LOCAL session_replication_role = replica")
            found = database.execute(ONE_CASE_OF_ANOTHER_TYPE, {"month": APRIL}).fetchone()
            changed = replace(april, ledger=count_month(database, APRIL))
        assert found is not None
        county = found[0]
        seen = {text.partition(":")[0] for text in changed.differences()}
        for sheet in ("各县（本月）", "各县（本年累计）"):
            assert {f"{sheet}/{county}/旅游纠纷", f"{sheet}/{county}/邻里纠纷"} <= seen
        assert {f"各县/{county}/旅游纠纷（件）", f"各县累计/{county}/邻里纠纷（件）", "省表/旅游纠纷/本月"} <= seen
        assert all(text.split("/")[1] in {"37", county} for text in seen if text.startswith("各县"))

    def test_of_a_month_without_a_year_before_only_what_was_tampered_with_differs(
        self, statistician: Membership
    ) -> None:
        with on_the_day():
            edition = issued(statistician, month=JANUARY)
        tampered = tampered_with(edition)
        assert tampered.ledger.value(tampered.ledger.province, CASES, "上年同月") is None
        seen = tampered.differences()
        assert [text.partition(": ")[0] for text in seen] == [
            "各市（本月）/3791/邻里纠纷",
            "unexplained page 1",
            "各市/3791/邻里纠纷（件）",
        ]
        assert "另有7件未计入" in seen[1]


def tampered_with(edition: Edition) -> Files:
    """Draw an edition with one more case in one figure of the first city, and with a number that nobody has counted."""
    with system("test"):
        content = content_of(edition)
    code = next(column.code for column in content.columns if column.name == "邻里纠纷")
    first, *others = content.cities
    one_more = replace(first.figures[code], current=first.figures[code].current + 1)
    cities = (replace(first, figures={**first.figures, code: one_more}), *others)
    content = replace(content, cities=cities, verify_text="另有7件未计入")
    stream = BytesIO()
    write_xlsx(content, stream)
    with whole_database() as database:
        ledger = count_month(database, edition.month)
    return Files(edition, read_pdf(render_report_pdf(content).content), read_xlsx(stream.getvalue()), ledger)


def empty_columns(ledger: Ledger) -> list[str]:
    """Return the columns that count nothing at all: of them equality would prove nothing."""
    return [title for title in (*COLUMNS, *MEMO) if not ledger.value(ledger.province, title, "本月")]


@pytest.mark.slow
@pytest.mark.fresh_database
def test_every_number_of_the_province_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # On this day the units of the town end, which lie in the same province, and the real ones begin.
    call_command("import_offices", "--on", "2022-02-01", stdout=StringIO())
    seed(tmp_path, mean=12)
    with on_the_day():
        posts = Membership.objects.filter(
            role="office_clerk", office__valid_to=None, office__valid_from__gte="2022-02-01"
        )
        giver, receiver = posts.select_related("office__county", "office__city", "user").order_by("office__code")[:2]
        add_extras(giver, APRIL)
        case = dispute_in("accepted", actor=giver, on=date(2026, 4, 2))
        handed(case, giver, receiver, on=date(2026, 4, 9))
        province = files_of(find_member("province_statistician"), APRIL)
    ledger = province.ledger
    assert (len(ledger.of_level("city")), len(ledger.of_level("county"))) == (16, 151)
    assert not empty_columns(ledger)
    with capsys.disabled():
        read = (len(province.pdf.found), len(province.xlsx.found))
        print(f"\n{ledger.value(ledger.province, CASES, '本年累计')} cases of the year; read back: {read}")
    assert province.differences() == []
