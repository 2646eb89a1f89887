"""Divisions of a project's images into splits."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from projects.models import Job, Project, User


class SplitChange(Job):
    """One division of a project's images into splits, and perhaps its way back. Each is a step for the worker.

    how: shares and seed (annotations.splits.plan.Division). moves: ids of images by "was>now", as they were dealt out;
    who is elsewhere by the time stays there. count: how many of them changed. problem: why it failed, in words.
    undone_by: who asked for the way back; undone_at: when all of it had been gone.
    """

    TASK = "annotations.splits.jobs.run_step"

    class Step(models.TextChoices):
        DIVIDE = "divide", _("Dividing")
        UNDO = "undo", _("Undoing")

    project = models.ForeignKey(Project, models.CASCADE, related_name="split_changes")
    step = models.CharField(max_length=6, choices=Step.choices, default=Step.DIVIDE)
    how = models.JSONField(default=dict)
    moves = models.JSONField(default=dict)
    count = models.PositiveIntegerField(default=0)
    problem = models.CharField(_("problem"), max_length=500, blank=True)
    undone_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def is_undoable(self) -> bool:
        """Whether it has changed something, and no worker is at it."""
        return not self.is_live and self.undone_at is None and self.count > 0
