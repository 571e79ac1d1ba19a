"""Changes of units: two persons, what is refused, what the tree says afterwards, and what the database forbids."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from casework.models import ImportMapping
from offices.change_reading import history_of, named_on, successors_of
from offices.changes import Facts, NotDecided, Plan, adopt_change, draft_change, refuse_change, take_effect
from offices.closing import close_posts, last_day_of_sheets
from offices.models import AuditEntry, Membership, Office, UnitChange, UnitChangeLine, UnitName, Village
from offices.permissions import ALLOWED, CLOSING, Action, Role, may
from offices.scoping import system, within
from offices.services import Post, give_membership
from tests.changing import RIVER, adopted, changed, drafted, planned

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

LATER = date(2026, 7, 1)
TODAY = date(2026, 5, 20)
Unit = Callable[[str], Office]


@pytest.fixture
def stone(unit: Unit) -> Office:
    return unit("石桥司法所")


@pytest.fixture
def willow(unit: Unit) -> Office:
    return unit("柳河司法所")


def renamed(office: Office, on: date = TODAY) -> Plan:
    return planned("rename", office, on=on, facts=Facts(code=office.code, area_name="石桥街道"))


def refused(by: Membership, plan: Plan, field: str, text: str) -> None:
    with pytest.raises(ValidationError, match=text) as caught:
        drafted(by, plan)
    assert field in caught.value.message_dict
    assert not UnitChange.objects.exists()


class TestTwoPersons:
    """One drafts, another one of the province adopts."""

    def test_nobody_adopts_the_own_draft(self, system_admin: Membership, stone: Office) -> None:
        change = drafted(system_admin, renamed(stone))
        with within(system_admin), pytest.raises(NotDecided, match="本人"):
            adopt_change(change=change, by=system_admin)
        stone.refresh_from_db()
        assert stone.name == "石桥镇司法所"

    def test_a_county_does_not_adopt(self, county_admin: Membership, system_admin: Membership, stone: Office) -> None:
        change = drafted(system_admin, renamed(stone))
        with within(county_admin), pytest.raises(PermissionError):
            adopt_change(change=change, by=county_admin)

    def test_the_database_asks_for_the_province_and_a_second_person(
        self, county_admin: Membership, system_admin: Membership, stone: Office
    ) -> None:
        change = drafted(system_admin, renamed(stone))
        for by, answer in ((county_admin, "gone"), (system_admin, "own")):
            with within(by), connection.cursor() as cursor:
                cursor.execute("SELECT adopt_unit_change(%s)", [change.pk])
                assert cursor.fetchone() == (answer,)

    def test_a_draft_is_in_the_name_of_whoever_writes_it(
        self, system_admin: Membership, clerk: Membership, stone: Office
    ) -> None:
        change = drafted(system_admin, renamed(stone))
        with within(system_admin):
            forged = UnitChange.objects.create(
                kind="rename", effective_on=TODAY, paper="x", reason="x", drafted_by=clerk.user, adopted=True
            )
            forged.refresh_from_db()
        assert (forged.drafted_by_id, forged.adopted) == (system_admin.user_id, None)
        assert change.drafted_by_id == system_admin.user_id

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE offices_unitchange SET adopted = true",
            "DELETE FROM offices_unitchange",
            "UPDATE offices_unitchangeline SET villages = '{1}'",
            "INSERT INTO offices_unitname (unit_id) SELECT id FROM offices_office",
            "UPDATE offices_office SET name = 'x'",
            "SELECT apply_unit_change(id, '2030-01-01') FROM offices_unitchange",
            "SELECT finish_unit_change(id) FROM offices_unitchange",
        ],
    )
    def test_nothing_but_the_functions_changes_it(
        self, statement: str, system_admin: Membership, stone: Office
    ) -> None:
        drafted(system_admin, renamed(stone))
        with (
            within(system_admin),
            pytest.raises(DatabaseError, match="permission denied|Only the system"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)

    def test_what_is_adopted_grows_no_further(
        self, system_admin: Membership, province_line_lead: Membership, stone: Office, willow: Office
    ) -> None:
        change = adopted(drafted(system_admin, renamed(stone, LATER)), province_line_lead)
        with within(system_admin), pytest.raises(DatabaseError, match="decided"), transaction.atomic():
            UnitChangeLine.objects.create(change=change, unit=willow)

    def test_a_refused_draft_says_why_and_changes_nothing(
        self, county_admin: Membership, province_line_lead: Membership, stone: Office
    ) -> None:
        change = drafted(county_admin, renamed(stone))
        with within(province_line_lead):
            refuse_change(change=change, by=province_line_lead, note="文号有误")
            with pytest.raises(NotDecided):
                adopt_change(change=change, by=province_line_lead)
        change.refresh_from_db()
        assert (change.state(TODAY), change.note) == (UnitChange.State.REFUSED, "文号有误")

    def test_two_changes_of_one_unit_do_not_run_at_once(
        self, system_admin: Membership, province_line_lead: Membership, stone: Office, willow: Office
    ) -> None:
        adopted(drafted(system_admin, renamed(stone, LATER)), province_line_lead)
        second = drafted(system_admin, planned("merge", willow, on=LATER, into=stone))
        with within(province_line_lead), pytest.raises(NotDecided, match="另有变更"):
            adopt_change(change=second, by=province_line_lead)


class TestWhatIsRefused:
    """At the field that says it."""

    def test_units_out_of_reach(self, county_admin: Membership, unit: Unit) -> None:
        with within(county_admin), pytest.raises(PermissionError):
            draft_change(by=county_admin, plan=renamed(unit("渔湾司法所")))

    def test_who_does_not_draft(self, clerk: Membership, stone: Office) -> None:
        with within(clerk), pytest.raises(PermissionError):
            draft_change(by=clerk, plan=renamed(stone))

    def test_levels_that_do_not_merge(self, system_admin: Membership, unit: Unit) -> None:
        plan = planned("merge", unit("石门县"), on=TODAY, into=unit("望海县"))
        with within(system_admin), pytest.raises(PermissionError):
            draft_change(by=system_admin, plan=plan)

    def test_days_too_early(self, system_admin: Membership, stone: Office) -> None:
        refused(system_admin, renamed(stone, date(2026, 3, 31)), "effective_on", "2026-04-01")

    def test_a_day_before_the_last_name(
        self, system_admin: Membership, province_line_lead: Membership, stone: Office
    ) -> None:
        changed(renamed(stone), system_admin, province_line_lead)
        stone.refresh_from_db()
        again = planned("rename", stone, on=TODAY, facts=Facts(code=stone.code, area_name="石桥新街道"))
        with pytest.raises(ValidationError, match="上一次更名"):
            drafted(system_admin, again)

    @pytest.mark.parametrize(
        ("facts", "field", "text"),
        [
            (
                Facts(code="379121100", area_name="石桥镇", name="石桥镇司法所", short_name="石桥司法所"),
                "area_name",
                "没有变化",
            ),
            (Facts(code="37912", area_name="石桥街道"), "code", "9位"),
            (Facts(code="379121101", area_name="石桥街道"), "code", "柳河镇司法所"),
        ],
    )
    def test_names_and_codes(
        self, facts: Facts, field: str, text: str, system_admin: Membership, stone: Office
    ) -> None:
        refused(system_admin, planned("rename", stone, on=TODAY, facts=facts), field, text)

    def test_a_merger_across_counties(self, system_admin: Membership, stone: Office, unit: Unit) -> None:
        refused(system_admin, planned("merge", stone, on=TODAY, into=unit("渔湾司法所")), "into", "同一县")

    def test_a_merger_with_itself(self, system_admin: Membership, stone: Office) -> None:
        refused(system_admin, planned("merge", stone, on=TODAY, into=stone), "into", "另一个司法所")

    def test_a_merger_of_one(self, system_admin: Membership, stone: Office) -> None:
        refused(system_admin, planned("merge", stone, on=TODAY, facts=RIVER), "others", "至少再选一个")

    @pytest.mark.parametrize("chosen", ["none", "all", "another's"])
    def test_a_split_without_or_with_all_villages(
        self, chosen: str, system_admin: Membership, stone: Office, willow: Office
    ) -> None:
        own = list(stone.villages.values_list("pk", flat=True))
        villages = {"none": [], "all": own, "another's": willow.villages.values_list("pk", flat=True)[:1]}[chosen]
        plan = planned("split", stone, on=TODAY, facts=RIVER, villages=tuple(villages))
        refused(system_admin, plan, "villages", "至少留下一个")

    def test_a_move_to_where_it_is(self, system_admin: Membership, stone: Office, unit: Unit) -> None:
        plan = planned("move", stone, on=TODAY, facts=RIVER, parent=unit("石门县"))
        refused(system_admin, plan, "parent", "另一个县")


class TestTheTree:
    """What the tree says before, on and after the day."""

    def test_a_renamed_unit_keeps_its_id_and_reads_as_it_was(
        self, system_admin: Membership, province_line_lead: Membership, stone: Office
    ) -> None:
        changed(renamed(stone), system_admin, province_line_lead)
        now = Office.objects.get(pk=stone.pk)
        assert (now.name, now.short_name, now.area_name) == (
            "石门县司法局石桥街道司法所",
            "石桥街道司法所",
            "石桥街道",
        )
        [before] = named_on([Office.objects.get(pk=stone.pk)], date(2026, 5, 19))
        assert (before.name, before.area_name) == ("石桥镇司法所", "石桥镇")
        assert named_on([Office.objects.get(pk=stone.pk)], TODAY)[0].name == now.name
        kept = UnitName.objects.get(unit=stone)
        assert (kept.valid_from, kept.valid_to) == (date(2022, 1, 1), TODAY)

    def test_offices_take_their_countys_new_name(
        self, system_admin: Membership, province_line_lead: Membership, stone: Office, unit: Unit
    ) -> None:
        changed(renamed(stone, date(2026, 5, 4)), system_admin, province_line_lead)
        county = unit("石门县")
        facts = Facts(code="379121", area_name="石门市", name="石门市司法局", short_name="石门市")
        county_before = county.name
        changed(planned("rename", county, on=TODAY, facts=facts), system_admin, province_line_lead)
        stone.refresh_from_db()
        assert county_before == "石门县司法局"
        assert stone.name == "石门市司法局石桥街道司法所"
        names = [name.name for name in stone.former_names.all()]
        assert names == ["石桥镇司法所", "石门县司法局石桥街道司法所"]
        texts = [moment.text for moment in history_of(stone)]
        assert texts == [
            "石门县司法局石桥街道司法所更名为石门市司法局石桥街道司法所",
            "石桥镇司法所更名为石门县司法局石桥街道司法所",
            "启用",
        ]

    def test_a_merger_ends_one_unit_and_moves_its_villages(
        self, system_admin: Membership, province_line_lead: Membership, stone: Office, willow: Office
    ) -> None:
        villages = list(willow.villages.values_list("pk", flat=True))
        change = changed(planned("merge", willow, on=TODAY, into=stone), system_admin, province_line_lead)
        willow.refresh_from_db()
        assert (willow.valid_to, willow.has_ended, successors_of(willow)) == (TODAY, True, [stone])
        assert willow in Office.objects.on(date(2026, 5, 19))
        assert willow not in Office.objects.on(TODAY)
        assert set(villages) < set(stone.villages.values_list("pk", flat=True))
        assert change.lines.get().villages == villages
        assert history_of(stone)[0].text == "柳河镇司法所并入，接收村（居）2个"
        assert history_of(willow)[0].text == "并入石桥镇司法所"

    def test_two_units_become_a_new_one_that_may_bear_a_code_of_theirs(
        self, system_admin: Membership, province_line_lead: Membership, stone: Office, willow: Office
    ) -> None:
        facts = Facts(code=stone.code, area_name="石柳镇")
        changed(planned("merge", stone, willow, on=TODAY, facts=facts), system_admin, province_line_lead)
        new = Office.objects.get(code=stone.code, valid_to=None)
        assert (new.name, new.valid_from, new.county, new.city) == (
            "石门县司法局石柳镇司法所",
            TODAY,
            stone.county,
            stone.city,
        )
        assert new.villages.count() == 5
        assert {moment.text for moment in history_of(new)} == {
            "石桥镇司法所、柳河镇司法所并入，接收村（居）5个",
            "启用",
        }

    def test_a_split_leaves_the_unit_and_begins_another(
        self, system_admin: Membership, province_line_lead: Membership, stone: Office
    ) -> None:
        village = stone.villages.get(name="上河村村民委员会")
        plan = planned("split", stone, on=TODAY, facts=RIVER, villages=(village.pk,))
        changed(plan, system_admin, province_line_lead)
        stone.refresh_from_db()
        new = Office.objects.get(code=RIVER.code)
        assert (stone.valid_to, new.predecessor) == (None, stone)
        assert [one.pk for one in new.villages.all()] == [village.pk]
        assert stone.villages.count() == 2

    def test_a_moved_unit_goes_on_as_its_successor_under_the_other_county(
        self, system_admin: Membership, province_line_lead: Membership, stone: Office, unit: Unit
    ) -> None:
        sea = unit("望海县")
        facts = Facts(code="379221103", area_name="石桥镇")
        changed(planned("move", stone, on=TODAY, facts=facts, parent=sea), system_admin, province_line_lead)
        new = Office.objects.get(code="379221103")
        stone.refresh_from_db()
        assert (new.county, new.city, new.parent) == (sea, sea.city, sea)
        assert (stone.valid_to, stone.county) == (TODAY, unit("石门县"))

    def test_nothing_happens_before_its_day_and_nothing_twice(
        self, system_admin: Membership, province_line_lead: Membership, stone: Office
    ) -> None:
        ahead = adopted(drafted(system_admin, renamed(stone, LATER)), province_line_lead)
        with system("test"):
            assert not take_effect(ahead.pk)
        assert ahead.state(TODAY) == UnitChange.State.COMING
        change = UnitChange.objects.get(pk=ahead.pk)
        assert change.applied_at is None

    def test_the_change_of_the_tree_stands_in_the_audit(
        self, system_admin: Membership, province_line_lead: Membership, stone: Office
    ) -> None:
        changed(renamed(stone), system_admin, province_line_lead)
        with system("test"):
            entry = AuditEntry.objects.filter(table_name="offices_office", row_key=str(stone.pk)).latest("pk")
        assert (entry.before or {})["name"] == "石桥镇司法所"


class TestTheEndedOffice:
    """Its people finish the last sheets, and go on elsewhere."""

    @pytest.fixture
    def ended(self, system_admin: Membership, province_line_lead: Membership, stone: Office, willow: Office) -> Office:
        changed(planned("merge", willow, on=TODAY, into=stone), system_admin, province_line_lead)
        willow.refresh_from_db()
        return willow

    def test_only_the_last_sheets_are_left(self, ended: Office, sibling_clerk: Membership) -> None:
        clerks = {action for action in Action if Role.OFFICE_CLERK in ALLOWED[action]}
        allowed = {action for action in Action if may(sibling_clerk, action)}
        assert allowed == clerks & CLOSING
        assert Action.FILL_SHEET in allowed
        assert Action.OPEN_RECORD not in allowed

    def test_a_page_says_so_and_a_form_is_refused(
        self, ended: Office, sibling_clerk: Membership, client_for: Callable[[Membership], Client]
    ) -> None:
        client = client_for(sibling_clerk)
        assert "业务已移转石桥镇司法所" in client.get(reverse("home")).content.decode()
        assert client.get(reverse("disputes:open")).status_code == 403

    def test_all_posts_go_on_by_one_deed(
        self, ended: Office, county_admin: Membership, sibling_clerk: Membership, stone: Office
    ) -> None:
        assert last_day_of_sheets(ended) == date(2026, 6, 30)
        with within(county_admin):
            closed = close_posts(unit=ended, by=county_admin, to=stone, last_day=date(2026, 6, 30))
            again = close_posts(unit=ended, by=county_admin, to=stone, last_day=date(2026, 6, 30))
        assert (closed.moved, closed.ended, closed.left, again.moved) == (1, 1, (), 0)
        posts = sibling_clerk.user.memberships.order_by("pk")
        assert [(post.office, post.valid_from, post.valid_until) for post in posts] == [
            (ended, date(2022, 1, 1), date(2026, 6, 30)),
            (stone, TODAY, None),
        ]

    def test_whose_account_another_administrator_keeps_is_left_alone(
        self, ended: Office, county_admin: Membership, system_admin: Membership, sibling_clerk: Membership, unit: Unit
    ) -> None:
        post = Post(office=unit("渔湾司法所"), role=Role.OFFICE_CLERK, lines=("mediation",), valid_from=TODAY)
        with within(system_admin):
            give_membership(person=sibling_clerk.user, post=post, by=system_admin)
        with within(county_admin):
            closed = close_posts(unit=ended, by=county_admin, to=None, last_day=TODAY)
        assert (closed.ended, closed.left) == (0, (sibling_clerk.user.name,))

    def test_the_page_moves_them(
        self,
        ended: Office,
        county_admin: Membership,
        sibling_clerk: Membership,
        stone: Office,
        client_for: Callable[[Membership], Client],
    ) -> None:
        client, address = client_for(county_admin), reverse("unit_posts", args=[ended.pk])
        shown = client.get(address)
        assert sibling_clerk.user.name in shown.content.decode()
        assert shown.context["form"]["to"].initial == str(stone.pk)
        assert client.post(address, {"to": stone.pk, "last_day": "2026-05-19"}).status_code == 422
        assert client.post(address, {"to": stone.pk, "last_day": "2026-06-30"}).status_code == 303
        assert sibling_clerk.user.memberships.filter(office=stone, valid_until=None).exists()
        assert client.get(reverse("unit_posts", args=[stone.pk])).status_code == 404

    def test_nothing_is_written_into_it_any_more(self, ended: Office, sibling_clerk: Membership, today: date) -> None:
        """Whatever a view forgets: under the scope of the office the database takes no new row."""
        assert ended.valid_to is not None
        mapping = ImportMapping(
            office=ended, line="mediation", record_type="mediation.dispute", user=sibling_clerk.user
        )
        with within(sibling_clerk), pytest.raises(DatabaseError, match="exists no longer"), transaction.atomic():
            mapping.save(force_insert=True)


class TestThePages:
    """Drafting, looking at the effect, adopting; the unit's page tells its history."""

    def form(self, **more: Any) -> dict[str, Any]:
        return {"effective_on": "2026-05-20", "paper": "鲁民函〔2026〕12号", "reason": "区划调整"} | more

    def test_a_rename_from_the_units_page_to_its_history(
        self,
        county_admin: Membership,
        province_line_lead: Membership,
        stone: Office,
        client_for: Callable[[Membership], Client],
    ) -> None:
        county, province = client_for(county_admin), client_for(province_line_lead)
        address = reverse("draft_unit_change", args=[stone.pk, "rename"])
        assert address in county.get(reverse("office", args=[stone.pk])).content.decode()
        bad = county.post(address, self.form(area_name="石桥街道", code="12"))
        assert (bad.status_code, "9位" in bad.content.decode()) == (422, True)
        answer = county.post(address, self.form(area_name="石桥街道", code=stone.code))
        page = answer["Location"]
        assert "石桥司法所更名为石桥街道司法所" in county.get(page).content.decode()
        assert county.post(page, {"decision": "adopt"}).status_code == 403
        assert province.post(page, {"decision": "refuse"}).status_code == 422
        assert province.post(page, {"decision": "adopt"}).status_code == 303
        assert "业务移转中" in province.get(page).content.decode()

    @pytest.mark.parametrize("kind", ["merge", "split", "move"])
    def test_each_kind_has_a_form_that_drafts(
        self, kind: str, system_admin: Membership, stone: Office, unit: Unit, client_for: Callable[[Membership], Client]
    ) -> None:
        client, address = client_for(system_admin), reverse("draft_unit_change", args=[stone.pk, kind])
        assert client.get(address).status_code == 200
        assert client.post(address, {}).status_code == 422
        village = Village.objects.filter(office=stone).earliest("code")
        filled: dict[str, dict[str, Any]] = {
            "merge": {"into": unit("柳河司法所").pk},
            "split": {"villages": [village.pk], "area_name": "河口镇", "code": RIVER.code},
            "move": {"parent": unit("望海县").pk, "area_name": "石桥镇", "code": "379221103"},
        }
        answer = client.post(address, self.form(**filled[kind]))
        assert answer.status_code == 303
        shown = client.get(answer["Location"]).content.decode()
        assert "影响范围" in shown
        assert UnitChange.objects.get().kind == kind

    def test_the_list_has_a_tab_for_each_stage(
        self,
        system_admin: Membership,
        province_line_lead: Membership,
        stone: Office,
        client_for: Callable[[Membership], Client],
    ) -> None:
        adopted(drafted(system_admin, renamed(stone, LATER)), province_line_lead)
        client = client_for(province_line_lead)
        found = {
            state: "石桥司法所更名为" in client.get(f"{reverse('unit_changes')}?state={state}").content.decode()
            for state in ("waiting", "coming", "done", "refused")
        }
        assert found == {"waiting": False, "coming": True, "done": False, "refused": False}

    def test_another_county_sees_nothing_of_it(
        self, system_admin: Membership, county_admin: Membership, unit: Unit, client_for: Callable[[Membership], Client]
    ) -> None:
        far = unit("渔湾司法所")
        plan = planned("rename", far, on=LATER, facts=Facts(code=far.code, area_name="渔湾街道"))
        change = drafted(system_admin, plan)
        client = client_for(county_admin)
        assert client.get(reverse("unit_change", args=[change.pk])).status_code == 404
        assert "渔湾" not in client.get(reverse("unit_changes")).content.decode()
        assert client.get(reverse("draft_unit_change", args=[far.pk, "rename"])).status_code == 404

    def test_an_ended_unit_keeps_its_page(
        self,
        system_admin: Membership,
        province_line_lead: Membership,
        clerk: Membership,
        stone: Office,
        willow: Office,
        client_for: Callable[[Membership], Client],
    ) -> None:
        changed(planned("merge", willow, on=TODAY, into=stone), system_admin, province_line_lead)
        shown = client_for(clerk).get(reverse("office", args=[willow.pk])).content.decode()
        assert "本机构自 2026-05-20 起停用" in shown
        assert "现为石桥镇司法所" in shown
        assert timezone.localdate() == TODAY
