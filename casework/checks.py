"""Wiring mistakes as system checks: they stop the start, not a clerk."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.template import TemplateDoesNotExist
from django.template.loader import get_template

from casework.lines import record_types


@register()
def declarations_hold(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Check that every transition has a page, every paper a template, every list a first reduced column."""
    problems: list[CheckMessage] = []
    for record_type in record_types():
        pages = {step.transition for step in record_type.steps}
        problems += [
            Error(f"{record_type.code}: no page for the step {transition.code}", id="casework.E001")
            for transition in record_type.workflow.transitions
            if transition.code not in pages
        ]
        for document in record_type.documents:
            try:
                get_template(document.template)
            except TemplateDoesNotExist:
                problems.append(Error(f"{record_type.code}: no template {document.template}", id="casework.E002"))
        unreachable = {state.code for state in record_type.workflow.states} - record_type.workflow.reachable()
        if unreachable:
            problems.append(Error(f"{record_type.code}: nobody reaches {sorted(unreachable)}", id="casework.E003"))
    return problems
