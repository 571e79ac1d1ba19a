"""The check relations of form 9 (审核关系): hard ones stop the issuing of a month, soft ones are printed as a warning.

Column 1 counts by acceptance, columns 3 and 44 by their own days: a case of December may be settled in January, and an
agreement of March be confirmed in April. Between them a month, and a year to date, can only be warned of.
"""

from __future__ import annotations

from casework.figures import Relation, Streak
from mediation.indicators.case_codes import column, columns


def _equal(name: str, left: tuple[str, ...], right: tuple[str, ...], meaning: str, *, hard: bool = True) -> Relation:
    return Relation(name=name, left=left, sign="=", right=right, hard=hard, meaning=meaning)


ONE, SETTLED = (column(1),), (column(3),)
RELATIONS = (
    _equal("1 = 6 + … + 11", ONE, columns(6, 11), "调解案件总数应等于各类调委会案件数之和"),
    _equal("1 = 12 + 13 + 14", ONE, columns(12, 14), "调解案件总数应等于各种来源案件数之和"),
    _equal("14 = 15 + … + 19", (column(14),), columns(15, 19), "接受委托移送调解数应等于各部门委托移送数之和"),
    _equal("1 = 20 + … + 37", ONE, columns(20, 37), "调解案件总数应等于各类纠纷案件数之和"),
    _equal("3 = 38 + 39", SETTLED, columns(38, 39), "调解成功案件数应等于口头协议与书面协议之和"),
    _equal("镇村 = 6 + 7 + 8 + 9", ("T9.V",), columns(6, 9), "镇村两级案件数应等于村、居、乡镇、街道调委会之和"),
    _equal("终结 = 3 + 不成", ("T9.C",), (column(3), "T9.F"), "调解终结案件数应等于调解成功与调解不成之和"),
    # The equation of acceptance. What failed holds what a party withdrew; what was sent back counts as never gone.
    _equal(
        "期初 + 1 + 转入 = 3 + 不成 + 移交 + 转出 + 期末",
        ("T9.BS", column(1), "T9.BI"),
        (column(3), "T9.F", "T9.T", "T9.BO", "T9.B"),
        "期初调解中、本期受理与转入之和应等于调解成功、调解不成、移交、转出与期末调解中之和",
    ),
    Relation(
        name="期末 ≥ 0",
        left=("T9.B",),
        sign=">=",
        right=(),
        meaning="期末调解中案件数不应小于零，请核对受理和结果的日期",
    ),
    Relation(
        name="撤回 ≤ 不成", left=("T9.W",), sign="<=", right=("T9.F",), meaning="当事人撤回的案件应包括在调解不成之内"
    ),
    Relation(
        name="3 ≤ 1",
        left=SETTLED,
        sign="<=",
        right=ONE,
        hard=False,
        meaning="本月调解成功一般不多于受理（上月受理本月成功的除外）",
    ),
    Relation(
        name="3 ≤ 1（本年累计）",
        left=SETTLED,
        sign="<=",
        right=ONE,
        hard=False,
        period="ytd",
        meaning="本年累计调解成功一般不多于受理（上年受理本年成功的除外）",
    ),
    _equal(
        "3 = 40 + 41 + 42",
        SETTLED,
        columns(40, 42),
        "调解成功案件数应等于已履行、未到期、未履行之和",
        hard=False,
    ),
    Relation(
        name="44 ≤ 39",
        left=(column(44),),
        sign="<=",
        right=(column(39),),
        hard=False,
        meaning="申请司法确认一般不多于书面协议（上月协议本月申请的除外）",
    ),
    # What is ruled on was applied for now or earlier: what is pending cannot be less than nothing.
    Relation(
        name="45 + 46 ≤ 44 + …",
        left=("T9.P",),
        sign=">=",
        right=(),
        meaning="裁定的司法确认不应多于本期申请与以前未裁定之和",
    ),
    *(
        Relation(
            name=f"{cases + 1} ≥ {cases}",
            left=(column(cases + 1),),
            sign=">=",
            right=(column(cases),),
            meaning="防止激化的人数不应少于件数",
        )
        for cases in (47, 49, 51, 53)
    ),
    Relation(
        name="2 ≥ 2 × 1",
        left=(column(2),),
        sign=">=",
        right=(column(1), column(1)),
        hard=False,
        meaning="每件纠纷至少有双方当事人，当事人数不应少于案件数的两倍",
    ),
)
# The country's rate was 96.5 % in 2025: who never fails for a quarter, with some ten cases, has hardly recorded them all.
STREAKS = (
    Streak(
        name="连续成功率",
        good=column(3),
        bad="T9.F",
        months=3,
        least=10,
        meaning="连续三个月没有一件调解不成的，请核实是否漏登",
    ),
)
