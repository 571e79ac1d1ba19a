"""Who takes part through a guardian, and whose age must be known (Civil Code, articles 17 to 24, 34 and 35). Pure.

The ages are the Civil Code's own: no office may set them, so that they are no dated rules of the portal.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as translate

from casework.workflow import NotPossible

# Art. 17: of age is who has completed 18 years.
ADULT_FROM = 18
# Art. 18: who has completed 16 years and lives mainly on the own labour counts as having full capacity.
OWN_LABOUR_FROM = 16
# The pages that mend what a guard misses, as casework.workflow.NotPossible names them.
GUARDIAN_PAGE = "add_part/guardian"


def age_on(birth_date: date | None, day: date) -> int | None:
    """Return the completed years of age on a day, None when the birth date is unknown."""
    if birth_date is None:
        return None
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def is_minor(party: Any, day: date) -> bool:
    """Tell whether a party is known to be under 18 on a day."""
    age = age_on(party.birth_date, day)
    return party.kind == "person" and age is not None and age < ADULT_FROM


def has_full_capacity(party: Any, day: date) -> bool:
    """Tell whether a party acts for itself on a day, as far as is known: whose age is unknown does."""
    if party.kind != "person":
        return True
    if party.capacity:
        return False
    age = age_on(party.birth_date, day)
    return age is None or age >= ADULT_FROM or (age >= OWN_LABOUR_FROM and party.own_labour)


def age_is_unknown(party: Any) -> bool:
    """Tell whether nobody has said how old a person is; whoever has a guardian in any case need not say it."""
    return party.kind == "person" and party.birth_date is None and not party.capacity


def guardians_named(record: Any, facts: dict[str, Any]) -> None:
    """Arts. 19 to 23: a person without full capacity takes part, and agrees, through a guardian.

    Asked when mediation begins, for the rights are then told to the guardian too, and when an agreement is reached;
    not at acceptance: what a child asks for may be accepted before the guardian has come.
    """
    if unguarded := facts.get("unguarded"):
        text = translate(
            "%(names)s是未成年人或者限制、无民事行为能力人，须由监护人参加调解、签署协议"
            "（民法典第十九条至第二十三条），请先登记监护人。"
        )
        raise NotPossible(text % {"names": translate("、").join(unguarded)}, mend=GUARDIAN_PAGE)


def ages_known(record: Any, facts: dict[str, Any]) -> None:
    """Arts. 17 to 19: a written agreement names the age of those who sign it, and whoever is of age signs alone."""
    if ageless := facts.get("ageless"):
        text = translate(
            "%(names)s的出生日期没有填写，不能判断是否需要监护人签署（民法典第十七条至第十九条），请先修改当事人信息。"
        )
        raise NotPossible(text % {"names": translate("、").join(ageless)}, mend="amend")


def adults_confirmed(record: Any, facts: dict[str, Any]) -> None:
    """The same for an oral agreement, which has no signatures: that somebody is of age may be seen and ticked."""
    if ageless := facts.get("ageless"):
        text = translate(
            "%(names)s的出生日期没有填写：是成年人的，请勾选“已核实为成年人”；"
            "是未成年人的，请先填写出生日期、登记监护人（民法典第十七条至第十九条）。"
        )
        raise NotPossible(text % {"names": translate("、").join(ageless)}, mend="amend")
