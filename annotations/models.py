"""Classes, boxes and their history, what is complete, and the suggestions of runs.

Boxes are xyxy, pixels of the upright image.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from annotations.geometry import XYXY
from projects.append_only import AppendOnly
from projects.models import Image, Project, User


class LabelClass(models.Model):
    project = models.ForeignKey(Project, models.CASCADE, related_name="classes", verbose_name=_("project"))
    name = models.CharField(_("name"), max_length=80)
    color = models.CharField(_("colour"), max_length=7)
    hotkey = models.CharField(_("hotkey"), max_length=1, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering: ClassVar = ["position", "id"]
        verbose_name = _("class")
        verbose_name_plural = _("classes")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "name"], name="class_name_in_project"),
            models.UniqueConstraint(
                fields=["project", "hotkey"], name="hotkey_in_project", condition=~models.Q(hotkey="")
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Corners(models.Model):
    """What every row with a box shares."""

    x1 = models.FloatField()
    y1 = models.FloatField()
    x2 = models.FloatField()
    y2 = models.FloatField()

    class Meta:
        abstract = True

    @property
    def xyxy(self) -> XYXY:
        return (self.x1, self.y1, self.x2, self.y2)

    @xyxy.setter
    def xyxy(self, value: XYXY) -> None:
        self.x1, self.y1, self.x2, self.y2 = value


class Origin(models.TextChoices):
    PERSON = "person", _("Drawn")
    SUGGESTION = "suggestion", _("Accepted suggestion")
    IMPORT = "import", _("Imported")


class Box(Corners):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    image = models.ForeignKey(Image, models.CASCADE, related_name="boxes", db_index=False, verbose_name=_("image"))
    label = models.ForeignKey(LabelClass, models.CASCADE, related_name="boxes", db_index=False, verbose_name=_("class"))
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("author"))
    origin = models.CharField(_("origin"), max_length=10, choices=Origin.choices, default=Origin.PERSON)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed last"), auto_now=True)

    class Meta:
        ordering: ClassVar = ["created_at", "id"]
        verbose_name = _("box")
        verbose_name_plural = _("boxes")
        # They hold all that the gallery asks of a box, so that 100,000 rows need no look; a key's own index would say
        # nothing more.
        indexes: ClassVar = [
            models.Index(fields=["label", "image", "origin"]),
            models.Index(fields=["image", "label", "origin"]),
        ]

    def __str__(self) -> str:
        return str(self.pk)[:8]


class BoxHistory(AppendOnly, Corners):
    """Every change of a box, with its author; rows are only ever added. The id is the sequence that live pages follow.

    It outlives what it tells of: image_number and image_name, label_name, box and suggestion say what a row was about
    when the image, class, box or suggestion itself is gone.
    """

    class Verb(models.TextChoices):
        CREATED = "created", _("created")
        CHANGED = "changed", _("changed")
        DELETED = "deleted", _("deleted")
        ACCEPTED = "accepted", _("accepted")
        ANSWERED = "answered", _("answered a suggestion by drawing")
        IMPORTED = "imported", _("imported")
        COMPLETED = "completed", _("said complete")
        REOPENED = "reopened", _("said not complete")
        REJECTED = "rejected", _("rejected a suggestion")
        RECONSIDERED = "reconsidered", _("took a decision back")
        WITHDRAWN = "withdrawn", _("withdrew a suggestion")
        OFFERED = "offered", _("offered a suggestion again")
        COMMENTED = "commented", _("commented")
        RESOLVED = "resolved", _("resolved a comment")
        UNRESOLVED = "unresolved", _("opened a comment again")
        REWORDED = "reworded", _("changed a comment")
        UNSAID = "unsaid", _("deleted a comment")
        TRAIN = "train", _("put into the train split")
        VAL = "val", _("put into the validation split")
        TEST = "test", _("put into the test split")
        UNSPLIT = "unsplit", _("took out of its split")

    project = models.ForeignKey(
        Project, models.SET_NULL, null=True, related_name="history", db_index=False, verbose_name=_("project")
    )
    image = models.ForeignKey(
        Image, models.SET_NULL, null=True, related_name="history", db_index=False, verbose_name=_("image")
    )
    image_number = models.PositiveBigIntegerField(_("number of the image"))
    image_name = models.CharField(_("name of the image"), max_length=255)
    version = models.PositiveIntegerField(_("version"))
    box = models.UUIDField(_("box"), null=True)
    suggestion = models.PositiveBigIntegerField(_("number of the suggestion"), null=True)
    verb = models.CharField(_("action"), max_length=12, choices=Verb.choices)
    label = models.ForeignKey(LabelClass, models.SET_NULL, null=True, related_name="+", verbose_name=_("class"))
    label_name = models.CharField(_("class"), max_length=80)
    x1 = models.FloatField(null=True)  # type: ignore[assignment]
    y1 = models.FloatField(null=True)  # type: ignore[assignment]
    x2 = models.FloatField(null=True)  # type: ignore[assignment]
    y2 = models.FloatField(null=True)  # type: ignore[assignment]
    actor = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("person"))
    at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("box history")
        verbose_name_plural = _("box history")
        indexes: ClassVar = [
            models.Index(fields=["image", "id"]),
            models.Index(fields=["project", "id"]),
            models.Index(fields=["image_number", "id"]),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class Complete(models.Model):
    """A person's word that every object of a class in an image has its box; only then is the rest of it negative."""

    image = models.ForeignKey(Image, models.CASCADE, related_name="complete")
    label = models.ForeignKey(LabelClass, models.CASCADE, related_name="complete")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["image", "label"], name="complete_once")]


