"""What people say about images and boxes."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from projects.models import Image, User


class Comment(models.Model):
    """What a person said about a box, or an image. mentions: members whom it calls by name.

    The box is kept by its id: undo brings a deleted box back, and its comments with it.
    """

    image = models.ForeignKey(Image, models.CASCADE, related_name="comments")
    box = models.UUIDField(null=True, blank=True)
    text = models.TextField(_("text"), max_length=2000)
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    mentions = models.ManyToManyField(User, blank=True, related_name="+", verbose_name=_("mentions"))
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        indexes: ClassVar = [
            models.Index(fields=["image"], condition=models.Q(resolved_at=None), name="comment_open"),
        ]
