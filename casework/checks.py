"""Wiring mistakes as system checks: they stop the start, not a clerk."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.template import TemplateDoesNotExist
from django.template.loader import get_template

from casework.lines import record_types, referrals_from
from casework.templatetags.casework import icon_shapes


@register()
def declarations_hold(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Check that every transition has a page, every paper a template, every list a first reduced column."""
    problems: list[CheckMessage] = []
    for record_type in record_types():
        pages = {step.transition for step in record_type.steps}
        # Taken when another record is opened out of this one.
        pages |= {referral.step for _target, referral in referrals_from(record_type.code)}
        problems += [
            Error(f"{record_type.code}: no page for the step {transition.code}", id="casework.E001")
            for transition in record_type.workflow.transitions
            if transition.code not in pages
        ]
        if record_type.icon not in icon_shapes():
            problems.append(Error(f"{record_type.code}: no icon {record_type.icon}", id="casework.E004"))
        for document in record_type.documents:
            try:
                get_template(document.template)
            except TemplateDoesNotExist:
                problems.append(Error(f"{record_type.code}: no template {document.template}", id="casework.E002"))
        unreachable = {state.code for state in record_type.workflow.states} - record_type.workflow.reachable()
        if unreachable:
            problems.append(Error(f"{record_type.code}: nobody reaches {sorted(unreachable)}", id="casework.E003"))
    return problems