class Comment(models.Model):
    """What a person said about a box, or an image.

    The box is kept by its id: undo brings a deleted box back, and its comments with it.
    """

    image = models.ForeignKey(Image, models.CASCADE, related_name="comments")
    box = models.UUIDField(null=True, blank=True)
    text = models.TextField(_("text"), max_length=2000)
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("comment")
        verbose_name_plural = _("comments")


class SuggestionBatch(models.Model):
    """All suggestions of one run, so that they can be undone as one."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="batches")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)


class Suggestion(Corners):
    """A box that a run believes in, and why.

    probability: 0..1, calibrated. score: the detector's own, 0..1. evidence: nearest shots, best first,
    [{box_id, image_id, xyxy, similarity, positive}]. sure: above the auto-accept threshold.
    unseen: accepted with many others, without being looked at: no answer that an estimate may count.
    dropped: below its run's threshold; it stays findable, and becomes a suggestion with a person's first answer.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Pending")
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        DROPPED = "dropped", _("Below the threshold")

    OPEN = (State.PENDING, State.DROPPED)  # what a person may still say yes or no to

    batch = models.ForeignKey(SuggestionBatch, models.CASCADE, related_name="suggestions", db_index=False)
    image = models.ForeignKey(
        Image, models.CASCADE, related_name="suggestions", db_index=False, verbose_name=_("image")
    )
    label = models.ForeignKey(
        LabelClass, models.CASCADE, related_name="suggestions", db_index=False, verbose_name=_("class")
    )
    probability = models.FloatField(_("probability"))
    score = models.FloatField(_("detector score"))
    source = models.CharField(_("source"), max_length=40)
    sure = models.BooleanField(_("sure"), default=False)
    evidence = models.JSONField(_("evidence"), default=list)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.PENDING)
    version = models.PositiveIntegerField(_("version"), default=1)
    box = models.OneToOneField(
        Box, models.SET_NULL, null=True, blank=True, related_name="suggestion", verbose_name=_("box")
    )
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    unseen = models.BooleanField(_("accepted without being looked at"), default=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("suggestion")
        verbose_name_plural = _("suggestions")
        indexes: ClassVar = [
            models.Index(fields=["label", "state", "-probability", "id"]),
            models.Index(fields=["image", "state", "label", "probability"]),
            models.Index(fields=["batch", "state"]),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"
