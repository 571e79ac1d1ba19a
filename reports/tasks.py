"""Celery's door to the drain; importing it registers the jobs."""

from __future__ import annotations

from celery import shared_task

from reports import freezing, rendering, rollup

__all__ = ["drain", "freezing", "rendering"]


@shared_task(name="reports.drain")
def drain() -> None:
    """Bring the cells up to date."""
    rollup.drain()
