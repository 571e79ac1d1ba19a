"""The town and its people: a small province whose names say who they are. It is part of the template database.

山东省 (37)
├ 青河市 (3791)
│ ├ 石门县 (379121)   ├ 石桥司法所: clerk, head, assistant   └ 柳河司法所: sibling_clerk
│ └ 青河高新区 (379171, functional zone) └ 科苑司法所: zone_clerk
└ 海安市 (3792)
  └ 望海县 (379221)   ├ 渔湾司法所: far_clerk   └ 东滩司法所
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.contrib.auth.hashers import MD5PasswordHasher

from mediation.models import MediationCommittee, Mediator
from offices.models import Level, Membership, Office, User, Village
from offices.permissions import Role
from offices.scoping import system

START = date(2022, 1, 1)
PASSWORD = "Stone-bridge-2026"


@dataclass(frozen=True)
class Person:
    """One of the cast: the person's name, the post, and the short name of the unit."""

    name: str
    role: Role
    unit: str
    lines: tuple[str, ...] = ("mediation",)
    is_active: bool = True
    valid_until: date | None = None


# The user names are the names of the fixtures.
CAST = {
    "clerk": Person("周晓兰", Role.OFFICE_CLERK, "石桥司法所"),
    "head": Person("郑国强", Role.OFFICE_HEAD, "石桥司法所"),
    "assistant": Person("孙小雨", Role.ASSISTANT, "石桥司法所"),
    "sibling_clerk": Person("吴桂芳", Role.OFFICE_CLERK, "柳河司法所"),
    "zone_clerk": Person("冯立新", Role.OFFICE_CLERK, "科苑司法所"),
    "far_clerk": Person("于海生", Role.OFFICE_CLERK, "渔湾司法所"),
    "county_reviewer": Person("王建军", Role.COUNTY_REVIEWER, "石门县"),
    "county_leader": Person("刘志远", Role.COUNTY_LEADER, "石门县"),
    "county_statistician": Person("陈静", Role.COUNTY_STATISTICIAN, "石门县"),
    "zone_reviewer": Person("蒋文博", Role.COUNTY_REVIEWER, "青河高新区"),
    "other_county_reviewer": Person("曲丽华", Role.COUNTY_REVIEWER, "望海县"),
    "city_reviewer": Person("赵明", Role.CITY_REVIEWER, "青河市"),
    "city_statistician": Person("钱伟", Role.CITY_STATISTICIAN, "青河市"),
    "other_city_reviewer": Person("宋玉梅", Role.CITY_REVIEWER, "海安市"),
    "province_statistician": Person("林晓峰", Role.PROVINCE_STATISTICIAN, "山东省"),
    "province_line_lead": Person("高原", Role.PROVINCE_LINE_LEAD, "山东省"),
    "system_admin": Person("韩冰", Role.SYSTEM_ADMIN, "山东省", lines=()),
    "county_admin": Person("邓超群", Role.SYSTEM_ADMIN, "石门县", lines=()),
    "security_admin": Person("秦岚", Role.SECURITY_ADMIN, "山东省", lines=()),
    "audit_admin": Person("严正", Role.AUDIT_ADMIN, "山东省", lines=()),
    "suspended": Person("邱停", Role.OFFICE_CLERK, "石桥司法所", is_active=False),
    "former_clerk": Person("何旧", Role.OFFICE_CLERK, "石桥司法所", valid_until=date(2024, 12, 31)),
}
# One person of each role, in the line above the clerk's office.
VIEWERS = {person.role: name for name, person in reversed(CAST.items()) if person.is_active and not person.valid_until}

# (code, area, villages); the parent is found by the code.
CITIES = (("3791", "青河市"), ("3792", "海安市"))
COUNTIES = (("379121", "石门县"), ("379171", "青河高新区"), ("379221", "望海县"))
OFFICES = (
    ("379121100", "石桥镇", ("石桥村村民委员会", "上河村村民委员会", "南园社区居民委员会")),
    ("379121101", "柳河镇", ("柳河村村民委员会", "西柳村村民委员会")),
    ("379171001", "科苑街道", ("科苑社区居民委员会", "创业社区居民委员会")),
    ("379221100", "渔湾镇", ("渔湾村村民委员会", "望海楼村村民委员会")),
    ("379221001", "东滩街道", ("东滩社区居民委员会",)),
)
MEDIATORS = {"石桥镇": ("王德福", "李秀英", "张永安"), "柳河镇": ("柳长青",), "渔湾镇": ("于福海",)}


