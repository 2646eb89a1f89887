"""Looks at all stored files: which are missing, broken, or there for nothing."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from projects.models.jobs import Job


class StorageCheck(Job):
    """done, total: files that rows name. faults: the first of those that are wrong, as {row, name, problem}; wrong: how
    many there are. orphans: names of the first files that nothing names; loose: how many there are. problem: why it
    failed, in words.
    """

    TASK = "projects.storage.jobs.run_check"

    faults = models.JSONField(_("faults"), default=list)
    wrong = models.PositiveIntegerField(_("files missing or broken"), default=0)
    orphans = models.JSONField(_("orphans"), default=list)
    loose = models.PositiveIntegerField(_("files that nothing names"), default=0)
    problem = models.CharField(_("problem"), max_length=500, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("look at the files")
        verbose_name_plural = _("looks at the files")

    def __str__(self) -> str:
        return f"#{self.pk}"
