"""Labels that a person gives an image apart from all others, and the images whose truth is known.

They lie in tables of their own: nothing that reads boxes (exports, runs, counts) can take them for the image's labels.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from annotations.models.work import WorkImage, WorkJob
from projects.models import Image, User


class CheckImage(models.Model):
    """An image whose boxes are the truth for the classes it is complete for. Jobs bring it to people unmarked."""

    image = models.OneToOneField(Image, models.CASCADE, related_name="check_image", verbose_name=_("image"))
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("made by"))
    made_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["image"]
        verbose_name = _("check image")
        verbose_name_plural = _("check images")

    def __str__(self) -> str:
        return f"#{self.image_id}"


class Replica(models.Model):
    """One person's own labels of an image, which nobody else sees; of a job where several label the same images, or of
    a check image that a job brought along.

    item: the image's place in a job where several label it; None of a check image. boxes: rows of id, class, xyxy,
    flags, attributes, updated_at. complete: ids of classes. version: counts saves, as an image's does. note: why it was
    skipped.
    """

    class State(models.TextChoices):
        TODO = WorkImage.State.TODO.value, _("To do")
        STARTED = WorkImage.State.STARTED.value, _("In progress")
        SUBMITTED = WorkImage.State.SUBMITTED.value, _("Submitted")
        SKIPPED = WorkImage.State.SKIPPED.value, _("Skipped")

    OPEN = (State.TODO, State.STARTED)

    job = models.ForeignKey(WorkJob, models.CASCADE, related_name="replicas", verbose_name=_("job"))
    item = models.ForeignKey(WorkImage, models.CASCADE, null=True, related_name="replicas")
    image = models.ForeignKey(Image, models.CASCADE, related_name="replicas", db_index=False, verbose_name=_("image"))
    person = models.ForeignKey(User, models.CASCADE, related_name="replicas", db_index=False, verbose_name=_("person"))
    position = models.PositiveIntegerField(_("position"))
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.TODO)
    boxes = models.JSONField(default=list)
    complete = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)
    note = models.CharField(_("note"), max_length=500, blank=True)
    begun_at = models.DateTimeField(_("begun"), null=True)
    submitted_at = models.DateTimeField(_("submitted"), null=True)

    class Meta:
        ordering: ClassVar = ["position"]
        verbose_name = _("replica")
        verbose_name_plural = _("replicas")
        constraints: ClassVar = [models.UniqueConstraint(fields=["image", "person"], name="one_replica_a_person")]
        indexes: ClassVar = [models.Index(fields=["person", "state"])]

    def __str__(self) -> str:
        return f"#{self.pk}"

    # What a page says of an image of a job (WorkImage), of a replica.
    rounds, lease_until, decided_by, decided_at = 0, None, None, None

    @property
    def worker(self) -> User:
        return self.person

    @property
    def submitted_by(self) -> User | None:
        return self.person if self.state == self.State.SUBMITTED else None
