"""Work to be done outside a request. This table is the truth; the broker carries ids and may lose them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from casework.models.record import new_public_id
from offices.kinds import TableKind


class Job(models.Model):
    """One piece of work: kind, ids, asker, state, attempts and lease."""

    class State(models.TextChoices):
        """Where the work stands."""

        WAITING = "waiting", _("等待处理")
        RUNNING = "running", _("处理中")
        DONE = "done", _("已完成")
        DEAD = "dead", pgettext_lazy("job", "未能完成")

    public_id = models.CharField(max_length=10, unique=True, default=new_public_id, editable=False)
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    payload = models.JSONField(default=dict)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    membership = models.ForeignKey("offices.Membership", models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    run_after = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    progress = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=200, blank=True)
    result = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    table_kind = TableKind.OWN

    class Meta:
        ordering = ["-id"]
        constraints = [
            # A second click, a second beat or a repeated hint finds the open job instead of making another.
            models.UniqueConstraint(
                fields=["kind", "key"], condition=Q(state__in=["waiting", "running"]), name="job_open_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "running", "done", "dead"]), name="job_state_known"
            ),
        ]
        indexes = [
            models.Index(fields=["run_after"], condition=Q(state__in=["waiting", "running"]), name="job_open"),
            models.Index(fields=["user", "-id"], name="job_by_user"),
        ]
        verbose_name = _("任务")

    def __str__(self) -> str:
        return f"{self.kind} {self.key} ({self.state})"

    @property
    def is_open(self) -> bool:
        """Whether there is still something to wait for."""
        return self.state in {self.State.WAITING, self.State.RUNNING}
