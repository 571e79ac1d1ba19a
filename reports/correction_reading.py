"""Corrections in the words of a page: what waits for whom, one request with its cells and steps, what a sheet has of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.translation import gettext as _

from casework.workflow import NotPossible, Transition
from offices.models import Membership
from offices.permissions import may
from reports import words
from reports.correcting import CORRECTING, DESKS, OPEN, PASSED, RESTATING
from reports.definitions import Meaning
from reports.models import SheetCorrection, UnitSheet
from reports.month_editions import replacing
from reports.sheet_corrections import (
    Difference,
    against_filing,
    amounts_of,
    booked_of,
    facts_of,
    ledger_of,
    may_file,
    must_be_at_desk,
    open_month_of,
)
from reports.sheet_reading import address, meaning_of, title_of

SHOWN = 5
REFUSALS = frozenset(step.code for step in CORRECTING.transitions if step.code.startswith("refuse"))


def correction_address(correction: SheetCorrection, step: str = "") -> str:
    """Return the address of a request, or of one of its steps."""
    if step:
        return reverse("sheet_correction_step", args=[correction.public_id, step])
    return reverse("sheet_correction", args=[correction.public_id])


def desks_of(membership: Membership) -> list[str]:
    """Return the states in which a request waits for a person's desk."""
    return [
        state
        for state, level in DESKS.items()
        if membership.office.level == level
        and any(may(membership, step.action) for step in CORRECTING.possible(state) if step.decider != "filer")
    ]


def waiting_panel(membership: Membership) -> dict[str, Any] | None:
    """Return the requests that wait for a person's decision, for the first page; None where none does."""
    desks = desks_of(membership)
    if not desks:
        return None
    waiting = SheetCorrection.objects.filter(state__in=desks).exclude(filed_by=membership.user_id)
    items = [
        {
            "text": f"{one.unit_name} {title_of(one.form)} {words.month_name(one.month)}",
            "url": correction_address(one),
            "line": _("%(day)s 提出") % {"day": one.filed_on.isoformat()},
        }
        for one in waiting.order_by("filed_on", "pk")[:SHOWN]
    ]
    panel = {"title": _("待办的月报修正申请"), "template": "components/link_row.html", "items": items}
    return panel | {"actions": [{"label": _("全部申请"), "url": reverse("sheet_corrections")}]} if items else None


def choices_of(differences: Iterable[Difference], meaning: Meaning) -> list[tuple[str, str]]:
    """Return the cells that may be corrected as choices, with what stands in the sheet and in the ledger."""
    found, differing = [], {one.indicator: one for one in differences}
    for code, indicator in meaning.indicators.items():
        if code not in differing:
            continue
        one = differing[code]
        old, new = (words.count_text(value, is_money=indicator["is_money"]) for value in (one.old, one.new))
        text = _("%(name)s：报表 %(old)s，台账 %(new)s") % {"name": meaning.name_of(indicator), "old": old, "new": new}
        if one.is_settled:
            text = _("%(cell)s（已在之后的月份调整）") % {"cell": text}
        found.append((one.indicator, text))
    return found


def cells_of(correction: SheetCorrection, meaning: Meaning) -> list[dict[str, Any]]:
    """Return the cells of a request for its table; while it is open, with what the ledger has now."""
    is_open = correction.state in OPEN
    ledger = ledger_of(correction.sheet) if is_open else {}
    booked = booked_of(correction.sheet) if is_open else {}
    found = []
    for code, indicator in meaning.indicators.items():
        if code not in correction.cells:
            continue
        cell = correction.cells[code]
        is_money = indicator["is_money"]
        now = ledger.get(code)
        found.append(
            {
                "name": meaning.name_of(indicator),
                "unit": words.unit_name(indicator["unit"]),
                "is_headline": code in meaning.form["headline"],
                "old": words.count_text(cell["old"], is_money=is_money),
                "new": words.count_text(cell["new"], is_money=is_money),
                "change": _change(cell["new"] - cell["old"], is_money=is_money),
                "booked": _change(booked.get(code, 0), is_money=is_money) if booked.get(code) else "",
                "now": "" if now is None else words.count_text(now, is_money=is_money),
                "has_moved": now is not None and now != cell["new"],
            }
        )
    return found


def _change(amount: int, *, is_money: bool) -> str:
    text = words.count_text(abs(amount), is_money=is_money)
    return f"{'+' if amount > 0 else words.MINUS if amount < 0 else ''}{text}"


def advice_of(correction: SheetCorrection, meaning: Meaning) -> str:
    """Return what the rule says to who decides: a headline is restated, what is small is adjusted."""
    if correction.state != PASSED:
        return ""
    if headline := headlines_of(correction, meaning):
        names = [meaning.name_of(meaning.indicators[code]) for code in headline]
        return _("涉及公布的主要指标（%(names)s），一般应当修订这个月份。") % {"names": _("、").join(names)}
    return _("不涉及公布的主要指标，差额不大的，一般在当月调整。")