def build_town(*, using: str) -> None:
    """Make the units, villages, committees, mediators and people, as the schema's owner."""
    with system("town", using=using):
        units = _units(using)
        _people(units, using)
        author = User.objects.using(using).get(username="system_admin")
        for code, area, villages in OFFICES:
            _committees(units[_office_name(area)], code, area, villages, author, using)


def _office_name(area: str) -> str:
    return area.removesuffix("街道").removesuffix("镇") + "司法所"


def _units(using: str) -> dict[str, Office]:
    units = {"37": _unit("37", "山东省", "山东省司法厅", Level.PROVINCE, None, using)}
    for code, area in CITIES:
        units[code] = _unit(code, area, f"{area}司法局", Level.CITY, units["37"], using)
    for code, area in COUNTIES:
        units[code] = _unit(code, area, f"{area}司法局", Level.COUNTY, units[code[:4]], using)
    for code, area, _ in OFFICES:
        units[code] = _unit(code, area, f"{area}司法所", Level.OFFICE, units[code[:6]], using)
    return {unit.short_name: unit for unit in units.values()}


def _unit(code: str, area: str, name: str, level: Level, parent: Office | None, using: str) -> Office:
    unit = Office(
        level=level,
        code=code,
        name=name,
        short_name=_office_name(area) if level == Level.OFFICE else area,
        area_name=area,
        parent=parent,
        is_functional_zone=level == Level.COUNTY and code[4] == "7",
        valid_from=START,
    )
    unit.city = parent.city if parent else None
    unit.county = parent.county if parent else None
    unit.save(using=using)
    if level in {Level.CITY, Level.COUNTY}:
        setattr(unit, level.value, unit)
        unit.save(using=using, update_fields=[level.value])
    return unit


def _committees(office: Office, code: str, area: str, villages: tuple[str, ...], author: User, using: str) -> None:
    kind = "subdistrict" if area.endswith("街道") else "township"
    own = _committee(office, kind, f"{area}人民调解委员会", area, None, author, using)
    for number, name in enumerate(villages, start=200):
        is_community = name.endswith("居民委员会")
        village = Village(office=office, code=f"{code}{number}", name=name, is_community=is_community, valid_from=START)
        village.save(using=using)
        short = village.short_name
        kind = "community" if is_community else "village"
        _committee(office, kind, f"{short}人民调解委员会", short, village, author, using)
    for name in MEDIATORS.get(area, (f"{area[0]}调解",)):
        Mediator(
            committee=own,
            office=office,
            title=name,
            appointed_from=START,
            registered_on=START,
            state="serving",
            created_by=author,
        ).save(using=using)


def _committee(
    office: Office, kind: str, name: str, short_name: str, village: Village | None, author: User, using: str
) -> MediationCommittee:
    committee = MediationCommittee(
        office=office,
        kind=kind,
        title=name,
        short_name=short_name,
        village=village,
        established_on=START,
        registered_on=START,
        state="running",
        created_by=author,
    )
    committee.save(using=using)
    return committee


def _people(units: dict[str, Office], using: str) -> None:
    # The fast hash is good enough here: the suite signs in with it hundreds of times.
    password = MD5PasswordHasher().encode(PASSWORD, "salt")
    for username, person in CAST.items():
        user = User(
            username=username,
            name=person.name,
            password=password,
            is_active=person.is_active,
            must_change_password=False,
        )
        user.save(using=using)
        Membership(
            user=user,
            office=units[person.unit],
            role=person.role,
            lines=list(person.lines),
            valid_from=START,
            valid_until=person.valid_until,
        ).save(using=using)
