"""The audit log."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from projects.append_only import AppendOnly
from projects.models.projects import Project
from projects.models.users import User


class AuditEntry(AppendOnly):
    """Who did what, when; rows are only ever added."""

    at = models.DateTimeField(_("when"), auto_now_add=True)
    actor = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("person"))
    project = models.ForeignKey(Project, models.SET_NULL, null=True, related_name="audit", verbose_name=_("project"))
    verb = models.CharField(_("action"), max_length=60)
    subject = models.CharField(_("of what"), max_length=200)
    data = models.JSONField(_("details"), default=dict)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")

    def __str__(self) -> str:
        return f"{self.verb} {self.subject}"
