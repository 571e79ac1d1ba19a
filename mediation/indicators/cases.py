"""Form 9: columns 1 to 57 of the ministry's table of mediated cases.

Basis: 司发通〔2010〕239号 with the column head in use since 2017; column 1 counts by acceptance, the cases still in
mediation are a memo column, the success rate is column 3 over column 1 (the other one stands beside it).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from casework.figures import Form, Indicator
from mediation.indicators import case_memo
from mediation.indicators.case_checks import RELATIONS, STREAKS
from mediation.indicators.case_codes import ARTICLE, KINDS, REFERRALS, TYPES, column, columns

PERFORMANCE = (
    (
        40,
        "已履行",
        "Performed",
        ("at_once", "full"),
        "本期达成的协议中已经履行完毕（含当即履行）的件数，按协议现在的履行情况计。",
    ),
    (
        41,
        "未到期",
        "Not yet due",
        ("not_due", "partial"),
        "本期达成的协议中履行期限未到（含部分履行）的件数，按协议现在的履行情况计。",
    ),
    (42, "未履行", "Not performed", ("refused",), "本期达成的协议中到期未履行的件数，按协议现在的履行情况计。"),
)
CONFIRMATIONS = (
    (44, "申请", "Applied for", "confirmation_applied", "本期当事人共同申请司法确认的件数，按申请日期计。"),
    (45, "裁定有效", "Confirmed", "confirmed", "本期人民法院裁定调解协议有效的件数，按裁定日期计。"),
    (46, "驳回", "Dismissed", "dismissed", "本期人民法院裁定驳回司法确认申请的件数，按裁定日期计。"),
)
DANGERS = (
    ("suicide", "自杀", "Suicide"),
    ("crime", "刑案", "Crime"),
    ("petition", "上访", "Group petition"),
    ("brawl", "械斗", "Group brawl"),
)


MEANT = {
    "suicide": "引起自杀",
    "crime": "转化为刑事案件",
    "petition": "引起群体性上访",
    "brawl": "引起群体性械斗",
}


def _column(number: int, name: str, name_en: str, definition: str, **more: Any) -> Indicator:
    given = {"unit": "件", "event": "accepted", "article": ARTICLE, **more}
    return Indicator(
        code=column(number), number=str(number), name=name, name_en=name_en, definition=definition, **given
    )


def _run(first: int, rows: tuple[tuple[str, str, str], ...], field: str, group: str, group_en: str) -> list[Indicator]:
    return [
        _column(
            number,
            name,
            name_en,
            f"本期受理的案件中属于“{name}”的件数。",
            where={field: code},
            group=group,
            group_en=group_en,
        )
        for number, (code, name, name_en) in enumerate(rows, start=first)
    ]


def _effects() -> list[Indicator]:
    """Return columns 47 to 54: cases and persons of each danger that mediation prevented."""
    found = []
    for place, (code, name, name_en) in enumerate(DANGERS):
        given = {"event": "effect", "of": "mediation.preventiveeffect", "where": {"kind": code}}
        given |= {"group": "防止激化", "group_en": "Escalation prevented"}
        said = f"本期调解防止民间纠纷{MEANT[code]}的"
        first = 47 + 2 * place
        found.append(
            _column(first, f"防止{name}件数", f"{name_en} (cases)", f"{said}案件数，按防止的日期计。", **given)
        )
        given |= {"unit": "人", "measure": "persons"}
        found.append(
            _column(first + 1, f"防止{name}人数", f"{name_en} (persons)", f"{said}人数，按防止的日期计。", **given)
        )
    return found


INDICATORS = (
    _column(1, "调解案件总数", "Cases mediated", "本期受理的人民调解案件数，按受理日期计。", polarity="neutral"),
    _column(2, "涉及当事人数", "Parties", "本期受理案件的当事人数之和。", unit="人", measure="party_count"),
    _column(
        3,
        "调解成功案件数",
        "Settled cases",
        "本期达成口头或者书面调解协议的案件数，按达成协议日期计。",
        event="succeeded",
        polarity="more",
    ),
    _column(4, "疑难复杂案件", "Difficult cases", "本期受理的案件中标明疑难复杂的件数。", where={"is_difficult": True}),
    _column(
        5,
        "协议涉及金额",
        "Amount agreed",
        "本期达成的调解协议所涉及的金额之和，按达成协议日期计。",
        unit="万元",
        event="succeeded",
        measure="agreed_amount",
        is_money=True,
    ),
    *_run(6, KINDS, "committee_kind", "不同主体调解情况", "By committee"),
    _column(
        12,
        "主动调解",
        "Ex officio",
        "调委会主动调解的件数。",
        where={"source": "ex_officio"},
        group="案件来源",
        group_en="Source",
    ),
    _column(
        13,
        "依申请调解",
        "On application",
        "依当事人申请调解的件数。",
        where={"source": "on_application"},
        group="案件来源",
        group_en="Source",
    ),
    _column(
        14,
        "接受委托移送调解",
        "By referral",
        "接受法院、检察院、公安、信访和其他部门委托移送调解的件数。",
        where={"source": tuple(code for code, *_ in REFERRALS)},
        group="案件来源",
        group_en="Source",
    ),
    *_run(15, REFERRALS, "source", "委托移送其中", "Of which referred by"),
    *_run(20, TYPES, "dispute_type", "案件分类", "By type"),
    _column(
        38,
        "口头协议",
        "Oral agreements",
        "本期达成的口头调解协议数。",
        event="succeeded",
        where={"agreement_form": "oral"},
        group="协议形式",
        group_en="Form of agreement",
    ),
    _column(
        39,
        "书面协议",
        "Written agreements",
        "本期达成的书面调解协议数。",
        event="succeeded",
        where={"agreement_form": "written"},
        group="协议形式",
        group_en="Form of agreement",
    ),
    *(
        _column(
            number,
            name,
            name_en,
            definition,
            event="succeeded",
            where={"performance": values},
            group="履行情况",
            group_en="Performance",
        )
        for number, name, name_en, values, definition in PERFORMANCE
    ),
    _column(
        43,
        "达成协议后反悔起诉",
        "Sued after agreement",
        "本期达成协议后一方反悔、向人民法院起诉的案件数，按起诉日期计。",
        event="sued",
        article="人民调解法第三十二条",
        group="履行情况",
        group_en="Performance",
        polarity="less",
    ),
    *(
        _column(
            number,
            name,
            name_en,
            definition,
            event=event,
            of="mediation.judicialconfirmation",
            article="人民调解法第三十三条；民事诉讼法第二百零五、二百零六条",
            group="司法确认",
            group_en="Judicial confirmation",
        )
        for number, name, name_en, event, definition in CONFIRMATIONS
    ),
    *_effects(),
    _column(
        55,
        "排查纠纷",
        "Disputes found in screening",
        "本期矛盾纠纷排查发现的纠纷件数，按发现日期计；排查次数另列。",
        event="found",
        of="mediation.screeningfinding",
        group="排查预防",
        group_en="Screening",
        version=2,
    ),
    _column(
        56,
        "预防纠纷",
        "Disputes prevented",
        "本期排查发现后就地化解的纠纷件数，按化解日期计。",
        event="prevented",
        of="mediation.screeningfinding",
        group="排查预防",
        group_en="Screening",
    ),
    _column(
        57,
        "民转刑案件",
        "Disputes turned criminal",
        "本期纠纷激化转化为刑事案件的件数，按发生日期计。",
        event="escalated",
        of="mediation.escalation",
        where={"kind": "crime"},
        group="激化后果",
        group_en="Escalation",
        polarity="less",
    ),
    *case_memo.INDICATORS,
)
FORMS = (
    Form(
        code="T9",
        form_no="鲁司统9表",
        title="人民调解案件情况统计表",
        title_en="People's mediation cases",
        issuer="山东省司法厅",
        approval_body="（由发文机关填写）",
        approval_no="（由发文机关填写）",
        valid_from=date(2022, 1, 1),
        valid_until=date(2027, 12, 31),
        unit_of_measure="件、人、次、万元",
        indicators=columns(1, 57),
        memo=case_memo.PRINTED,
        ratios=tuple(ratio.code for ratio in case_memo.RATIOS),
        headline=(column(1), column(3), "T9.R", column(2), column(5), column(4), "T9.RC", "T9.VR"),
        composition=columns(20, 37),
        relations=RELATIONS,
        streaks=STREAKS,
    ),
)
