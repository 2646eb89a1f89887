"""Changes of many boxes at once, each of which can be undone as one."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from projects.models import Job, Project, User


class BulkEdit(Job):
    """One change of many boxes, and perhaps its way back. Each is a step for the worker; small ones are done at once.

    choice: which boxes, and what becomes of them (annotations.bulk_edits.choice). done, total: boxes. count: how many
    changed. stayed: how many did not, since somebody else was quicker. problem: why it failed, in words.
    undone_by: who asked for the way back; undone_at: when it was gone.
    """

    TASK = "annotations.bulk_edits.jobs.run_step"

    class Kind(models.TextChoices):
        RELABEL = "relabel", _("Other class")
        DELETE = "delete", _("Deleted")
        SEND_BACK = "send_back", _("Sent back")
        MERGE = "merge", _("Merged classes")

    class Step(models.TextChoices):
        APPLY = "apply", _("Changing boxes")
        UNDO = "undo", _("Undoing")

    project = models.ForeignKey(
        Project, models.CASCADE, related_name="bulk_edits", db_index=False, verbose_name=_("project")
    )
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices)
    step = models.CharField(max_length=5, choices=Step.choices, default=Step.APPLY)
    choice = models.JSONField(default=dict)
    count = models.PositiveIntegerField(_("boxes"), default=0)
    stayed = models.PositiveIntegerField(default=0)
    problem = models.CharField(_("problem"), max_length=500, blank=True)
    undone_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("change of many boxes")
        verbose_name_plural = _("changes of many boxes")
        indexes: ClassVar = [
            models.Index(fields=["project", "-id"]),
            models.Index(fields=["state", "updated_at"]),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def is_undoable(self) -> bool:
        """Whether it has changed something, and no worker is at it."""
        return not self.is_live and self.undone_at is None and (self.count > 0 or self.kind == self.Kind.MERGE)


class BulkEditPart(models.Model):
    """What one transaction of a change did (annotations.bulk_edits.record), written in that transaction."""

    edit = models.ForeignKey(BulkEdit, models.CASCADE, related_name="parts")
    data = models.JSONField(default=dict)
    undone = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["id"]
