"""Celery's doors to the drain and the month; importing it registers the jobs."""

from __future__ import annotations

from celery import shared_task

from reports import freezing, locking, rendering, reporting, restating, rollup, volumes

__all__ = ["drain", "freezing", "locking", "rendering", "restating", "volumes"]


@shared_task(name="reports.drain")
def drain() -> None:
    """Bring the cells up to date."""
    rollup.drain()


@shared_task(name="reports.open_last_month")
def open_last_month() -> None:
    """Lay out the monthly reports of the month that was over last."""
    reporting.open_last_month()
