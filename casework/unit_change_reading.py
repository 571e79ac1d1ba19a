"""A change of units in words: its title, its facts, the villages that go along."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from casework.templatetags.casework import record_date, record_time
from offices.models import UnitChange, UnitChangeLine, Village

KIND = UnitChange.Kind


def title_of(change: UnitChange, lines: list[UnitChangeLine]) -> str:
    """Return a change in one sentence."""
    names = _("、").join(line.unit.short_name for line in lines)
    new = change.into.short_name if change.into else change.short_name
    texts = {
        KIND.RENAME: _("%(units)s更名为%(new)s"),
        KIND.MERGE: _("%(units)s并入%(new)s") if change.into else _("%(units)s合并为%(new)s"),
        KIND.SPLIT: _("%(units)s分设%(new)s"),
        KIND.MOVE: _("%(units)s划转%(county)s"),
    }
    if change.kind == KIND.RENAME and change.applied_at:
        return _("更名为%(new)s") % {"new": new}
    county = change.parent.area_name if change.parent else ""
    return texts[KIND(change.kind)] % {"units": names, "new": new, "county": county}


def facts_of(change: UnitChange, lines: list[UnitChangeLine]) -> list[tuple[Any, Any, bool]]:
    """Return the facts of a change as its page shows them: label, value, wide."""
    names = _("、").join(_coded(line.unit.name, line.unit.code) for line in lines)
    facts: list[tuple[Any, Any, bool]] = [
        (_("变更种类"), change.get_kind_display(), False),
        (_("生效日期"), record_date(change.effective_on), False),
        (_("原机构"), names, True),
    ]
    if change.into:
        facts.append((_("并入"), _coded(change.into.name, change.into.code), True))
    else:
        facts.append((_("变更后的名称"), _coded(change.name, change.code), True))
        facts.append((_("变更后的简称"), change.short_name, False))
        facts.append((_("变更后的辖区名称"), change.area_name, False))
    facts += [
        (_("批准文号"), change.paper, False),
        (_("变更理由"), change.reason, True),
        (_("起草"), f"{change.drafted_by.name} {record_time(change.drafted_at)}", False),
    ]
    if change.decided_by:
        facts.append((_("审定"), f"{change.decided_by.name} {record_time(change.decided_at)}", False))
    if change.note:
        facts.append((_("退回原因"), change.note, True))
    return facts


def villages_of(lines: list[UnitChangeLine]) -> list[str]:
    """Return the names of the villages that go along; those of a merger are known when it has taken effect."""
    keys = [key for line in lines for key in line.villages]
    return list(Village.objects.filter(pk__in=keys).order_by("code", "id").values_list("name", flat=True))


def _coded(name: str, code: str) -> str:
    return _("%(name)s（%(code)s）") % {"name": name, "code": code}
