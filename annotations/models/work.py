"""Jobs of a team: batches of images that are handed out, and how far each image is."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from annotations.models.boxes import LabelClass
from projects.models import Image, Project, User


class WorkJob(models.Model):
    """A batch of a project's images. Without an assignee it is a shared queue, from which each person takes the next.

    classes: what is looked for, and what an image is complete for once it is final; all of the project where none is
    named. overlap: how many people label each image, apart from one another (Replica); then it has no assignee and is
    no queue.
    """

    class Priority(models.IntegerChoices):
        HIGH = 1, _("High")
        NORMAL = 2, _("Normal")
        LOW = 3, _("Low")

    project = models.ForeignKey(Project, models.CASCADE, related_name="work_jobs", verbose_name=_("project"))
    name = models.CharField(_("name"), max_length=80)
    assignee = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="work_jobs", verbose_name=_("assignee")
    )
    priority = models.PositiveSmallIntegerField(
        _("priority"),
        choices=Priority.choices,
        default=Priority.NORMAL,
        validators=[MinValueValidator(1), MaxValueValidator(3)],
    )
    classes = models.ManyToManyField(LabelClass, blank=True, related_name="+", verbose_name=_("classes"))
    due = models.DateField(_("due"), null=True, blank=True)
    overlap = models.PositiveSmallIntegerField(_("people per image"), default=1)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("created by"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["priority", "due", "id"]
        verbose_name = _("job")
        verbose_name_plural = _("jobs")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("work-job", args=[self.project_id, self.pk])


class WorkImage(models.Model):
    """An image of a job, and how far it is. An image is in one job at most.

    worker: who works on it, or did last. lease_until: until when an image of a shared queue waits for its worker.
    settled: what settling an image that people labelled apart has made: ids of boxes, of complete classes.
    rounds: how often it was returned. note: why it was skipped, or what the reviewer wants done.
    """

    class State(models.TextChoices):
        TODO = "todo", _("To do")
        STARTED = "started", _("In progress")
        SUBMITTED = "submitted", _("Submitted")
        RETURNED = "returned", _("Returned")
        SKIPPED = "skipped", _("Skipped")
        FINAL = "final", _("Final")

    OPEN = (State.TODO, State.STARTED, State.RETURNED)  # its worker's turn
    BEGUN = (State.STARTED, State.RETURNED)

    job = models.ForeignKey(WorkJob, models.CASCADE, related_name="images", db_index=False, verbose_name=_("job"))
    image = models.OneToOneField(Image, models.CASCADE, related_name="work", verbose_name=_("image"))
    position = models.PositiveIntegerField(_("position"))
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.TODO)
    worker = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("worker"))
    lease_until = models.DateTimeField(null=True, blank=True)
    rounds = models.PositiveSmallIntegerField(_("rounds"), default=0)
    note = models.CharField(_("note"), max_length=500, blank=True)
    submitted_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    submitted_at = models.DateTimeField(_("submitted"), null=True)
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True)
    settled = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["position"]
        verbose_name = _("image of a job")
        verbose_name_plural = _("images of jobs")
        indexes: ClassVar = [
            models.Index(fields=["job", "state", "position"]),
            models.Index(fields=["worker", "state"]),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def badge(self) -> str:
        """The look of its state on a page."""
        State = self.State
        return {State.FINAL: "ok", State.SUBMITTED: "accent", State.RETURNED: "warn", State.SKIPPED: "danger"}.get(
            State(self.state), ""
        )


class WorkSample(models.Model):
    """A random sample of a job's submitted images, which decides about all of them.

    images: ids of the sample. lot: how many images it stands for. most_errors: how many of the sample may be returned
    for the rest to be accepted unseen. passed: None until all of the sample are decided.
    """

    job = models.ForeignKey(WorkJob, models.CASCADE, related_name="samples")
    images = models.JSONField(default=list)
    lot = models.PositiveIntegerField()
    most_errors = models.PositiveSmallIntegerField()
    seed = models.PositiveIntegerField()
    passed = models.BooleanField(null=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"#{self.pk}"
