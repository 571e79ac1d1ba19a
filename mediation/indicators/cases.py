"""Form 9: columns 1 to 57 of the ministry's table of mediated cases, and its check relations.

Basis: 司发通〔2010〕239号 with the column head in use since 2017; column 1 counts by acceptance, the cases still in
mediation are a memo column, the success rate is column 3 over column 1.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from casework.figures import Form, Indicator, Ratio, Relation
from mediation.indicators.handed import handed

ARTICLE = "司发通〔2010〕239号；人民调解法第十条"
KINDS = (
    ("village", "村调委会", "Village committees"),
    ("community", "居调委会", "Community committees"),
    ("township", "乡镇调委会", "Township committees"),
    ("subdistrict", "街道调委会", "Sub-district committees"),
    ("enterprise", "企事业单位调委会", "Enterprise and institution committees"),
    ("organisation", "社会团体和其他组织调委会", "Committees of social and other organisations"),
)
REFERRALS = (
    ("referral_court", "法院委托移送", "Referred by courts"),
    ("referral_procuratorate", "检察院委托移送", "Referred by procuratorates"),
    ("referral_police", "公安机关委托移送", "Referred by the police"),
    ("referral_petition", "信访部门委托移送", "Referred by petition offices"),
    ("referral_other", "其他部门委托移送", "Referred by other departments"),
)
TYPES = (
    ("marriage_family", "婚姻家庭纠纷", "Marriage and family"),
    ("neighbourhood", "邻里纠纷", "Neighbourhood"),
    ("house_homestead", "房屋宅基地纠纷", "House and homestead"),
    ("contract", "合同纠纷", "Contract"),
    ("production_business", "生产经营纠纷", "Production and business"),
    ("damages", "损害赔偿纠纷", "Damages"),
    ("forest_land", "山林土地纠纷", "Forest and land"),
    ("expropriation", "征地拆迁纠纷", "Expropriation and demolition"),
    ("environment", "环境污染纠纷", "Environmental pollution"),
    ("migrant_wage", "拖欠农民工工资纠纷", "Unpaid wages of migrant workers"),
    ("labour_other", "其他劳动争议纠纷", "Other labour disputes"),
    ("tourism", "旅游纠纷", "Tourism"),
    ("e_commerce", "电子商务纠纷", "E-commerce"),
    ("consumer_other", "其他消费纠纷", "Other consumer disputes"),
    ("medical", "医疗纠纷", "Medical"),
    ("road_traffic", "道路交通事故纠纷", "Road traffic accidents"),
    ("property_mgmt", "物业纠纷", "Property management"),
    ("other", "其他纠纷", "Other"),
)


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


def column(number: int) -> str:
    """Return the code of a column of the table."""
    return f"T9.{number:02}"


def columns(first: int, last: int) -> tuple[str, ...]:
    """Return the codes of a run of columns, both ends included."""
    return tuple(column(number) for number in range(first, last + 1))


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
        "Rounds of screening",
        "本期结束的矛盾纠纷排查次数，按结束日期计。",
        unit="次",
        event="screened",
        of="mediation.screeninground",
        group="排查预防",
        group_en="Screening",
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
    Indicator(
        code="T9.D",
        number="",
        name="民转刑案件死亡人数",
        name_en="Deaths in disputes turned criminal",
        unit="人",
        definition="本期纠纷激化转化为刑事案件造成的死亡人数，按发生日期计。",
        article=ARTICLE,
        event="escalated",
        of="mediation.escalation",
        where={"kind": "crime"},
        measure="deaths",
        polarity="less",
    ),
    Indicator(
        code="T9.W",
        number="",
        name="其中当事人撤回",
        name_en="Of which withdrawn by a party",
        unit="件",
        definition="本期终止调解的案件中因当事人撤回或者退出而终止的件数。",
        article="人民调解法第二十六条",
        event="failed",
        where={"failure": "withdrawn"},
    ),
    Indicator(
        code="T9.E",
        number="",
        name="司法确认终止",
        name_en="Confirmation not admitted or withdrawn",
        unit="件",
        definition="本期申请司法确认后人民法院裁定不予受理或者当事人撤回申请的件数。",
        article="民诉法解释第三百五十三条至第三百五十八条",
        event="confirmation_ended",
        of="mediation.judicialconfirmation",
    ),
    *handed(
        "T9.P", "待裁定司法确认", "Pending confirmations", "民事诉讼法第二百零六条", "mediation.judicialconfirmation"
    ),
    Indicator(
        code="T9.P",
        number="",
        name="期末待裁定司法确认",
        name_en="Confirmations pending",
        unit="件",
        definition="截至期末已申请司法确认、人民法院尚未裁定的件数。",
        article="民事诉讼法第二百零六条",
        kind="balance",
        plus=(column(44), "T9.PI"),
        minus=(column(45), column(46), "T9.E", "T9.PO"),
    ),
    Indicator(
        code="T9.F",
        number="",
        name="调解不成案件数",
        name_en="Failed cases",
        unit="件",
        definition="本期终止调解、未达成协议的案件数。",
        article="人民调解法第二十六条",
        event="failed",
        polarity="less",
    ),
    Indicator(
        code="T9.T",
        number="",
        name="受理后移交案件数",
        name_en="Transferred cases",
        unit="件",
        definition="本期受理后移交其他单位的案件数。",
        article="人民调解法第二十五条",
        event="transferred",
    ),
    *handed("T9.B", "调解中案件", "Cases in mediation", ARTICLE),
    Indicator(
        code="T9.B",
        number="",
        name="期末调解中案件数",
        name_en="Cases in mediation",
        unit="件",
        definition="截至期末已受理（含其他司法所移交转入）、尚未达成协议、未终止且未移交的案件数。",
        article=ARTICLE,
        kind="balance",
        plus=(column(1), "T9.BI"),
        minus=(column(3), "T9.F", "T9.T", "T9.BO"),
        polarity="less",
    ),
)
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
        unit_of_measure="件、人、万元",
        indicators=columns(1, 57),
        memo=("T9.D", "T9.F", "T9.W", "T9.T", "T9.BI", "T9.BO", "T9.B", "T9.E", "T9.P"),
        ratios=("T9.R",),
        headline=(column(1), column(3), "T9.R", column(2), column(5), column(4)),
        composition=columns(20, 37),
        relations=(
            Relation(name="1 = 6 + … + 11", left=(column(1),), sign="=", right=columns(6, 11)),
            Relation(name="1 = 12 + 13 + 14", left=(column(1),), sign="=", right=columns(12, 14)),
            Relation(name="14 = 15 + … + 19", left=(column(14),), sign="=", right=columns(15, 19)),
            Relation(name="1 = 20 + … + 37", left=(column(1),), sign="=", right=columns(20, 37)),
            Relation(name="3 = 38 + 39", left=(column(3),), sign="=", right=columns(38, 39)),
            Relation(name="3 ≤ 1", left=(column(3),), sign="<=", right=(column(1),), hard=False),
            Relation(name="3 = 40 + 41 + 42", left=(column(3),), sign="=", right=columns(40, 42), hard=False),
            Relation(name="44 ≤ 39", left=(column(44),), sign="<=", right=(column(39),), hard=False),
            # What is ruled on was applied for now or earlier: what is pending cannot be less than nothing.
            Relation(name="45 + 46 ≤ 44 + …", left=("T9.P",), sign=">=", right=()),
            *(
                Relation(name=f"{cases + 1} ≥ {cases}", left=(column(cases + 1),), sign=">=", right=(column(cases),))
                for cases in (47, 49, 51, 53)
            ),
            Relation(name="2 ≥ 2 × 1", left=(column(2),), sign=">=", right=(column(1), column(1)), hard=False),
        ),
    ),
)
