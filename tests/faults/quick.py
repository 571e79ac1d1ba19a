"""The portal's Celery application with a tick every second for processes of the tests."""

from justice_portal.celery import app

app.conf.beat_schedule = {"tick": {"task": "casework.tick", "schedule": 1.0, "options": {"expires": 2}}}
