"""Divisions of a project's images into splits."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from projects.models import Project, User


class SplitChange(models.Model):
    """One division of a project's images into splits, so that it can be said how they came to be, and undone.

    how: shares and seed (annotations.splits.plan.Division). moves: ids of the images that changed, by "was>now".
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="split_changes")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    how = models.JSONField(default=dict)
    moves = models.JSONField(default=dict)
    count = models.PositiveIntegerField(default=0)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"#{self.pk}"
