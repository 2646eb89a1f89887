"""Words on whole images."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from projects.models import Image, Project


class Tag(models.Model):
    """A word that images of a project may have."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="tags", db_index=False, verbose_name=_("project"))
    name = models.CharField(_("name"), max_length=60)

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        constraints: ClassVar = [models.UniqueConstraint(fields=["project", "name"], name="tag_name_in_project")]

    def __str__(self) -> str:
        return self.name


class ImageTag(models.Model):
    """An image has a tag."""

    image = models.ForeignKey(Image, models.CASCADE, related_name="tagged", db_index=False)
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="tagged")

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["image", "tag"], name="image_tag_once")]

    def __str__(self) -> str:
        return f"#{self.pk}"
