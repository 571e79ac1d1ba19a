"""The month's figures counted in plain SQL from the cases and their history, by the printed titles of the columns.

It shares nothing with what it is held against: no declaration, no counted event, no cell, no unit's stored ancestors.
The columns are those of the ministry's table (domain.md 6.4 and 6.8); column 1 counts by acceptance (ADR 0012).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from django.db import connection

COMMITTEES = {
    "村调委会": "village",
    "居调委会": "community",
    "乡镇调委会": "township",
    "街道调委会": "subdistrict",
    "企事业单位调委会": "enterprise",
    "社会团体和其他组织调委会": "organisation",
}
SENDERS = {
    "法院委托移送": "referral_court",
    "检察院委托移送": "referral_procuratorate",
    "公安机关委托移送": "referral_police",
    "信访部门委托移送": "referral_petition",
    "其他部门委托移送": "referral_other",
}
TYPES = {
    "婚姻家庭纠纷": "marriage_family",
    "邻里纠纷": "neighbourhood",
    "房屋宅基地纠纷": "house_homestead",
    "合同纠纷": "contract",
    "生产经营纠纷": "production_business",
    "损害赔偿纠纷": "damages",
    "山林土地纠纷": "forest_land",
    "征地拆迁纠纷": "expropriation",
    "环境污染纠纷": "environment",
    "拖欠农民工工资纠纷": "migrant_wage",
    "其他劳动争议纠纷": "labour_other",
    "旅游纠纷": "tourism",
    "电子商务纠纷": "e_commerce",
    "其他消费纠纷": "consumer_other",
    "医疗纠纷": "medical",
    "道路交通事故纠纷": "road_traffic",
    "物业纠纷": "property_mgmt",
    "其他纠纷": "other",
}
CASES, PARTIES, SETTLED, DIFFICULT, MONEY = (
    "调解案件总数", "涉及当事人数", "调解成功案件数", "疑难复杂案件", "协议涉及金额",
)  # fmt: skip
FAILED, TRANSFERRED, OPEN, OPENING = "调解不成案件数", "受理后移交案件数", "期末调解中案件数", "期初调解中案件数"
TOWN, CONCLUDED, FOUND, ROUNDS = "镇村两级调解案件数", "调解终结案件数", "排查纠纷", "排查次数"
REFERRED = "接受委托移送调解"
PENDING, DEATHS, WITHDRAWN = "期末待裁定司法确认", "民转刑案件死亡人数", "其中当事人撤回"
ENDED = "司法确认终止"
RECEIVED, HANDED = "调解中案件转入", "调解中案件转出"
# States on the last day: what brings a case in, and what takes it out.
STATES = {
    OPEN: ("accepted", ("agreed", "failed", "transferred")),
    PENDING: ("applied", ("valid", "dismissed", "ended")),
}
# States at the beginning: what stood on the last day of the month before.
BEGINNINGS = {OPENING: OPEN}
STANDING = (*STATES, *BEGINNINGS)
# What is divided by what.
SHARES = {
    "调解成功率": (SETTLED, CASES),
    "终结案件成功率": (SETTLED, CONCLUDED),
    "镇村调解占比": (TOWN, CASES),
}
DANGERS = {
    "自杀": "suicide",
    "刑案": "crime",
    "上访": "petition",
    "械斗": "brawl",
}
# One deed in the life of a case is one row; a title says which deeds it counts, or what it adds up over them.
CONDITIONS = {
    CASES: "what = 'accepted'",
    PARTIES: "what = 'accepted'",
    SETTLED: "what = 'agreed'",
    DIFFICULT: "what = 'accepted' AND d.is_difficult",
    MONEY: "what = 'agreed'",
    **{title: f"what = 'accepted' AND d.committee_kind = '{kind}'" for title, kind in COMMITTEES.items()},
    "主动调解": "what = 'accepted' AND d.source = 'ex_officio'",
    "依申请调解": "what = 'accepted' AND d.source = 'on_application'",
    REFERRED: "what = 'accepted' AND left(d.source, 9) = 'referral_'",
    **{title: f"what = 'accepted' AND d.source = '{sender}'" for title, sender in SENDERS.items()},
    **{title: f"what = 'accepted' AND d.dispute_type = '{kind}'" for title, kind in TYPES.items()},
    "口头协议": "what = 'agreed' AND d.agreement_form = 'oral'",
    "书面协议": "what = 'agreed' AND d.agreement_form = 'written'",
    "已履行": "what = 'agreed' AND d.performance IN ('at_once', 'full')",
    "未到期": "what = 'agreed' AND d.performance IN ('not_due', 'partial')",
    "未履行": "what = 'agreed' AND d.performance = 'refused'",
    "达成协议后反悔起诉": "what = 'sued'",
    "申请": "what = 'applied'",
    "裁定有效": "what = 'valid'",
    "驳回": "what = 'dismissed'",
    **{
        f"防止{title}{what}": f"what = 'effect' AND h.kind = '{kind}'"
        for title, kind in DANGERS.items()
        for what in ("件数", "人数")
    },
    FOUND: "what = 'found'",
    "预防纠纷": "what = 'prevented'",
    "民转刑案件": "what = 'escalated' AND h.kind = 'crime'",
    DEATHS: "what = 'escalated' AND h.kind = 'crime'",
    ROUNDS: "what = 'screened'",
    TOWN: "what = 'accepted' AND d.committee_kind NOT IN ('enterprise', 'organisation')",
    FAILED: "what = 'failed'",
    WITHDRAWN: "what = 'failed' AND d.failure = 'withdrawn'",
    TRANSFERRED: "what = 'transferred'",
    RECEIVED: "what = 'received'",
    HANDED: "what = 'handed'",
    CONCLUDED: "what IN ('agreed', 'failed')",
    ENDED: "what = 'ended'",
}
PREVENTED_PERSONS = tuple(f"防止{title}人数" for title in DANGERS)
SUMMED = {PARTIES: "d.party_count", MONEY: "d.agreed_amount", DEATHS: "h.n", **dict.fromkeys(PREVENTED_PERSONS, "h.n")}
FLOWS = tuple(CONDITIONS)
COLUMNS = FLOWS[:57]
NUMBERS = {title: number for number, title in enumerate(COLUMNS, start=1)}
MEMO = (
    *(DEATHS, ROUNDS, TOWN, OPENING, RECEIVED, FAILED, WITHDRAWN, TRANSFERRED, HANDED, OPEN),
    *(CONCLUDED, ENDED, PENDING),
)
UNITS = {PARTIES: "人", MONEY: "万元", DEATHS: "人", ROUNDS: "次", **dict.fromkeys(PREVENTED_PERSONS, "人")}

# The office that held a case on a day: the giver of its next hand-over, else the one that holds it now.
HELD_BY = """coalesce(
  (SELECT h.office_id FROM casework_handover h WHERE h.record_type = 'mediation.dispute' AND h.record_id = {case}
   AND h.state = 'accepted' AND h.decided_on >= {day} ORDER BY h.decided_on, h.id LIMIT 1), {office})"""


def held_by(case: str, day: str, office: str) -> str:
    """Return the office that held a case on a day, as SQL. No case of the tests is settled on a day of a hand-over."""
    return HELD_BY.format(case=case, day=day, office=office)


ACCEPTED_BY = held_by("mediation_dispute.id", "accepted_on", "mediation_dispute.office_id")
AGREED_BY = held_by("mediation_dispute.id", "agreed_on", "mediation_dispute.office_id")
# What is void happened to nobody; a step counts on its right day, and not at all once it is taken back.
VOID = "(SELECT id FROM mediation_dispute WHERE state = 'void')"
STEPS = """(
  SELECT e.id, e.record_type, e.record_id, e.office_id, e.kind, coalesce(
    (SELECT c.happened_on FROM casework_recordevent c WHERE c.corrects_id = e.id ORDER BY c.id DESC LIMIT 1),
    e.happened_on) AS day
  FROM casework_recordevent e
  WHERE NOT EXISTS (SELECT FROM casework_recordevent c WHERE c.corrects_id = e.id AND c.kind = 'taken_back')
    AND NOT EXISTS (SELECT FROM casework_recordevent v WHERE (v.record_type, v.record_id, v.kind)
                                                           = (e.record_type, e.record_id, 'voided'))
) steps"""
ABOVE = f"""
RECURSIVE above (office, unit, parent) AS (
  SELECT id, id, parent_id FROM offices_office
  UNION ALL SELECT a.office, o.id, o.parent_id FROM above a JOIN offices_office o ON o.id = a.parent
),
happened (id, office, what, day, kind, n) AS (
  SELECT id, {ACCEPTED_BY}, 'accepted', accepted_on, '', 0 FROM mediation_dispute
  WHERE accepted_on IS NOT NULL AND state <> 'void'
  UNION ALL SELECT id, {AGREED_BY}, 'agreed', agreed_on, '', 0 FROM mediation_dispute
  WHERE agreed_on IS NOT NULL AND state <> 'void'
  UNION ALL SELECT id, office_id, 'sued', sued_on, '', 0 FROM mediation_dispute
  WHERE sued_on IS NOT NULL AND state <> 'void'
  UNION ALL SELECT record_id, office_id, 'failed', day, '', 0
  FROM {STEPS} WHERE record_type = 'mediation.dispute' AND kind = 'fail'
  UNION ALL SELECT t.record_id, t.office_id, 'transferred', t.day, '', 0
  FROM {STEPS.replace(" steps", " t")} WHERE t.record_type = 'mediation.dispute' AND t.kind = 'transfer' AND NOT EXISTS (
    SELECT FROM {STEPS.replace(" steps", " b")} WHERE b.record_type = t.record_type AND b.record_id = t.record_id
                                        AND b.kind = 'return_accepted' AND b.id > t.id)
  UNION ALL SELECT h.record_id, w.office, w.what, h.decided_on, '', 0
  FROM casework_handover h JOIN mediation_dispute c ON c.id = h.record_id AND c.accepted_on <= h.decided_on
  CROSS JOIN LATERAL (VALUES ('handed', h.office_id), ('received', h.to_office_id)) w (what, office)
  WHERE h.record_type = 'mediation.dispute' AND h.state = 'accepted'
  UNION ALL SELECT -id, office_id, 'applied', applied_on, '', 0 FROM mediation_judicialconfirmation
  WHERE applied_on IS NOT NULL AND state <> 'void'
  UNION ALL SELECT -record_id, office_id,
    CASE kind WHEN 'confirm' THEN 'valid' WHEN 'dismiss' THEN 'dismissed' ELSE 'ended' END, day, '', 0
  FROM {STEPS} WHERE record_type = 'mediation.judicialconfirmation'
    AND kind IN ('confirm', 'dismiss', 'refuse', 'withdraw')
  UNION ALL SELECT dispute_id, office_id, 'effect', prevented_on, kind, persons FROM mediation_preventiveeffect
  WHERE dispute_id NOT IN {VOID}
  UNION ALL SELECT dispute_id, office_id, 'escalated', happened_on, kind, deaths FROM mediation_escalation
  WHERE dispute_id NOT IN {VOID}
  UNION ALL SELECT 0, office_id, 'screened', ended_on, '', 0 FROM mediation_screeninground WHERE ended_on IS NOT NULL
  UNION ALL SELECT 0, office_id, 'found', found_on, '', 0 FROM mediation_screeningfinding
  UNION ALL SELECT 0, office_id, 'prevented', settled_on, '', 0 FROM mediation_screeningfinding
  WHERE settled_on IS NOT NULL
)
"""
FLOWS_OF_UNITS = f"""
WITH {ABOVE}
SELECT a.unit, date_trunc('month', h.day)::date, {{columns}}
FROM happened h LEFT JOIN mediation_dispute d ON d.id = h.id JOIN above a ON a.office = h.office
GROUP BY 1, 2
"""
OPEN_OF_UNITS = f"""
WITH {ABOVE}
SELECT a.unit, m.month, count(*)
FROM unnest(%s::date[]) AS m (month)
JOIN happened c ON c.what = %s AND c.day < m.month + interval '1 month'
LEFT JOIN mediation_dispute d ON d.id = c.id
JOIN above a ON a.office = {held_by("c.id", "m.month + interval '1 month'", "coalesce(d.office_id, c.office)")}
WHERE NOT EXISTS (
  SELECT FROM happened h WHERE h.id = c.id AND h.what = ANY(%s) AND h.day < m.month + interval '1 month'
)
GROUP BY 1, 2
"""
FIRST_MONTH = f"WITH {ABOVE} SELECT date_trunc('month', min(day))::date FROM happened"
UNITS_OF_MONTH = """
SELECT o.id, o.code, o.level, CASE o.level WHEN 'office' THEN o.short_name ELSE o.area_name END,
       coalesce(p.code, ''), coalesce(p.area_name, ''), o.is_functional_zone
