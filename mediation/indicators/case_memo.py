"""What stands beside the columns of form 9: the balance of the cases, rounds of screening, pending confirmations, rates.

Over a period the cases close (domain: the equation of acceptance): what was in mediation at its beginning, what was
accepted and what came in by hand-over is what was settled, failed, transferred, handed over, or is in mediation still.
A transfer that the receiver sends back is taken back, so that a case which goes on counts as never gone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from casework.figures import Indicator, Ratio
from mediation.indicators.case_codes import ARTICLE, KINDS, column
from mediation.indicators.handed import handed

TOWN_AND_VILLAGE = tuple(code for code, *_names in KINDS[:4])
CONFIRMATION = "mediation.judicialconfirmation"


def _memo(code: str, name: str, name_en: str, definition: str, **more: Any) -> Indicator:
    given = {"number": "", "unit": "件", "article": ARTICLE, **more}
    return Indicator(code=f"T9.{code}", name=name, name_en=name_en, definition=definition, **given)


STILL_OPEN = _memo(
    "B",
    "期末调解中案件数",
    "Cases in mediation",
    "截至期末已受理（含其他司法所移交转入）、尚未达成协议、未终止且未移交的案件数。",
    kind="balance",
    plus=(column(1), "T9.BI"),
    minus=(column(3), "T9.F", "T9.T", "T9.BO"),
    polarity="less",
)
INDICATORS = (
    _memo(
        "D",
        "民转刑案件死亡人数",
        "Deaths in disputes turned criminal",
        "本期纠纷激化转化为刑事案件造成的死亡人数，按发生日期计。",
        unit="人",
        event="escalated",
        of="mediation.escalation",
        where={"kind": "crime"},
        measure="deaths",
        polarity="less",
    ),
    _memo(
        "S",
        "排查次数",
        "Rounds of screening",
        "本期结束的矛盾纠纷排查次数，按结束日期计。",
        unit="次",
        event="screened",
        of="mediation.screeninground",
    ),
    _memo(
        "V",
        "镇村两级调解案件数",
        "Cases of town and village committees",
        "本期村、居、乡镇、街道调委会受理的案件数，按受理日期计。",
        event="accepted",
        where={"committee_kind": TOWN_AND_VILLAGE},
    ),
    # No office keeps these cases: without them the share of town and village committees would be of themselves.
    _memo(
        "X",
        "不经司法所受理的案件数",
        "Cases that no office handled",
        "本期县级调委会和行业性、专业性调委会等受理、不经司法所登记的案件数，由县级填报。",
        kind="typed",
        level="county",
    ),
    *handed("T9.B", "调解中案件", "Cases in mediation", ARTICLE),
    STILL_OPEN,
    replace(
        STILL_OPEN,
        code="T9.BS",
        name="期初调解中案件数",
        name_en="Cases in mediation at the beginning",
        definition="截至上期期末仍在调解中的案件数，口径与期末调解中案件数相同。",
        opening=True,
    ),
    _memo(
        "F",
        "调解不成案件数",
        "Failed cases",
        "本期终止调解、未达成协议的案件数，含当事人撤回。",
        article="人民调解法第二十六条",
        event="failed",
        polarity="less",
    ),
    _memo(
        "W",
        "其中当事人撤回",
        "Of which withdrawn by a party",
        "本期终止调解的案件中因当事人撤回或者退出而终止的件数。",
        article="人民调解法第二十六条",
        event="failed",
        where={"failure": "withdrawn"},
    ),
    _memo(
        "T",
        "受理后移交案件数",
        "Transferred cases",
        "本期受理后移交其他单位的案件数；对方退回、继续调解的不计。",
        article="人民调解法第二十五条",
        event="transferred",
    ),
    _memo(
        "C",
        "调解终结案件数",
        "Cases concluded",
        "本期达成调解协议的案件数与调解不成的案件数之和。",
        event="succeeded",
        also=("failed",),
    ),
    _memo(
        "E",
        "司法确认终止",
        "Confirmation not admitted or withdrawn",
        "本期申请司法确认后人民法院裁定不予受理或者当事人撤回申请的件数。",
        article="民诉法解释第三百五十三条至第三百五十八条",
        event="confirmation_ended",
        of=CONFIRMATION,
    ),
    *handed("T9.P", "待裁定司法确认", "Pending confirmations", "民事诉讼法第二百零六条", CONFIRMATION),
    _memo(
        "P",
        "期末待裁定司法确认",
        "Confirmations pending",
        "截至期末已申请司法确认、人民法院尚未裁定的件数。",
        article="民事诉讼法第二百零六条",
        kind="balance",
        plus=(column(44), "T9.PI"),
        minus=(column(45), column(46), "T9.E", "T9.PO"),
    ),
)
PRINTED = tuple(f"T9.{code}" for code in ("D", "S", "V", "X", "BS", "BI", "F", "W", "T", "BO", "B", "C", "E", "P"))
RATIOS = (
    Ratio(
        code="T9.R",
        name="调解成功率",
        name_en="Success rate",
        numerator=column(3),
        denominator=column(1),
        definition="调解成功案件数 ÷ 调解案件总数 × 100%。",
        polarity="more",
    ),
    # The public reports use the first; this one knows only what has come to an end, and is never more than 100 %.
    Ratio(
        code="T9.RC",
        name="终结案件成功率",
        name_en="Success rate of concluded cases",
        numerator=column(3),
        denominator="T9.C",
        definition="调解成功案件数 ÷（调解成功案件数＋调解不成案件数）× 100%。",
        polarity="more",
    ),
    Ratio(
        code="T9.VR",
        name="镇村调解占比",
        name_en="Share of town and village committees",
        numerator="T9.V",
        denominator=column(1),
        definition="村、居、乡镇、街道调委会案件数之和 ÷ 调解案件总数 × 100%。",
    ),
)
