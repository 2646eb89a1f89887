"""What a person is to hear of, until it is read."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.models.projects import Project
from projects.models.users import User


class NotificationKind(models.TextChoices):
    ASSIGNED = "assigned", _("Images are given to you")
    RETURNED = "returned", _("Your work is returned")
    MENTIONED = "mentioned", _("Somebody mentions you in a comment")
    GROUP = "group", _("A group brings you into a project")
    RUN_FINISHED = "run_finished", _("A run that you started ends")
    IMPORT_FINISHED = "import_finished", _("An import of yours ends")
    EXPORT_FINISHED = "export_finished", _("An export of yours ends")


class Notification(models.Model):
    """One thing for one person; its sentence is made when it is read (projects.notifications.words).

    key: news of the same key join this row while it is unread, and `count` grows. about, detail: a name and a few words
    for the sentence. page, args, suffix: where it leads; a page's name, as the apps above know it. mailed_at: when a
    digest was sent with it.
    """

    person = models.ForeignKey(User, models.CASCADE, related_name="notifications", verbose_name=_("person"))
    project = models.ForeignKey(Project, models.CASCADE, related_name="+", verbose_name=_("project"))
    kind = models.CharField(_("kind"), max_length=16, choices=NotificationKind.choices)
    actor = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    key = models.CharField(max_length=60)
    count = models.PositiveIntegerField(default=1)
    failed = models.BooleanField(default=False)
    about = models.CharField(max_length=200, blank=True)
    detail = models.CharField(max_length=200, blank=True)
    page = models.CharField(max_length=40)
    args = models.JSONField(default=list)
    suffix = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now)
    read_at = models.DateTimeField(_("read"), null=True)
    mailed_at = models.DateTimeField(_("mailed"), null=True)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        indexes: ClassVar = [
            models.Index(fields=["person", "-at", "-id"], name="notification_list"),
            models.Index(fields=["person"], condition=models.Q(read_at=None), name="notification_unread"),
            models.Index(fields=["at"], condition=models.Q(read_at=None, mailed_at=None), name="notification_unmailed"),
            models.Index(fields=["project", "key"], name="notification_key"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.about}"
