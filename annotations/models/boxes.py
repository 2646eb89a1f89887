"""Classes, boxes, and what is complete. Boxes are xyxy, pixels of the upright image."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from annotations.attributes import Attribute, from_rows
from annotations.flags import Flag, bits_of
from annotations.geometry import XYXY
from projects.models import Image, Project, User


class LabelClass(models.Model):
    """number: from 1 in its project, given once and never to another class: what exports write where a format has
    numbers of its own (COCO), so that it stays when classes come and go. attributes: what its boxes are asked for, as
    rows of annotations.attributes.Attribute.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="classes", verbose_name=_("project"))
    name = models.CharField(_("name"), max_length=80)
    color = models.CharField(_("colour"), max_length=7)
    hotkey = models.CharField(_("hotkey"), max_length=1, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    number = models.PositiveIntegerField(_("number"), editable=False)
    attributes = models.JSONField(_("attributes"), default=list, blank=True)

    class Meta:
        ordering: ClassVar = ["position", "id"]
        verbose_name = _("class")
        verbose_name_plural = _("classes")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "name"], name="class_name_in_project"),
            models.UniqueConstraint(
                fields=["project", "hotkey"], name="hotkey_in_project", condition=~models.Q(hotkey="")
            ),
            models.UniqueConstraint(fields=["project", "number"], name="class_number_in_project"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def asked(self) -> tuple[Attribute, ...]:
        return from_rows(self.attributes)

    @transaction.atomic
    def save(self, **how: Any) -> None:
        if self.number is None:
            (self.number,) = take_numbers(self.project_id, 1)
        super().save(**how)


def take_numbers(project_id: int, count: int) -> range:
    """The next numbers for classes of a project, which stays locked until the caller's transaction ends."""
    project = Project.objects.select_for_update().only("last_class_number").get(pk=project_id)
    first = project.last_class_number + 1
    project.last_class_number += count
    project.save(update_fields=["last_class_number"])
    return range(first, first + count)


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


# Of boxes, for `filter`. Ignore regions are no boxes of their class; a crowd is one, but no example of it.
OBJECTS = models.Q(flags__lt=Flag.IGNORE)
EXAMPLES = models.Q(flags__lt=Flag.CROWD)


def with_flag(rows: models.QuerySet[Box], name: str) -> models.QuerySet[Box]:
    """Those boxes that are said to be it. Raises KeyError for what is no flag."""
    bit = bits_of([name])
    return rows.alias(said=models.F("flags").bitand(bit)).filter(said=bit)


class Box(Corners):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    image = models.ForeignKey(Image, models.CASCADE, related_name="boxes", db_index=False, verbose_name=_("image"))
    label = models.ForeignKey(LabelClass, models.CASCADE, related_name="boxes", db_index=False, verbose_name=_("class"))
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("author"))
    origin = models.CharField(_("origin"), max_length=10, choices=Origin.choices, default=Origin.PERSON)
    flags = models.PositiveSmallIntegerField(_("flags"), default=0)  # bits of annotations.flags.Flag
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)  # values by name
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed last"), auto_now=True)

    class Meta:
        ordering: ClassVar = ["created_at", "id"]
        verbose_name = _("box")
        verbose_name_plural = _("boxes")
        # They hold all that the gallery asks of a box, so that 100,000 rows need no look; a key's own index would say
        # nothing more.
        indexes: ClassVar = [
            models.Index(fields=["label", "image", "origin", "flags"]),
            models.Index(fields=["image", "label", "origin", "flags"]),
        ]

    def __str__(self) -> str:
        return str(self.pk)[:8]


class Complete(models.Model):
    """A person's word that every object of a class in an image has its box; only then is the rest of it negative."""

    image = models.ForeignKey(Image, models.CASCADE, related_name="complete")
    label = models.ForeignKey(LabelClass, models.CASCADE, related_name="complete")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["image", "label"], name="complete_once")]
