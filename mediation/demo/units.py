"""Changes of units in the demo: one office has been renamed, and the merger of two waits to be adopted."""

from __future__ import annotations

from datetime import date
from typing import Any

from casework import jobs
from casework.unit_changes import start
from offices.changes import Facts, Plan, adopt_change, draft_change
from offices.models import Level, Membership, Office, UnitChange
from offices.scoping import within

DRAFTER, ADOPTER = "county-admin", "lead"
TOWN, SUBDISTRICT = "镇", "街道"


def change_units(today: date) -> int:
    """Draft both changes in the demo county and adopt the first one; return how many there are.

    The two offices with desks stay as they are.
    """
    posts = Membership.objects.filter(user__username__in=[DRAFTER, ADOPTER], valid_until=None)
    people = {post.user.username: post for post in posts.select_related("office", "user")}
    if {DRAFTER, ADOPTER} != set(people):
        return 0
    offices = Office.objects.on(today).filter(level=Level.OFFICE, county=people[DRAFTER].office_id)
    others = list(offices.select_related("county").order_by("-code", "-id"))[:-2]
    towns = [office for office in others if office.area_name.endswith(TOWN)]
    renamed = next(iter(towns or others), None)
    merging = [office for office in others if office != renamed]
    drafts = [_rename(renamed, today)] if renamed else []
    drafts += [_merger(merging[0], merging[1], today)] if len(merging) > 1 else []
    changes = [_draft(people[DRAFTER], plan) for plan in drafts]
    for change in changes[:1]:
        with within(people[ADOPTER], source="system:seed"):
            adopt_change(change=change, by=people[ADOPTER])
        jobs.run(start(change).pk)
    return len(changes)


def _draft(by: Membership, plan: Plan) -> UnitChange:
    with within(by, source="system:seed"):
        return draft_change(by=by, plan=plan)


def _rename(office: Office, today: date) -> Plan:
    stem = office.area_name.removesuffix(TOWN).removesuffix(SUBDISTRICT)
    area = f"{stem}{SUBDISTRICT}" if office.area_name.endswith(TOWN) else f"{stem}新区{SUBDISTRICT}"
    given: dict[str, Any] = {"paper": "鲁政字〔2026〕88号", "reason": "撤镇设街道，司法所随之更名。"}
    facts = Facts(code=office.code, area_name=area)
    return Plan(kind="rename", units=(office,), effective_on=today.replace(day=1), facts=facts, **given)


def _merger(giver: Office, receiver: Office, today: date) -> Plan:
    following = date(today.year + today.month // 12, today.month % 12 + 1, 1)
    given: dict[str, Any] = {"paper": "鲁司办〔2026〕31号", "reason": "辖区合并，司法所一并撤并。"}
    return Plan(kind="merge", units=(giver,), into=receiver, effective_on=following, **given)
