"""Form 10: screening, the one-stop centres, and warnings of grave risks."""

from __future__ import annotations

from datetime import date
from typing import Any

from casework.figures import Form, Indicator, Ratio, Relation
from mediation.indicators.handed import handed
from mediation.workflow.alerts import STANDING

ARTICLE = "人民调解法第二十五条；山东省多元化解纠纷促进条例"
ROUND, FINDING = "mediation.screeninground", "mediation.screeningfinding"
RECEPTION, ALERT = "mediation.centrereception", "mediation.riskalert"
LEVELS = (("red", "红色", "Red"), ("orange", "橙色", "Orange"), ("yellow", "黄色", "Yellow"))


def code(number: int) -> str:
    """Return the code of a column of the table."""
    return f"T10.{number:02}"


def codes(first: int, last: int) -> tuple[str, ...]:
    """Return the codes of a run of columns, both ends included."""
    return tuple(code(number) for number in range(first, last + 1))


def _column(number: int, name: str, name_en: str, definition: str, **more: Any) -> Indicator:
    given: dict[str, Any] = {"unit": "件", "article": ARTICLE}
    return Indicator(
        code=code(number), number=str(number), name=name, name_en=name_en, definition=definition, **given | more
    )


def _centre(number: int, name: str, name_en: str, field: str, **more: Any) -> Indicator:
    definition = f"本期一站式中心登记的{name}数，按接待日期计。"
    given = {
        "event": "received",
        "of": RECEPTION,
        "measure": field,
        "group": "一站式中心",
        "group_en": "One-stop centres",
    }
    return _column(number, name, name_en, definition, **given | more)


INDICATORS = (
    _column(1, "排查次数", "Rounds", "本期结束的排查次数，按结束日期计。", unit="次", event="screened", of=ROUND),
    _column(
        2,
        "走访户数",
        "Households visited",
        "本期结束的排查走访的户数之和，按结束日期计。",
        unit="户",
        event="screened",
        of=ROUND,
        measure="households",
    ),
    _column(3, "排查出纠纷", "Disputes found", "本期排查发现的纠纷件数，按发现日期计。", event="found", of=FINDING),
    _column(4, "就地化解", "Settled on the spot", "本期就地化解的件数，按化解日期计。", event="prevented", of=FINDING),
    _column(5, "转人民调解", "Handed to mediation", "本期转人民调解的件数，按转办日期计。", event="handed", of=FINDING),
    _centre(6, "接待人次", "Visitors", "visitors", unit="人次"),
    _centre(7, "受理", "Taken", "taken"),
    _centre(8, "分流", "Diverted", "diverted"),
    _centre(9, "办结", "Settled", "settled"),
    _column(
        10,
        "重大纠纷报告",
        "Grave disputes reported",
        "本期登记的风险预警件数，按发现日期计；每件只计一次，作废的不计。",
        event="alert_raised",
        of=ALERT,
        where={"state": STANDING},
    ),
    *(
        _column(
            number,
            f"{name}预警",
            f"{name_en} alerts",
            f"本期登记的{name}预警件数，按发现日期计；每件只计一次，升级、降级的按现在的等级计，作废的不计。",
            event="alert_raised",
            of=ALERT,
            where={"level": level, "state": STANDING},
            group="预警等级",
            group_en="Level",
        )
        for number, (level, name, name_en) in enumerate(LEVELS, start=11)
    ),
    _column(14, "预警化解", "Alerts closed", "本期解除的风险预警件数，按解除日期计。", event="alert_closed", of=ALERT),
    *handed(code(15), "未化解预警", "Open alerts", ARTICLE, ALERT, {"state": STANDING}),
    *handed(code(16), "未处理纠纷", "Open findings", ARTICLE, FINDING),
    _column(
        15,
        "期末未化解预警",
        "Alerts open",
        "截至期末尚未解除的风险预警件数，作废的不计。",
        kind="balance",
        plus=(code(10), "T10.15I"),
        minus=(code(14), "T10.15O"),
        polarity="less",
    ),
    _column(
        16,
        "期末未处理纠纷",
        "Findings open",
        "截至期末排查发现后尚未就地化解、也未转人民调解的纠纷件数。",
        kind="balance",
        plus=(code(3), "T10.16I"),
        minus=(code(4), code(5), "T10.16O"),
        polarity="less",
    ),
)
RATIOS = (
    Ratio(
        code="T10.R",
        name="就地化解率",
        name_en="Settled on the spot, share",
        numerator=code(4),
        denominator=code(3),
        definition="就地化解件数 ÷ 排查出纠纷件数 × 100%。",
        polarity="more",
    ),
)
FORMS = (
    Form(
        code="T10",
        form_no="鲁司统10表",
        title="矛盾纠纷排查及重大风险预警情况统计表",
        title_en="Screening of disputes and warnings of grave risks",
        issuer="山东省司法厅",
        approval_body="（由发文机关填写）",
        approval_no="（由发文机关填写）",
        valid_from=date(2022, 1, 1),
        valid_until=date(2027, 12, 31),
        unit_of_measure="次、户、件、人次",
        indicators=codes(1, 16),
        ratios=("T10.R",),
        headline=(code(3), code(4), "T10.R", code(1), code(10), code(6)),
        composition=codes(11, 13),
        relations=(
            Relation(
                name="10 = 11 + 12 + 13",
                left=(code(10),),
                sign="=",
                right=codes(11, 13),
                meaning="重大纠纷报告数应等于三种等级预警之和",
            ),
            Relation(name="8 ≤ 7", left=(code(8),), sign="<=", right=(code(7),), meaning="分流件数不应多于受理件数"),
            Relation(
                name="15 ≥ 0", left=(code(15),), sign=">=", right=(), meaning="期末未化解预警不应小于零，请核对日期"
            ),
            Relation(
                name="16 ≥ 0", left=(code(16),), sign=">=", right=(), meaning="期末未处理纠纷不应小于零，请核对日期"
            ),
        ),
    ),
)