def headlines_of(correction: SheetCorrection, meaning: Meaning) -> list[str]:
    """Return those cells of a request that are published as headline figures."""
    return [code for code in meaning.indicators if code in correction.cells and code in meaning.form["headline"]]


def steps_of(correction: SheetCorrection, actor: Membership, meaning: Meaning) -> list[dict[str, Any]]:
    """Return the steps that lie on the actor's desk, each with its address or the reason why it is closed."""
    found: list[dict[str, Any]] = []
    facts: dict[str, Any] = {}
    usual = {"consent", "pass", "propose", "approve", "restate" if headlines_of(correction, meaning) else "adjust"}
    for step in CORRECTING.possible(correction.state):
        if not _lies_with(correction, actor, step):
            continue
        facts = facts or facts_of(correction, actor.user_id)
        reason = _against(step, correction, facts)
        url = correction_address(correction, step.code)
        primary = not reason and step.code in usual
        found.append({"label": step.label, "url": url, "reason": reason, "primary": primary})
    return found


def _lies_with(correction: SheetCorrection, actor: Membership, step: Transition) -> bool:
    if step.code == "withdraw" and correction.filed_by_id != actor.user_id:
        return False
    return is_at_desk(correction, actor, step.code)


def is_at_desk(correction: SheetCorrection, actor: Membership, step: str) -> bool:
    """Tell whether a step is the person's to take."""
    try:
        must_be_at_desk(correction, actor, step)
    except PermissionDenied:
        return False
    return True


def _against(step: Transition, correction: SheetCorrection, facts: dict[str, Any]) -> str:
    """Return why a step is closed; what its form will ask for is no reason."""
    try:
        if step.guard:
            step.guard(correction, facts | {"note": "-"})
    except NotPossible as reason:
        return str(reason)
    return ""


def about_step(correction: SheetCorrection, step: str, meaning: Meaning) -> str:
    """Say what a step does before it is confirmed."""
    if step == "adjust":
        parts = [
            f"{meaning.name_of(meaning.indicators[code])} "
            f"{_change(amount, is_money=meaning.indicators[code]['is_money'])}"
            for code, amount in amounts_of(correction).items()
        ]
        text = _("锁定的月份不变；差额记入%(month)s的本年累计，随报表列出并注明原因：%(cells)s。")
        month = words.month_name(open_month_of(correction.sheet))
        return text % {"month": month, "cells": _("、").join(parts)}
    if step in RESTATING:
        return _(
            "按台账重新固定这个司法所的报表，县、市、省逐级重新汇总，全省合成新的一版；原来的版次保留，注明已被替代。"
        )
    if step == "propose":
        return _("往年的月份须经省厅领导同意才能修订。")
    if step in REFUSALS:
        return _("不同意后申请办结，报表不变；理由会告诉申请单位。")
    return _("确认后立即生效，并记入办理动态。")


def history_of(correction: SheetCorrection) -> list[dict[str, Any]]:
    """Return the steps of a request for its timeline, newest first."""
    labels = {step.code: step.label for step in CORRECTING.transitions} | {"file": _("提出申请")}
    return [
        {"title": labels[step.kind], "by": step.user.name, "at": step.at, "text": step.note, "kind": "key"}
        for step in correction.steps.select_related("user").order_by("-id")
    ]


def outcome_of(correction: SheetCorrection) -> str:
    """Say what became of a request; empty while it is on its way."""
    if correction.made:
        return _("已合成第 %(n)d 版") % {"n": correction.made}
    if correction.into:
        return _("差额记入%(month)s的本年累计") % {"month": words.month_name(correction.into)}
    return ""


def versions_around(sheet: UnitSheet, reader: Membership) -> dict[str, Any]:
    """Return what a sheet's page says of its versions, its requests and what was adjusted in it."""
    newer = replacing(sheet) if sheet.state in {"locked", "missing"} else None
    meaning = meaning_of(sheet)
    reason = against_filing(sheet) if may_file(sheet, reader) and sheet.state in {"locked", "missing"} else None
    return {
        "version": _("第 %(n)d 版") % {"n": sheet.version},
        "replaced": _("这一版已被第 %(n)d 版替代。") % {"n": newer.version} if newer else "",
        "replaced_url": address(newer) if newer else "",
        "file_url": reverse("file_sheet_correction", args=[sheet.public_id]) if reason == "" else "",
        "corrections": [
            {"text": one.reason, "url": correction_address(one), "state": CORRECTING.state(one.state)}
            for one in SheetCorrection.objects.filter(sheet=sheet)
        ],
        "adjustments": [
            {
                "unit": item["unit_name"],
                "name": meaning.name_of(indicator),
                "amount": _change(item["amount"], is_money=indicator["is_money"]),
                "note": words.in_chinese(item["note"]),
            }
            for item in sheet.adjustments
            if (indicator := meaning.indicators.get(item["indicator"]))
        ],
    }
