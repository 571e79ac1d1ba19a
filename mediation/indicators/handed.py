"""What hand-overs between offices add to a balance and take from it, so that it closes for every unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casework.figures import Indicator
from casework.models import HANDED_IN, HANDED_OUT


def handed(
    balance: str, what: str, what_en: str, article: str, of: str = "", where: Mapping[str, Any] | None = None
) -> tuple[Indicator, Indicator]:
    """Return the two flows of a balance: what came in by hand-over (code + I) and what went out (code + O).

    ``article`` is that of the balance, ``where`` what its other flows ask of the record. They count what stands in the
    balance on the day of the hand-over, and nothing else.
    """
    return (
        Indicator(
            code=f"{balance}I",
            number="",
            name=f"{what}转入",
            name_en=f"{what_en}, received from other offices",
            unit="件",
            definition=f"本期接收其他司法所移交的{what}件数，按接收日期计。",
            article=article,
            event=HANDED_IN,
            of=of,
            where=where or {},
        ),
        Indicator(
            code=f"{balance}O",
            number="",
            name=f"{what}转出",
            name_en=f"{what_en}, handed over to other offices",
            unit="件",
            definition=f"本期移交其他司法所的{what}件数，按对方接收日期计。",
            article=article,
            event=HANDED_OUT,
            of=of,
            where=where or {},
        ),
    )
