"""The report centre as each level sees it: sheets, frozen rows, files, and asking for a month."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from casework.files import store
from casework.models import Job
from offices.models import AccessEntry, Membership
from offices.scoping import system, within
from reports.models import Edition, EditionFile, Sheet
from tests.reports.issuing import frozen
from tests.reports.pages import links, row_count, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


class TestReportCentre:
    """What was issued, as each level sees it."""

    @pytest.fixture
    def edition(self, drained_ledger: None, province_statistician: Membership) -> Edition:
        """April with a file of each kind."""
        edition = frozen(province_statistician)
        with system("test"):
            for kind in EditionFile.Kind.values:
                kept = store("editions", ContentFile(b"%PDF-1.7").chunks(), f".{kind}")
                EditionFile(
                    edition=edition,
                    unit=edition.unit,
                    line="mediation",
                    kind=kind,
                    stored_as=kept.stored_as,
                    name=f"报表.{kind}",
                    size=kept.size,
                    sha256=kept.sha256,
                    pages=1,
                    engine="test",
                ).save()
        return edition

    def sheet(self, code: str, name: str = "edition") -> str:
        """Return the address of a unit's sheet of April."""
        return reverse(name, args=["T9", "2026-04", code, 1])

    @pytest.mark.parametrize(
        ("name", "code"),
        [("clerk", "379121100"), ("county_leader", "379121"), ("city_reviewer", "3791"), ("province_line_lead", "37")],
    )
    def test_everybody_finds_the_sheet_of_the_own_unit(
        self, name: str, code: str, edition: Edition, member: Any, client_for: Any
    ) -> None:
        client = client_for(member(name))
        assert self.sheet(code) in links(client.get(reverse("reports")), "/reports/T9/")
        answer = client.get(self.sheet(code))
        assert answer.status_code == 200
        with system("test"):
            current = Sheet.objects.get(unit_code=code).figures["T9.01"]["current"]
        assert answer.context["rows"][0]["values"][0] == str(current)

    @pytest.mark.parametrize("code", ["379121101", "379121", "37", "379221100", "999"])
    def test_a_sheet_out_of_reach_does_not_exist(
        self, code: str, edition: Edition, clerk: Membership, client_for: Any
    ) -> None:
        assert client_for(clerk).get(self.sheet(code)).status_code == 404

    def test_each_figure_of_a_sheet_leads_to_its_frozen_rows(
        self, edition: Edition, county_reviewer: Membership, client_for: Any
    ) -> None:
        client = client_for(county_reviewer)
        figures = {row["name"]: row for row in client.get(self.sheet("379121")).context["rows"]}
        assert figures["调解案件总数"]["url"].endswith("?figure=T9.01")
        for row in figures.values():
            if row["url"] and row["unit"] == "件":
                assert row_count(client, row["url"]) == int(row["values"][0])

    def test_frozen_rows_lead_back_to_the_record(self, edition: Edition, clerk: Membership, client_for: Any) -> None:
        client = client_for(clerk)
        answer = client.get(self.sheet("379121100", "edition_rows") + "?figure=T9.01")
        (record,) = (link for link in links(answer, "/disputes/") if re.search(r"/[0-9A-Z]{10}/$", link))
        assert client.get(record).status_code == 200

    def test_the_province_sees_frozen_rows_without_a_way_to_the_records(
        self, edition: Edition, province_statistician: Membership, client_for: Any
    ) -> None:
        answer = client_for(province_statistician).get(self.sheet("37", "edition_rows") + "?figure=T9.01")
        assert answer.status_code == 200
        assert not [link for link in links(answer, "/disputes/") if re.search(r"/[0-9A-Z]{10}/$", link)]

    @pytest.mark.parametrize("kind", ["pdf", "xlsx"])
    def test_a_download_is_an_attachment_and_is_logged(
        self, kind: str, edition: Edition, province_statistician: Membership, client_for: Any
    ) -> None:
        answer = client_for(province_statistician).get(self.sheet("37", f"edition_{kind}"))
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert b"".join(answer.streaming_content) == b"%PDF-1.7"
        entry = AccessEntry.objects.filter(kind=AccessEntry.Kind.DOWNLOAD).latest("pk")
        assert (entry.record_type, entry.record_key) == ("reports.edition", edition.public_id)
        assert entry.user_id == province_statistician.user_id

    def test_a_replaced_edition_says_so(
        self, edition: Edition, province_statistician: Membership, client_for: Any
    ) -> None:
        frozen(province_statistician, reason="补登")
        client = client_for(province_statistician)
        assert "已被第2版替代" in text_of(client.get(reverse("reports")))
        assert "本版已被第2版替代" in text_of(client.get(self.sheet("37")))

    def test_issuing_leads_to_the_job(
        self, drained_ledger: None, province_statistician: Membership, client_for: Any
    ) -> None:
        client = client_for(province_statistician)
        answer = client.post(reverse("issue_report"), {"form": "T9", "month": "2026-04"})
        with within(province_statistician):
            job = Job.objects.get()
        assert (answer.status_code, answer.url) == (303, reverse("job", args=[job.public_id]))

    def test_a_refusal_stands_beside_its_field(
        self, edition: Edition, province_statistician: Membership, client_for: Any
    ) -> None:
        answer = client_for(province_statistician).post(reverse("issue_report"), {"form": "T9", "month": "2026-04"})
        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == ["reason"]

    @pytest.mark.parametrize("month", ["2026-05", "2026-13", "", "x" * 1_000_000, "<script>"])
    def test_a_month_that_is_none_is_refused(
        self, month: str, province_statistician: Membership, client_for: Any
    ) -> None:
        answer = client_for(province_statistician).post(reverse("issue_report"), {"form": "T9", "month": month})
        assert answer.status_code == 422
        assert "month" in answer.context["form"].errors