FROM offices_office o LEFT JOIN offices_office p ON p.id = o.parent_id
WHERE o.valid_from < %(month)s::date + interval '1 month' AND (o.valid_to IS NULL OR o.valid_to > %(month)s)
ORDER BY o.code, o.id
"""
ISSUE = """
SELECT number, digest, reason, date_trunc('second', issued_at AT TIME ZONE 'Asia/Shanghai'),
       (SELECT name FROM offices_user u WHERE u.id = issued_by_id)
FROM reports_edition WHERE form = 'T9' AND month = %s ORDER BY number DESC LIMIT 1
"""


@dataclass(frozen=True)
class Unit:
    """A unit as the tables name it."""

    id: int
    code: str
    level: str
    name: str
    parent: str
    parent_name: str
    is_zone: bool


@dataclass(frozen=True)
class Issue:
    """What an edition says of itself; none of it is counted."""

    number: int
    digest: str
    reason: str
    issued_at: Any
    issued_by: str


@dataclass(frozen=True)
class Ledger:
    """A month's figures of every unit, and of the months that it is compared with. Money is in fen."""

    month: date
    first: date
    units: tuple[Unit, ...]
    flows: Mapping[tuple[int, date], tuple[int, ...]]
    open: Mapping[tuple[str, int, date], int]
    issue: Issue

    @property
    def province(self) -> Unit:
        """The unit that issues."""
        return self.of_level("province")[0]

    def of_level(self, level: str) -> tuple[Unit, ...]:
        """Return the units of a level in the order of their codes."""
        return tuple(unit for unit in self.units if unit.level == level)

    def value(self, unit: Unit, title: str, period: str) -> int | None:
        """Return a figure; None where the portal has no data for the period."""
        months = windows(self.month)[period]
        if months[0] < self.first and period not in {"本月", "本年累计"}:
            return None
        if title in BEGINNINGS:
            return self.open.get((BEGINNINGS[title], unit.id, moved(months[-1], -1)), 0)
        if title in STATES:
            return self.open.get((title, unit.id, months[-1]), 0)
        return sum(self.in_month(unit, title, month) for month in months)

    def in_month(self, unit: Unit, title: str, month: date) -> int:
        """Return what a title counts of one month."""
        counted = self.flows.get((unit.id, month))
        return counted[FLOWS.index(title)] if counted else 0


