"""Every change of a box, kept for good."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from annotations.models.boxes import Corners, LabelClass
from projects.append_only import AppendOnly
from projects.models import Image, Project, User


class BoxHistory(AppendOnly, Corners):
    """Every change of a box, with its author; rows are only ever added. The id is the sequence that live pages follow.

    It outlives what it tells of: image_number and image_name, label_name, box and suggestion say what a row was about
    when the image, class, box or suggestion itself is gone. Of a tag, label_name is its name.
    """

    class Verb(models.TextChoices):
        CREATED = "created", _("created")
        CHANGED = "changed", _("changed")
        DELETED = "deleted", _("deleted")
        ACCEPTED = "accepted", _("accepted")
        ANSWERED = "answered", _("answered a suggestion by drawing")
        IMPORTED = "imported", _("imported")
        RESTORED = "restored", _("brought back")
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
        HANDED = "handed", _("handed out in a job")
        TAKEN = "taken", _("began")
        SUBMITTED = "submitted", _("submitted")
        SKIPPED = "skipped", _("skipped")
        FREED = "freed", _("put back into its job")
        FINAL = "final", _("accepted as final")
        RETURNED = "returned", _("returned")
        RECALLED = "recalled", _("took out of what is final")
        TAGGED = "tagged", _("tagged")
        UNTAGGED = "untagged", _("took a tag off")
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
    flags = models.PositiveSmallIntegerField(_("flags"), default=0)  # of the box, after what was done
    attributes = models.JSONField(_("attributes"), default=dict)  # the same
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
