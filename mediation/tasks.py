"""Celery's door to the watch over alerts."""

from __future__ import annotations

from celery import shared_task

from mediation.services.alerts import escalate_alerts


@shared_task(name="mediation.escalate_alerts")
def escalate() -> None:
    """Escalate alerts that nobody has acknowledged in time."""
    escalate_alerts()
