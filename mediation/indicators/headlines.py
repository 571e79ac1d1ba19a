"""The sentences in which the province tells the mediation of its offices."""

from __future__ import annotations

from casework.figures import Headline
from mediation.indicators.case_codes import column

HEADLINES = (
    Headline(
        number=7,
        code="town_village_handled_count",
        name="镇村两级调委会排查调处矛盾纠纷",
        name_en="Disputes handled by town and village committees",
        unit="件",
        text="指导镇村两级调委会排查调处矛盾纠纷{value}件",
        form="T9",
        plus=("T9.V",),
    ),
    Headline(
        number=8,
        code="town_village_share",
        name="占矛盾纠纷调处总量",
        name_en="Share of all disputes handled",
        unit="%",
        text="占矛盾纠纷调处总量的{value}%",
        form="T9",
        plus=("T9.V",),
        # The whole includes what no office handled: the counties type it.
        of=(column(1), "T9.X"),
    ),
)
