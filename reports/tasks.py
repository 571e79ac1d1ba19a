"""Celery's doors to the counting services."""
