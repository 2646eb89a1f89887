"""Datasets, their images, and the imports that bring many."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from projects.models.jobs import Job
from projects.models.projects import Project
from projects.models.users import User


class Dataset(models.Model):
    project = models.ForeignKey(Project, models.CASCADE, related_name="datasets", verbose_name=_("project"))
    name = models.CharField(_("name"), max_length=120)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("dataset")
        verbose_name_plural = _("datasets")
        constraints: ClassVar = [models.UniqueConstraint(fields=["project", "name"], name="dataset_name_in_project")]

    def __str__(self) -> str:
        return self.name


def _band(number: int) -> models.GeneratedField:
    """Sixteen bits of `waves`: looks that are near one another are found by what their bands share
    (projects.images.duplicates).
    """
    bits = models.F("waves").bitrightshift(16 * number).bitand(0xFFFF)
    return models.GeneratedField(expression=bits, output_field=models.IntegerField(null=True), db_persist=True)


def _image_path(image: Image, filename: str) -> str:
    return f"images/{image.project_id}/{image.key.hex}/{filename}"


class Image(models.Model):
    """One picture, upright. `version` grows with every change of its boxes, so a stale write is seen.

    width, height: pixels of the upright picture. sha256: of the bytes as uploaded. waves, edges: its perceptual hash.
    compared: was it looked for among the project's other images? group: a number that it shares with its copies, exact
    or near; None where it had none. Copies may have been deleted since, so a group can hold one image. split: which
    part of the data it belongs to, "" where nobody said; nothing is ever learned from a test image.
    """

    class Split(models.TextChoices):
        TRAIN = "train", _("Train")
        VAL = "val", _("Validation")
        TEST = "test", _("Test")

    project = models.ForeignKey(Project, models.CASCADE, related_name="images", verbose_name=_("project"))
    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="images", verbose_name=_("dataset"))
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=255)
    file = models.FileField(_("file"), upload_to=_image_path, max_length=300)
    thumb = models.FileField(upload_to=_image_path, max_length=300)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    bytes = models.PositiveBigIntegerField()
    version = models.PositiveIntegerField(_("version"), default=1)
    waves = models.BigIntegerField(null=True, editable=False)
    edges = models.BigIntegerField(null=True, editable=False)
    band0, band1, band2, band3 = (_band(number) for number in range(4))
    compared = models.BooleanField(default=False, editable=False)
    group = models.BigIntegerField(null=True, editable=False)
    split = models.CharField(_("split"), max_length=5, choices=Split.choices, default="", blank=True)
    uploaded_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("uploaded by"))
    assignee = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="assigned",
        db_index=False,
        verbose_name=_("assignee"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("image")
        verbose_name_plural = _("images")
        constraints: ClassVar = [models.UniqueConstraint(fields=["dataset", "sha256"], name="image_once_in_dataset")]
        indexes: ClassVar = [
            models.Index(fields=["project", "id"]),
            models.Index(fields=["dataset", "id"]),
            models.Index(fields=["project", "name", "id"]),
            models.Index(fields=["project", "sha256"]),
            models.Index(fields=["assignee", "project", "id"]),
            models.Index(fields=["project", "split", "id"]),
            *(models.Index(fields=["project", f"band{number}"], name=f"image_band{number}") for number in range(4)),
            models.Index(
                fields=["project", "group", "id"], condition=models.Q(group__isnull=False), name="image_copies"
            ),
            models.Index(fields=["project", "id"], condition=models.Q(compared=False), name="image_not_compared"),
        ]

    def __str__(self) -> str:
        return self.name


class Import(Job):
    """A zip of images on its way into a dataset; the `default` worker unpacks it."""

    TASK = "projects.images.imports.run_import"

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="imports", verbose_name=_("dataset"))
    name = models.CharField(_("name"), max_length=255)
    file = models.FileField(_("file"), upload_to="imports/%Y/%m/", max_length=300)
    added = models.PositiveIntegerField(_("added"), default=0)
    problems = models.JSONField(_("problems"), default=list)
    notes = models.JSONField(_("notes"), default=list)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")

    def __str__(self) -> str:
        return self.name
