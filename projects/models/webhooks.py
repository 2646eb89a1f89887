"""Webhooks of a project, and the log of what was sent to them."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.models.projects import Project
from projects.models.users import User


class Event(models.TextChoices):
    IMAGES_ADDED = "images.added", _("New images")
    IMAGES_DELETED = "images.deleted", _("Images deleted")
    BOXES_CHANGED = "boxes.changed", _("Boxes changed")
    REVIEWS_DECIDED = "reviews.decided", _("Suggestions decided")
    RUNS_STARTED = "runs.started", _("Runs started")
    RUNS_FINISHED = "runs.finished", _("Runs finished")
    IMPORTS_FINISHED = "imports.finished", _("Imports finished")
    EXPORTS_FINISHED = "exports.finished", _("Exports finished")
    WORK_HANDED_OUT = "work.handed_out", _("Images handed out in a job")
    WORK_SUBMITTED = "work.submitted", _("Images submitted")
    WORK_RETURNED = "work.returned", _("Images returned")
    WORK_ACCEPTED = "work.accepted", _("Images accepted as final")


class Webhook(models.Model):
    """An address that hears of a project's events.

    key: what its secret is made of, together with the site's own; the secret itself is kept nowhere. failures: attempts
    in a row that failed. disabled_at: when it was switched off for them.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="webhooks", verbose_name=_("project"))
    url = models.URLField(_("address"), max_length=500)
    events = models.JSONField(_("events"), default=list)
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    active = models.BooleanField(_("active"), default=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    disabled_at = models.DateTimeField(_("switched off"), null=True, blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("created by"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self) -> str:
        return self.url


class Delivery(models.Model):
    """One event on its way to one webhook. key: the same in each attempt. next_at: when it is due while it is
    pending.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        DONE = "done", _("Delivered")
        FAILED = "failed", _("Failed")

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries", verbose_name=_("webhook"))
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    event = models.CharField(_("event"), max_length=20)
    payload = models.JSONField(_("payload"), default=dict)
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(default=timezone.now)
    status = models.PositiveSmallIntegerField(_("status"), null=True, blank=True)
    answer = models.TextField(_("answer"), blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        indexes: ClassVar = [
            models.Index(fields=["next_at"], condition=models.Q(state="pending"), name="delivery_due"),
            models.Index(fields=["webhook", "-id"], name="delivery_log"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.key}"
