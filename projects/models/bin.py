"""What was deleted and may come back: each deletion as an entry, its rows packed in parts."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from projects.models.images import Image
from projects.models.projects import Project
from projects.models.users import User


class BinEntry(models.Model):
    """One deletion. kind: a key of projects.bin.kinds. numbers: of the rows that it is about.

    counts: how many rows of each model lie in it, by the model's label. waits_for: what must be there before the rest
    of a restored entry can come, as numbers by the model's label.
    """

    class State(models.TextChoices):
        FILLING = "filling", _("Being deleted")
        KEPT = "kept", _("In the bin")
        EMPTYING = "emptying", _("Being restored")

    project = models.ForeignKey(Project, models.CASCADE, related_name="bin", verbose_name=_("project"))
    kind = models.CharField(_("kind"), max_length=8)
    numbers = models.JSONField(_("numbers"), default=list)
    name = models.CharField(_("name"), max_length=255)
    counts = models.JSONField(_("what lies in it"), default=dict)
    waits_for = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.FILLING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    deleted_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("deleted by"))
    restored_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("restored by"))
    deleted_at = models.DateTimeField(_("deleted"), auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("entry of the bin")
        verbose_name_plural = _("bin")

    def __str__(self) -> str:
        return self.name


class BinPart(models.Model):
    """Rows that one short transaction deleted, packed by projects.bin.snapshot.

    They lie in the database so that no row is ever both here and there, or in neither.
    """

    entry = models.ForeignKey(BinEntry, models.CASCADE, related_name="parts")
    data = models.BinaryField()

    class Meta:
        ordering: ClassVar = ["id"]


class BinImage(models.Model):
    """An image that lies in an entry: found by its number, or by its picture where that is uploaded again."""

    entry = models.ForeignKey(BinEntry, models.CASCADE, related_name="images")
    number = models.PositiveBigIntegerField(db_index=True)
    dataset = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)


class JoinedImage(models.Model):
    """An image that came out of the bin when its picture was there again: what belonged to it belongs to that one."""

    number = models.PositiveBigIntegerField(unique=True)
    image = models.ForeignKey(Image, models.CASCADE, related_name="+")
