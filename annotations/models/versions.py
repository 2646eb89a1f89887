"""Versions of a project's labels: named, immutable; what they hold lies in blocks that versions share."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from projects.append_only import AppendOnly
from projects.models import Job, Project, User


class VersionBlock(AppendOnly):
    """Some hundred images with their boxes, packed (annotations.versions.blocks).

    key: SHA-256 of its images as they were, with their versions. place: which stretch of image numbers it is of.
    boxes: how many of each class.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    place = models.PositiveBigIntegerField()
    boxes = models.JSONField(default=dict)
    data = models.BinaryField()

    class Meta:
        verbose_name = _("block of a version")
        verbose_name_plural = _("blocks of versions")
        constraints: ClassVar = [models.UniqueConstraint(fields=["project", "key"], name="version_block_once")]

    def __str__(self) -> str:
        return self.key[:8]


class DatasetVersion(AppendOnly):
    """A project's labels at one moment: images by hash, boxes, classes, splits and what was complete. It never changes,
    whatever is renamed or deleted later.

    classes: [{id, number, name, color, position, attributes}] in their order. datasets: [{id, name}]. blocks: ids of
    its blocks in the order of their images. figures: {images, labelled, boxes, complete, splits, classes: {id: {boxes,
    complete}}}.
    """

    class Reason(TextChoices):
        MADE = "made", _("Made by hand")
        RUN = "run", _("A run learned from it")
        RESTORE = "restore", _("Kept around a restore")
        COMPARED = "compared", _("Compared with another")

    project = models.ForeignKey(Project, models.CASCADE, related_name="versions", verbose_name=_("project"))
    number = models.PositiveIntegerField(_("number"))
    name = models.CharField(_("name"), max_length=120, blank=True)
    notes = models.TextField(_("notes"), blank=True)
    reason = models.CharField(_("reason"), max_length=8, choices=Reason.choices)
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("made by"))
    made_at = models.DateTimeField(_("made"))
    classes = models.JSONField(_("classes"), default=list)
    datasets = models.JSONField(_("datasets"), default=list)
    blocks = models.JSONField(default=list)
    figures = models.JSONField(_("figures"), default=dict)

    class Meta:
        ordering: ClassVar = ["-number"]
        verbose_name = _("dataset version")
        verbose_name_plural = _("dataset versions")
        constraints: ClassVar = [models.UniqueConstraint(fields=["project", "number"], name="version_number_once")]

    def __str__(self) -> str:
        return f"v{self.number}"

    @property
    def class_names(self) -> dict[int, str]:
        return {row["id"]: row["name"] for row in self.classes}


class VersionExport(models.Model):
    """An export of a version and the hash of its bytes: the same choice gives the same bytes again.

    choice: what was asked for, as it stands in the address.
    """

    version = models.ForeignKey(DatasetVersion, models.CASCADE, related_name="exports")
    choice = models.CharField(max_length=300)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    bytes = models.PositiveBigIntegerField(_("size"))
    at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("export of a version")
        verbose_name_plural = _("exports of versions")
        constraints: ClassVar = [models.UniqueConstraint(fields=["version", "choice"], name="version_export_once")]

    def __str__(self) -> str:
        return self.sha256[:8]


class VersionComparison(models.Model):
    """What differs between two versions. Neither changes, so it is looked for once.

    figures: annotations.versions.comparison.Figures. images: which differ, packed by annotations.versions.queries.
    """

    before = models.ForeignKey(DatasetVersion, models.CASCADE, related_name="+")
    after = models.ForeignKey(DatasetVersion, models.CASCADE, related_name="+")
    figures = models.JSONField(default=dict)
    images = models.BinaryField()

    class Meta:
        verbose_name = _("comparison of versions")
        verbose_name_plural = _("comparisons of versions")
        constraints: ClassVar = [models.UniqueConstraint(fields=["before", "after"], name="comparison_once")]

    def __str__(self) -> str:
        return f"{self.before_id}:{self.after_id}"


class Restore(Job):
    """A project, or one of its datasets, on its way back to a version, by the worker `default`; or back from it again.

    before, after: versions around it. undoes: the restore that this one takes back. done, total: images. result:
    {added, moved, removed, relabelled, complete, splits, gone, stayed, classes}, counts and names of images.
    """

    TASK = "annotations.versions.restores.run_restore"

    project = models.ForeignKey(Project, models.CASCADE, related_name="restores", verbose_name=_("project"))
    version = models.ForeignKey(DatasetVersion, models.CASCADE, related_name="restores", verbose_name=_("version"))
    dataset = models.ForeignKey("projects.Dataset", models.SET_NULL, null=True, related_name="+")
    whole = models.BooleanField(default=True)
    before = models.ForeignKey(DatasetVersion, models.CASCADE, null=True, related_name="+")
    after = models.ForeignKey(DatasetVersion, models.CASCADE, null=True, related_name="+")
    undoes = models.OneToOneField("self", models.CASCADE, null=True, related_name="undone_by")
    result = models.JSONField(_("result"), default=dict)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("restore")
        verbose_name_plural = _("restores")

    def __str__(self) -> str:
        return f"#{self.pk}"