def moved(month: date, months: int) -> date:
    """Return the month so many months later."""
    count = month.year * 12 + month.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def windows(month: date) -> dict[str, list[date]]:
    """Return the months of each period by its printed name."""
    year = [date(month.year, number, 1) for number in range(1, month.month + 1)]
    return {
        "本月": [month],
        "上月": [moved(month, -1)],
        "上年同月": [moved(month, -12)],
        "本年累计": year,
        "上年同期累计": [moved(one, -12) for one in year],
    }


@contextmanager
def whole_database() -> Iterator[psycopg.Connection]:
    """Connect to the test's database as its administrator, whom no policy holds back; nothing is committed."""
    with psycopg.connect(os.environ["DATABASE_ADMIN_URL"], dbname=connection.settings_dict["NAME"]) as opened:
        yield opened
        opened.rollback()


def count_month(database: psycopg.Connection, month: date) -> Ledger:
    """Count a month as the cases stand now."""
    aggregates = ", ".join(
        f"coalesce(sum({SUMMED[title]}) FILTER (WHERE {when}), 0)" if title in SUMMED
        else f"count(*) FILTER (WHERE {when})"
        for title, when in CONDITIONS.items()
    )  # fmt: skip
    flows = database.execute(FLOWS_OF_UNITS.format(columns=aggregates).encode()).fetchall()
    own = [windows(month)[period][0] for period in ("本月", "上月", "上年同月")]
    ends = sorted({*own, *(moved(one, -1) for one in own)})
    opened = {
        (title, unit, start): count
        for title, (coming, going) in STATES.items()
        for unit, start, count in database.execute(OPEN_OF_UNITS.encode(), [ends, coming, list(going)]).fetchall()
    }
    units = database.execute(UNITS_OF_MONTH, {"month": month}).fetchall()
    first = database.execute(FIRST_MONTH.encode()).fetchone()
    issue = database.execute(ISSUE, [month]).fetchone()
    assert first is not None
    assert issue is not None
    return Ledger(
        month=month,
        first=first[0],
        units=tuple(Unit(*row) for row in units),
        flows={(unit, start): tuple(map(int, figures)) for unit, start, *figures in flows},
        open=opened,
        issue=Issue(*issue),
    )
