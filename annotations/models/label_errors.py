"""Labels that a check calls likely wrong, and what people said of them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from annotations.geometry import XYXY
from annotations.models.boxes import Corners, LabelClass
from annotations.models.suggestions import SuggestionBatch
from projects.models import Image, User


class LabelError(Corners):
    """One label that is likely wrong, with what would mend it.

    label, and its corners: the box as the check saw it; of a missing box what it should be. proposed: the class that a
    wrong one should have. tight: corners of a tighter box. before: the box as it was, once it was mended
    (annotations.bulk_edits.record.packed). box: of a missing one the box that was made.
    """

    class Kind(models.TextChoices):
        WRONG_CLASS = "wrong_class", _("Wrong class")
        SPURIOUS = "spurious", _("No such object")
        MISSING = "missing", _("Missing box")
        LOOSE = "loose", _("Loose box")

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        FIXED = "fixed", _("Mended")
        RIGHT = "right", _("Label is right")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    batch = models.ForeignKey(SuggestionBatch, models.CASCADE, related_name="label_errors", db_index=False)
    image = models.ForeignKey(Image, models.CASCADE, related_name="label_errors", verbose_name=_("image"))
    label = models.ForeignKey(LabelClass, models.CASCADE, related_name="label_errors", verbose_name=_("class"))
    box = models.UUIDField(_("box"), null=True, blank=True)  # by its id alone, as comments name theirs
    kind = models.CharField(_("kind"), max_length=11, choices=Kind.choices)
    proposed = models.ForeignKey(LabelClass, models.CASCADE, null=True, blank=True, related_name="+")
    tight = models.JSONField(null=True, blank=True)
    probability = models.FloatField(_("probability"))
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.PENDING)
    version = models.PositiveIntegerField(_("version"), default=1)
    before = models.JSONField(default=dict, blank=True)
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-probability", "id"]
        verbose_name = _("label error")
        verbose_name_plural = _("label errors")
        indexes: ClassVar = [models.Index(fields=["batch", "state", "-probability", "id"])]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def tighter(self) -> XYXY | None:
        """The corners that `tight` holds."""
        if self.tight is None:
            return None
        x1, y1, x2, y2 = self.tight
        return (x1, y1, x2, y2)
