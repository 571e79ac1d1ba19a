"""The volumes of a sealed month: drawn from what was signed, once, and made anew only where something changed."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import date
from typing import Any

import openpyxl
import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.urls import reverse

from casework import jobs
from casework.files import stored_path
from casework.models import Job
from mediation.models import Dispute
from offices.models import Level, Membership, Office
from offices.scoping import system
from reports import reporting
from reports.content import NOT_AVAILABLE, cell_text
from reports.locking import seal
from reports.models import MonthEdition, UnitSheet, Volume, VolumeFile
from reports.verifying import NotAVolume, verify_file
from reports.volume import told_rows, told_sentences
from reports.volume_data import digest_of_text
from reports.volume_reading import content_of_volume
from reports.volumes import DRAW
from tests.conftest import find_member, on_the_day, sign_in
from tests.reports.chain_people import everything_approved, locked, sheet, units
from tests.reports.conftest import made_ledger
from tests.reports.issuing import APRIL

pytestmark = [pytest.mark.usefixtures("today", "database")]


@pytest.fixture(scope="module")
def sealed(module_database: str) -> MonthEdition:
    """April, driven to the top and locked, its volumes drawn; made once."""
    with on_the_day():
        made_ledger()
        reporting.open_month(APRIL)
        everything_approved(APRIL)
        assert locked(find_member("province_statistician"), APRIL).state == Job.State.DONE
        drawn()
        with system("test"):
            return MonthEdition.objects.get()


def drawn() -> list[Volume]:
    """Do the jobs that wait for a volume's files; return all volumes."""
    with system("test"):
        waiting = list(Job.objects.filter(kind=DRAW, state=Job.State.WAITING).values_list("pk", flat=True))
    for key in waiting:
        jobs.run(key)
    with system("test"):
        assert not Job.objects.filter(kind=DRAW).exclude(state=Job.State.DONE).exists()
        return list(Volume.objects.select_related("unit", "edition").order_by("level", "unit__code", "number"))


def province_volume() -> Volume:
    with system("test"):
        return Volume.objects.select_related("unit", "edition").filter(level=Level.PROVINCE).latest("number")


def text_of(volume: Volume) -> str:
    """Return the text of a volume's stored PDF without spaces."""
    with system("test"):
        file = VolumeFile.objects.get(volume=volume, kind="pdf")
    pages = pypdf.PdfReader(stored_path(file.stored_as)).pages
    return "".join("".join(page.extract_text().split()) for page in pages)


def test_the_province_and_every_city_have_a_volume_of_their_own(sealed: MonthEdition) -> None:
    volumes = drawn()
    cities = {unit.pk for unit in units(Level.CITY)}
    assert {one.unit_id for one in volumes if one.level == Level.CITY} == cities
    assert [one.number for one in volumes] == [1] * (len(cities) + 1)
    with system("test"):
        assert VolumeFile.objects.count() == 2 * len(volumes)
    text = text_of(province_volume())
    for title in ("一、综合指标", "二、人民调解案件情况统计表", "三、矛盾纠纷排查及重大风险预警情况统计表"):
        assert title in text
    # Form 8 is of June and December: absent, and so is its number.
    assert "人民调解组织队伍经费保障情况" not in text
    assert "四、报送质量通报" in text
    assert "八、" not in text
    assert "第1版" in text


def test_what_it_says_is_what_was_signed(sealed: MonthEdition) -> None:
    with system("test"):
        content = content_of_volume(province_volume(), with_offices=True)
        for part in content.parts:
            for unit in (part.unit, *part.cities, *part.counties, *part.offices):
                signed = UnitSheet.objects.get(unit_id=unit.unit_id, form=part.form_code, month=APRIL)
                said = {code: figure.current for code, figure in unit.figures.items()}
                assert said == {code: one["current"] for code, one in signed.figures.items()}
    # What is told since 2022 is what the ledger has had since then.
    [first, second] = told_rows(content)
    with system("test"):
        accepted = Dispute.objects.filter(accepted_on__gte=date(2022, 1, 1), accepted_on__lt=date(2026, 5, 1))
        town = accepted.filter(committee_kind__in=["village", "community", "township", "subdistrict"]).count()
        total = accepted.count() + 300 * len(units(Level.COUNTY))
    assert town
    assert first.values[2] == str(town)
    assert second.values[2] == str(round(town * 100 / total, 1))
    assert f"矛盾纠纷{town}件" in told_sentences(content)[0]


