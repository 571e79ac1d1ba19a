"""Form 8: committees, mediators and their money. Stocks are balances of what came into the registers and went out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from casework.figures import Form, Indicator, Relation
from casework.models import HANDED_IN, HANDED_OUT
from mediation.indicators.case_codes import KINDS

ARTICLE = "司发通〔2010〕239号；人民调解法第八条至第十六条"
COMMITTEE, MEDIATOR, STUDIO = "mediation.mediationcommittee", "mediation.mediator", "mediation.mediationstudio"
EDUCATION = (
    ("college", "大专以上", "College and above"),
    ("senior", "高中（中专）", "Senior secondary"),
    ("junior", "初中及以下", "Junior secondary and below"),
)
INDUSTRIES = (
    *("medical", "road_traffic", "labour", "property", "consumer", "intellectual_property", "family", "finance"),
    *("environment", "tourism", "e_commerce", "other"),
)
HONOURS = (
    (26, "表彰", "Commended", ("praised",)),
    (27, "因工伤亡", "Injured or died on duty", ("injured", "died")),
)
FUNDS = (
    ("guidance", "指导经费", "Guidance"),
    ("work", "工作经费", "Work"),
    ("subsidy", "补助补贴", "Subsidies"),
)


def code(number: int) -> str:
    """Return the code of a column of the table."""
    return f"T8.{number:02}"


def codes(first: int, last: int) -> tuple[str, ...]:
    """Return the codes of a run of columns, both ends included."""
    return tuple(code(number) for number in range(first, last + 1))


def _flow(name: str, event: str, of: str, where: Mapping[str, Any], title: str, handed: str) -> Indicator:
    """Return a flow that no table prints: a balance is made of it. What a merger of offices moves is part of it."""
    return Indicator(
        code=name,
        number="",
        name=title,
        name_en=f"{event} {name}",
        unit="件",
        definition=f"{title}，按登记的日期计。",
        article=ARTICLE,
        event=event,
        also=(handed,),
        of=of,
        where=where,
    )


def _stock(
    number: int, name: str, name_en: str, of: str, where: Mapping[str, Any] | None = None, **more: Any
) -> list[Indicator]:
    """Return a column that says how many there are on the last day, with the two flows that it is made of."""
    came, went = EVENTS[of]
    own, where = code(number), where or {}
    balance = Indicator(
        code=own,
        number=str(number),
        name=name,
        name_en=name_en,
        definition=f"截至期末在册的“{name}”数，按现在登记的情况分类。",
        article=ARTICLE,
        kind="balance",
        plus=(f"{own}I",),
        minus=(f"{own}O",),
        **{"unit": "个", **more},
    )
    coming = _flow(f"{own}I", came, of, where, f"新增{name}", HANDED_IN)
    return [coming, _flow(f"{own}O", went, of, where, f"减少{name}", HANDED_OUT), balance]


EVENTS = {
    COMMITTEE: ("established", "committee_dissolved"),
    MEDIATOR: ("appointed", "left"),
    STUDIO: ("studio_opened", "studio_dissolved"),
}


def _paid(number: int, name: str, name_en: str, **more: Any) -> Indicator:
    definition = f"本期登记的{name}，按发生日期计。"
    given: dict[str, Any] = {"unit": "万元", "is_money": True, "measure": "amount", "article": ARTICLE}
    return Indicator(
        code=code(number), number=str(number), name=name, name_en=name_en, definition=definition, **given | more
    )


def _all() -> list[Indicator]:
    found = _stock(1, "调委会总数", "Committees", COMMITTEE)
    for number, (kind, name, name_en) in enumerate(KINDS, start=2):
        found += _stock(number, name, name_en, COMMITTEE, {"kind": kind}, group="按类型", group_en="By kind")
    found += _stock(8, "行业性、专业性调委会", "Of an industry or profession", COMMITTEE, {"industry": INDUSTRIES})
    found += _stock(9, "规范化调委会", "Standardised", COMMITTEE, {"is_standardised": True})
    found += _stock(10, "个人调解工作室", "Named studios", STUDIO)
    people: dict[str, Any] = {"unit": "人"}
    found += _stock(11, "人民调解员总数", "Mediators", MEDIATOR, **people)
    found += _stock(12, "委员", "Members", MEDIATOR, {"kind": "member"}, group="按类别", group_en="By kind", **people)
    found += _stock(13, "聘任", "Appointed", MEDIATOR, {"kind": "hired"}, group="按类别", group_en="By kind", **people)
    found += _stock(14, "专职", "Full-time", MEDIATOR, {"is_full_time": True}, **people)
    found += _stock(15, "女", "Women", MEDIATOR, {"sex": "2"}, **people)
    found += _stock(16, "少数民族", "Of a minority", MEDIATOR, {"is_minority": True}, **people)
    for number, (education, name, name_en) in enumerate(EDUCATION, start=17):
        where = {"education": education}
        found += _stock(number, name, name_en, MEDIATOR, where, group="文化程度", group_en="Education", **people)
    found += _stock(20, "法律专业", "Law graduates", MEDIATOR, {"has_law_degree": True}, **people)
    found.append(
        _paid(
            21,
            "培训",
            "Trained",
            unit="人次",
            is_money=False,
            measure="count",
            event="trained",
            of="mediation.training",
        )
    )
    for number, (kind, name, name_en) in enumerate(FUNDS, start=22):
        given: dict[str, Any] = {"event": "funded", "of": "mediation.funding", "where": {"kind": kind}}
        found.append(_paid(number, name, name_en, group="经费", group_en="Funds", **given))
    found.append(_paid(25, "发放调解员补贴", "Allowances paid", event="paid", of="mediation.allowance"))
    held = {"event": "held", "of": "mediation.trainingcourse"}
    found.append(_paid(28, "举办培训", "Courses held", unit="期", is_money=False, measure="count", **held))
    for number, name, name_en, kinds in HONOURS:
        given = {"event": "commended", "of": "mediation.commendation", "where": {"kind": kinds}}
        found.append(_paid(number, name, name_en, unit="人次", is_money=False, measure="count", **given))
    return found


INDICATORS = tuple(_all())
FORMS = (
    Form(
        code="T8",
        form_no="鲁司统8表",
        # Reported for each half year.
        months=(6, 12),
        title="人民调解组织队伍经费保障情况统计表",
        title_en="People's mediation: organisations, people and funds",
        issuer="山东省司法厅",
        approval_body="（由发文机关填写）",
        approval_no="（由发文机关填写）",
        valid_from=date(2022, 1, 1),
        valid_until=date(2027, 12, 31),
        unit_of_measure="个、人、人次、期、万元",
        indicators=codes(1, 28),
        headline=(code(1), code(9), code(11), code(14), code(10)),
        composition=codes(2, 7),
        relations=(
            Relation(
                name="1 = 2 + … + 7",
                left=(code(1),),
                sign="=",
                right=codes(2, 7),
                meaning="调委会总数应等于六类调委会之和",
            ),
            Relation(
                name="11 = 12 + 13",
                left=(code(11),),
                sign="=",
                right=codes(12, 13),
                meaning="人民调解员总数应等于委员与聘任之和",
            ),
            Relation(
                name="17 + 18 + 19 ≤ 11",
                left=codes(17, 19),
                sign="<=",
                right=(code(11),),
                meaning="各文化程度的人数之和不应多于人民调解员总数",
            ),
            Relation(
                name="11 ≥ 3 × 1",
                left=(code(11),),
                sign=">=",
                right=(code(1),) * 3,
                hard=False,
                meaning="每个调委会应有三名以上委员（人民调解法第八条）",
            ),
            Relation(
                name="21 ≥ 28",
                left=(code(21),),
                sign=">=",
                right=(code(28),),
                hard=False,
                meaning="举办培训的，应登记参加的调解员",
            ),
        ),
    ),
)
