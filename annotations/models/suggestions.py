"""What runs suggest, and what people said of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from annotations.models.boxes import Box, Corners, LabelClass
from projects.models import Image, Project, User


class SuggestionBatch(models.Model):
    """All suggestions of one run, or of one import, so that they can be undone as one.

    model: the name of the outside model that an import's predictions are of.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="batches")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    model = models.CharField(_("model"), max_length=100, blank=True)


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
