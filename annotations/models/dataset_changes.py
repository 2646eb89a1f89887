"""Changes of whole datasets, each of which can be undone as one."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from projects.models import Job, Project, User


class DatasetChange(Job):
    """One change of many images, and perhaps its way back. Each is a step for the worker; small ones are done at once.

    project: that the images are of before. choice: which images, and where they go (annotations.datasets.choice). done,
    total: images. count: how many changed. boxes: how many came along to another image. stayed: images that did not
    change, since their picture is there already, or since nobody can tell where its boxes lie in the other.
    undone_by: who asked for the way back; undone_at: when it was gone.
    """

    TASK = "annotations.datasets.jobs.run_step"

    class Kind(models.TextChoices):
        MERGE = "merge", _("Merged datasets")
        SPLIT = "split", _("Split dataset")
        MOVE = "move", _("Moved to another project")
        COPY = "copy", _("Copied to another project")
        COPIES = "copies", _("Resolved near-copies")

    class Step(models.TextChoices):
        APPLY = "apply", _("Changing images")
        UNDO = "undo", _("Undoing")

    project = models.ForeignKey(
        Project, models.CASCADE, related_name="dataset_changes", db_index=False, verbose_name=_("project")
    )
    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices)
    step = models.CharField(_("step"), max_length=5, choices=Step.choices, default=Step.APPLY)
    choice = models.JSONField(_("choice"), default=dict)
    count = models.PositiveIntegerField(_("images"), default=0)
    boxes = models.PositiveIntegerField(_("boxes"), default=0)
    stayed = models.PositiveIntegerField(_("stayed"), default=0)
    problem = models.CharField(_("problem"), max_length=500, blank=True)
    undone_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("undone by"))
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("change of a dataset")
        verbose_name_plural = _("changes of datasets")
        indexes: ClassVar = [
            models.Index(fields=["project", "-id"]),
            models.Index(fields=["state", "updated_at"]),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def is_undoable(self) -> bool:
        """Whether it has changed something, and no worker is at it."""
        return not self.is_live and self.undone_at is None and self.count > 0


class DatasetChangePart(models.Model):
    """What one transaction of a change did (annotations.datasets.record), written in that transaction."""

    change = models.ForeignKey(DatasetChange, models.CASCADE, related_name="parts")
    data = models.JSONField(default=dict)
    undone = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["id"]
