"""What all work of the worker `default` has in common that is asked for, followed, and ends."""

from __future__ import annotations

from typing import ClassVar

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from django_q.tasks import async_task

from projects.models.users import User


class Job(models.Model):
    """TASK: the dotted path of what the worker calls with the job's id.

    attempts: how often a worker took it up. lease: of the worker that has it now (projects.jobs.hold). done, total: how
    far it is.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    TASK: ClassVar[str]
    OPEN = (State.QUEUED, State.RUNNING)

    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.QUEUED)
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("total"), default=0)
    lease = models.CharField(max_length=32, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("created by"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    @property
    def is_live(self) -> bool:
        """Whether a worker has it, or will."""
        return self.state in self.OPEN

    @property
    def share(self) -> int:
        """Percent of it."""
        return 100 * self.done // self.total if self.total else 0

    def enqueue(self) -> None:
        """Asks a worker for it, once the row is there for it to see. A second message does nothing."""
        name = f"{self._meta.model_name} {self.pk}"
        transaction.on_commit(lambda: async_task(self.TASK, self.pk, task_name=name))