def test_what_an_earlier_wording_did_not_have_prints_as_no_data(sealed: MonthEdition, clerk: Membership) -> None:
    with system("test"):
        old = sheet(clerk.office, APRIL)
        old.pk, old._state.adding, old.version, old.public_id = None, True, 2, "earlier001"
        old.figures = {code: periods for code, periods in old.figures.items() if code != "T9.W"}
        old.save(force_insert=True)
        edition = seal(APRIL, find_member("province_statistician"), reason="")
        volume = Volume.objects.select_related("unit", "edition").get(edition=edition, unit=clerk.office.city_id)
        part = content_of_volume(volume).part("T9")
    own = next(unit for unit in part.offices if unit.unit_id == clerk.office_id)
    [column] = [column for column in part.memo if column.code == "T9.W"]
    assert cell_text(own, column, "current") == NOT_AVAILABLE


def test_the_workbook_goes_down_to_the_offices(sealed: MonthEdition) -> None:
    with system("test"):
        file = VolumeFile.objects.get(volume=province_volume(), kind="xlsx")
    book = openpyxl.load_workbook(stored_path(file.stored_as))
    assert {"综合指标", "T9省表", "T9各所", "T10各县累计", "元数据"} <= set(book.sheetnames)
    assert book["T9各所"].max_row == 4 + len(units(Level.OFFICE))


def test_a_volume_drawn_again_is_the_same(sealed: MonthEdition) -> None:
    from reports.volume_pdf import render_volume_pdf  # noqa: PLC0415 - it takes a second to load

    with system("test"):
        first, second = (content_of_volume(province_volume()) for _time in range(2))
    assert render_volume_pdf(first).content == render_volume_pdf(second).content


def test_an_edition_that_changes_one_city_makes_two_volumes(
    sealed: MonthEdition, clerk: Membership, province_statistician: Membership
) -> None:
    corrected(clerk)
    with system("test"):
        seal(APRIL, province_statistician, reason="补录一件。")
    volumes = drawn()
    second = {one.unit_id: one for one in volumes if one.number == 2}
    assert set(second) == {clerk.office.city_id, province_statistician.office_id}
    assert len(volumes) == len(units(Level.CITY)) + 1 + 2
    text = text_of(province_volume())
    assert "修订版v2，替代第1版" in text
    assert "补录一件。" in text
    page = sign_in(province_statistician).get(reverse("volumes")).content.decode()
    assert page.count("已被第 2 版替代") == 2
    assert page.count("已修订") == 2


