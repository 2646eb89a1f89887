"""Exports that a worker writes into a file, and that wait there to be taken."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _

from projects.models import Job, Project


class Export(Job):
    """A file of labels on its way or ready. choice: what goes in, as annotations.exports.choice writes it down.

    key: the hash of the choice; one and the same is at work once only. done, total: images. problem: why it failed, in
    words. sha256, bytes: of the file, once it is whole.
    """

    TASK = "annotations.exports.jobs.run_export"

    project = models.ForeignKey(
        Project, models.CASCADE, related_name="exports", db_index=False, verbose_name=_("project")
    )
    choice = models.JSONField(_("choice"), default=dict)
    key = models.CharField(max_length=64)
    name = models.CharField(_("name"), max_length=255, blank=True)
    boxes = models.PositiveIntegerField(_("boxes"), default=0)
    file = models.FileField(_("file"), max_length=300, blank=True)
    bytes = models.PositiveBigIntegerField(_("bytes"), default=0)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    problem = models.CharField(_("problem"), max_length=500, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["project", "key"],
                name="export_at_work_once",
                condition=models.Q(state__in=["queued", "running"]),
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["project", "-id"]),
            models.Index(fields=["state", "updated_at"]),
        ]

    def __str__(self) -> str:
        return self.name or f"#{self.pk}"

    @property
    def expires_at(self) -> datetime | None:
        """When it goes with its file; None while it is at work, or where exports are kept for ever."""
        if self.finished_at is None or not settings.EXPORT_KEEP_DAYS:
            return None
        return self.finished_at + timedelta(days=settings.EXPORT_KEEP_DAYS)


@receiver(post_delete, sender=Export)
def drop_file(instance: Export, **_how: Any) -> None:
    """The file goes with its row, also where the row went with its project."""
    file = instance.file
    if file.name:
        transaction.on_commit(lambda: file.storage.delete(str(file.name)))
