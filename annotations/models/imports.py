"""Imports of labels, and which images each has touched."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from annotations.models.suggestions import SuggestionBatch
from projects.models import Dataset, Image, Project, User


class LabelImport(models.Model):
    """A file of labels, with pictures or without, on its way in: first read, then stored as a person chose, and perhaps
    undone. Each is a step for the worker.

    urls: where the files lie, if they were named so; they are fetched before they are read. preview: what reading found
    (annotations.imports.preview). choices: what the person made of it (annotations.imports.choices), or wants to be made
    of it before it is read. counts: what came of it. splits: images by the split that they were in before. undo: who
    asked for it (by), and whether pictures that came along go too (pictures). problems, notices: rows of
    annotations.imports.notices. attempts: how often a worker took the step up. lease: of the worker that has it now.
    done, total: of the step.
    """

    class Step(models.TextChoices):
        READ = "read", _("Reading")
        STORE = "store", _("Importing")
        UNDO = "undo", _("Undoing")

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

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

    OPEN = (State.QUEUED, State.RUNNING)

    project = models.ForeignKey(Project, models.CASCADE, related_name="label_imports", db_index=False)
    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="label_imports", verbose_name=_("dataset"))
    name = models.CharField(_("name"), max_length=255)
    file = models.FileField(_("file"), upload_to="imports/%Y/%m/", max_length=300, blank=True)
    urls = models.JSONField(default=list)
    step = models.CharField(max_length=5, choices=Step.choices, default=Step.READ)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.QUEUED)
    preview = models.JSONField(default=dict)
    choices = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    splits = models.JSONField(default=dict)
    undo = models.JSONField(default=dict)
    problems = models.JSONField(_("problems"), default=list)
    notices = models.JSONField(_("notes"), default=list)
    batch = models.OneToOneField(SuggestionBatch, models.SET_NULL, null=True, related_name="label_import")
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("total"), default=0)
    lease = models.CharField(max_length=32, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("created by"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

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
    def is_live(self) -> bool:
        """Whether a worker has it, or will."""
        return self.state in self.OPEN

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

    @property
    def share(self) -> int:
        """Percent of its step."""
        return 100 * self.done // self.total if self.total else 0


class ImportedImage(models.Model):
    """What an import has done to an image. added: it brought the picture. labelled: its labels are stored. boxes: their
    ids, in hexadecimal. marks: ids of `Complete`. All of it is written in the transaction that does it.
    """

    job = models.ForeignKey(LabelImport, models.CASCADE, related_name="images", db_index=False)
    image = models.ForeignKey(Image, models.CASCADE, related_name="imports")
    added = models.BooleanField(default=False)
    labelled = models.BooleanField(default=False)
    boxes = models.JSONField(default=list)
    marks = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["job", "image"], name="image_once_in_import")]
