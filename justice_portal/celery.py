"""The Celery application: tasks carry ids only, the job table in PostgreSQL is the truth."""

import os

from celery import Celery
from celery.signals import worker_init

from justice_portal.least_privilege import refuse_owner_address

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "justice_portal.settings")

app = Celery("justice_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def check_privilege(**kwargs: object) -> None:
    """Stop a worker that holds the owner's address."""
    refuse_owner_address()
