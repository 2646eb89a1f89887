"""Imports of labels, and which images each has touched."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from annotations.models.suggestions import SuggestionBatch
from projects.models import Dataset, Image, Job, Project


class LabelImport(Job):
    """A file of labels, with pictures or without, on its way in: first read, then stored as a person chose, and perhaps
    undone. Each is a step for the worker.

    urls: where the files lie, if they were named so; they are fetched before they are read. preview: what reading found
    (annotations.imports.preview). choices: what the person made of it (annotations.imports.choices), or wants to be
    made of it before it is read. counts: what came of it. splits: images by the split that they were in before. undo:
    who asked for it (by), and whether pictures that came along go too (pictures). problems, notices: rows of
    annotations.imports.notices. As a job it is one of its steps.
    """

    TASK = "annotations.imports.jobs.run_step"

    class Step(models.TextChoices):
        READ = "read", _("Reading")
        STORE = "store", _("Importing")
        UNDO = "undo", _("Undoing")

    class Phase(models.TextChoices):
        """Step and state in one word, for people and programs."""

        READING = "reading", _("Being read")
        READY = "ready", _("Waits for your choice")
        IMPORTING = "importing", _("Being imported")
        DONE = "done", _("Imported")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    project = models.ForeignKey(Project, models.CASCADE, related_name="label_imports", db_index=False)
    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="label_imports", verbose_name=_("dataset"))
    name = models.CharField(_("name"), max_length=255)
    file = models.FileField(_("file"), upload_to="imports/%Y/%m/", max_length=300, blank=True)
    urls = models.JSONField(default=list)
    step = models.CharField(max_length=5, choices=Step.choices, default=Step.READ)
    preview = models.JSONField(default=dict)
    choices = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    splits = models.JSONField(default=dict)
    undo = models.JSONField(default=dict)
    problems = models.JSONField(_("problems"), default=list)
    notices = models.JSONField(_("notes"), default=list)
    batch = models.OneToOneField(SuggestionBatch, models.SET_NULL, null=True, related_name="label_import")

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("import of labels")
        verbose_name_plural = _("imports of labels")
        indexes: ClassVar = [
            models.Index(fields=["project", "-id"]),
            models.Index(fields=["state", "updated_at"]),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def phase(self) -> str:
        if self.state in (self.State.FAILED, self.State.CANCELLED):
            return str(self.state)
        words = {
            self.Step.READ: (self.Phase.READING, self.Phase.READY),
            self.Step.STORE: (self.Phase.IMPORTING, self.Phase.DONE),
            self.Step.UNDO: (self.Phase.UNDOING, self.Phase.UNDONE),
        }
        return str(words[self.Step(self.step)][self.state == self.State.DONE].value)

    @property
    def phase_label(self) -> str:
        return str(self.Phase(self.phase).label)

    @property
    def look(self) -> str:
        """The badge of its phase."""
        looks = {self.Phase.DONE: "ok", self.Phase.READY: "ai", self.Phase.FAILED: "danger"}
        return looks.get(self.Phase(self.phase), "plain")

    @property
    def is_undoable(self) -> bool:
        """Whether it has brought something, and no worker is at it."""
        return not self.is_live and self.step != self.Step.READ and self.phase != self.Phase.UNDONE


class ImportedImage(models.Model):
    """What an import has done to an image. added: it brought the picture. labelled: its labels are stored. boxes: their
    ids, in hexadecimal. marks: ids of `Complete`; tags: of `ImageTag`. All of it is written in the transaction that
    does it.
    """

    job = models.ForeignKey(LabelImport, models.CASCADE, related_name="images", db_index=False)
    image = models.ForeignKey(Image, models.CASCADE, related_name="imports")
    added = models.BooleanField(default=False)
    labelled = models.BooleanField(default=False)
    boxes = models.JSONField(default=list)
    marks = models.JSONField(default=list)
    tags = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["job", "image"], name="image_once_in_import")]
