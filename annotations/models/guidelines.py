"""How a project's objects are to be labelled: words, and examples cut from images."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from annotations.models.boxes import Corners, LabelClass
from projects.append_only import AppendOnly
from projects.models import Image, Project, User


class Guideline(AppendOnly):
    """One version of what a project, or one of its classes, says of labelling; the newest holds.

    text: CommonMark with tables.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="guidelines", db_index=False)
    label = models.ForeignKey(LabelClass, models.CASCADE, null=True, related_name="guidelines")
    version = models.PositiveIntegerField(_("version"))
    text = models.TextField(_("text"), blank=True)
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("author"))
    at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("guideline")
        verbose_name_plural = _("guidelines")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["label", "version"], name="guideline_of_class"),
            models.UniqueConstraint(
                fields=["project", "version"], condition=models.Q(label=None), name="guideline_of_project"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label or self.project} v{self.version}"


class GuidelineExample(Corners):
    """A part of an image that shows what is right, or what is wrong; a box that it was cut from may go."""

    label = models.ForeignKey(LabelClass, models.CASCADE, related_name="examples", verbose_name=_("class"))
    image = models.ForeignKey(Image, models.CASCADE, related_name="+", verbose_name=_("image"))
    good = models.BooleanField(_("good"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    added_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-good", "id"]
        verbose_name = _("example")
        verbose_name_plural = _("examples")

    def __str__(self) -> str:
        return self.note or f"#{self.pk}"

    @property
    def crop(self) -> str:
        """What an address of a crop asks for."""
        return ",".join(f"{edge:g}" for edge in self.xyxy)


class GuidelineReading(models.Model):
    """A person said to have read a version."""

    guideline = models.ForeignKey(Guideline, models.CASCADE, related_name="readings")
    person = models.ForeignKey(User, models.CASCADE, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["guideline", "person"], name="read_once")]
