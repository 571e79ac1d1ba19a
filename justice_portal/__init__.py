"""Wiring only: settings, addresses, servers. No business word lives here."""

# Without this import task.delay() in a web process would address Celery's default broker.
from justice_portal.celery import app as celery_app

__all__ = ["celery_app"]