def test_another_layout_makes_every_volume_anew_and_leaves_the_code_of_the_data(
    sealed: MonthEdition, province_statistician: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.volumes.layout_digest", lambda: "0" * 64)
    with system("test"):
        seal(APRIL, province_statistician, reason="")
        first, second = Volume.objects.filter(level=Level.PROVINCE).order_by("number")
        assert (first.digest, first.layout != second.layout) == (second.digest, True)
        assert {digest_of_text(content_of_volume(one).data) for one in (first, second)} == {first.digest}
        assert Volume.objects.filter(number=2).count() == len(units(Level.CITY)) + 1


def corrected(clerk: Membership) -> None:
    """Put a second version of an office's sheet, and of those above it, in the place of the first."""
    with system("test"):
        unit: Office | None = clerk.office
        while unit is not None:
            old = sheet(unit, APRIL)
            figures = {code: dict(periods) for code, periods in old.figures.items()}
            figures["T9.01"]["current"] += 1
            old.pk, old._state.adding, old.version = None, True, 2
            old.public_id, old.figures, old.digest = f"v2{unit.pk:08d}", figures, f"{unit.pk:064d}"
            old.save(force_insert=True)
            unit = unit.parent


def test_a_volume_is_verified_by_its_own_data_and_by_every_page(sealed: MonthEdition) -> None:
    volume = province_volume()
    with system("test"):
        content = stored_path(VolumeFile.objects.get(volume=volume, kind="pdf").stored_as).read_bytes()
    found = verify_file(content)
    assert (found.digest, found.is_whole) == (volume.digest, True)
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    reader = pypdf.PdfReader(io.BytesIO(content))
    rows = list(csv.DictReader(io.StringIO(reader.attachments["figures.csv"][0].decode())))
    with system("test"):
        signed = UnitSheet.objects.get(level="province", form="T9", month=APRIL).figures
    mine = {row["indicator"]: row for row in rows if (row["form"], row["level"]) == ("T9", "province")}
    assert {code: row["current"] for code, row in mine.items()} == {
        code: str(one["current"]) for code, one in signed.items() if code in mine
    }
    # A page of another volume, laid between its own, is named.
    with system("test"):
        other = VolumeFile.objects.filter(kind="pdf", level=Level.CITY).first()
    assert other is not None
    writer = pypdf.PdfWriter(clone_from=reader)
    writer.insert_page(pypdf.PdfReader(stored_path(other.stored_as)).pages[2], 1)
    forged = io.BytesIO()
    writer.write(forged)
    assert verify_file(forged.getvalue()).foreign == (2,)
    with pytest.raises(NotAVolume):
        verify_file(b"%PDF-1.7")


def test_the_page_says_what_became_of_a_volume(
    sealed: MonthEdition, clerk: Membership, province_statistician: Membership
) -> None:
    client, page = sign_in(province_statistician), reverse("verify_volume")
    first = province_volume()
    said = client.post(page, {"code": f" {first.digest[:8]} {first.digest[8:16]}"}).content.decode()
    assert "第 1 版，现行有效" in said
    with system("test"):
        content = stored_path(VolumeFile.objects.get(volume=first, kind="pdf").stored_as).read_bytes()
    corrected(clerk)
    with system("test"):
        seal(APRIL, province_statistician, reason="补录一件。")
    drawn()
    said = client.post(page, {"file": SimpleUploadedFile("a.pdf", content)}).content.decode()
    assert "已被第 2 版替代" in said
    assert "没有这个校验码" in client.post(page, {"code": "0" * 16}).content.decode()
    answer = client.post(page, {"file": SimpleUploadedFile("a.pdf", b"%PDF-1.7")})
    assert answer.status_code == 422
    assert "不是本平台生成的" in answer.content.decode()


def test_a_city_sees_its_own_volume_and_no_other(sealed: MonthEdition) -> None:
    volumes = drawn()
    client = sign_in(find_member("city_statistician"))
    own = find_member("city_statistician").office_id
    page = client.get(reverse("volumes")).content.decode()
    for volume in volumes:
        url = reverse("volume_pdf", args=[volume.public_id])
        assert (url in page) == (volume.unit_id == own)
        answer: Any = client.get(url)
        assert answer.status_code == (200 if volume.unit_id == own else 404)
        if answer.streaming:
            assert b"".join(answer.streaming_content).startswith(b"%PDF")


def test_neither_a_volume_nor_its_files_are_ever_changed(sealed: MonthEdition) -> None:
    with system("test"):
        for rows in (Volume.objects.all(), VolumeFile.objects.all()):
            with pytest.raises(DatabaseError), transaction.atomic():
                rows.update(line="x")
            with pytest.raises(DatabaseError), transaction.atomic():
                rows.delete()
