"""Projects with their members, invitations, figures and saved views."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.hashing import sha256_of_bytes
from projects.models.users import User

LONGEST_LEASE = 24 * 60  # minutes
MOST_OPEN_IMAGES = 1000


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Manager")
    REVIEWER = "reviewer", _("Reviewer")
    ANNOTATOR = "annotator", _("Annotator")
    VIEWER = "viewer", _("Viewer")


class Project(models.Model):
    """workflow: images are handed out in jobs, submitted, and final once a reviewer accepts them.

    annotators_answer: they accept and reject suggestions in the editor; with the workflow in their own jobs alone.
    open_images: how many images of jobs a person may have begun and not submitted, 0 for any number. lease_minutes: how
    long an image of a shared queue waits for a person who does nothing.
    """

    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("created by"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True, editable=False)  # it lies in the bin since
    members = models.ManyToManyField(User, through="Membership", related_name="projects")
    workflow = models.BooleanField(_("work in jobs"), default=False)
    annotators_answer = models.BooleanField(_("annotators answer suggestions"), default=True)
    annotators_make_classes = models.BooleanField(_("annotators make classes"), default=False)
    open_images = models.PositiveSmallIntegerField(_("open images per person"), default=0)
    lease_minutes = models.PositiveSmallIntegerField(_("minutes until an image goes back"), default=30)
    last_class_number = models.PositiveIntegerField(default=0, editable=False)  # of all its classes that ever were
    role_seen: tuple[int | None, str] = (None, "")  # whose role it was read with: see policies

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("project")
        verbose_name_plural = _("projects")

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """role: what the person may do, the strongest of their own and their groups' (projects.groups.memberships keeps it
    so). own_role: the person's own where groups give more, empty where groups alone give any; None: it is `role`.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="memberships", verbose_name=_("project"))
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=12, choices=Role.choices, default=Role.ANNOTATOR)
    own_role = models.CharField(max_length=12, null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints: ClassVar = [models.UniqueConstraint(fields=["project", "user"], name="one_membership_each")]

    def __str__(self) -> str:
        return f"{self.user} · {self.role}"

    @property
    def own(self) -> str:
        """Empty for who is here by groups alone."""
        return self.role if self.own_role is None else self.own_role


def hash_token(token: str) -> str:
    return sha256_of_bytes(token.encode())


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def usable(self) -> InvitationQuerySet:
        return self.filter(used_at=None, expires_at__gt=timezone.now())

    def find(self, token: str) -> Invitation | None:
        return self.usable().filter(token_hash=hash_token(token)).first()


class Invitation(models.Model):
    """A one-time link: into a project with a role, or (no project) the first administrator's.

    Only the token's hash is kept.
    """

    LIFETIME = timedelta(days=7)

    token_hash = models.CharField(max_length=64, unique=True)
    project = models.ForeignKey(
        Project, models.CASCADE, null=True, blank=True, related_name="invitations", verbose_name=_("project")
    )
    role = models.CharField(_("role"), max_length=12, choices=Role.choices, default=Role.ANNOTATOR)
    email = models.EmailField(_("e-mail address"), blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("created by"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    used_at = models.DateTimeField(_("used"), null=True, blank=True)
    used_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("used by"))

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return self.email or f"#{self.pk}"

    @classmethod
    def issue(cls, **fields: Any) -> tuple[Invitation, str]:
        """A new invitation and its token, which is shown once and stored nowhere."""
        token = secrets.token_urlsafe(24)
        invitation = cls.objects.create(
            token_hash=hash_token(token), expires_at=timezone.now() + cls.LIFETIME, **fields
        )
        return invitation, token


class ProjectFigures(models.Model):
    """What a large project's pages say about it, counted by the worker now and then.

    asked_at: when a count was last put into the queue, so that many readers ask for one.
    """

    project = models.OneToOneField(Project, models.CASCADE, related_name="figures")
    data = models.JSONField(default=dict)
    counted_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("figures of a project")
        verbose_name_plural = _("figures of projects")

    def __str__(self) -> str:
        return str(self.project_id)


class SavedView(models.Model):
    """A person's own name for a set of the gallery's filters: what stands in the address after the `?`."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="saved_views")
    user = models.ForeignKey(User, models.CASCADE, related_name="saved_views")
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=500)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["project", "user", "name"], name="view_name_once")]

    def __str__(self) -> str:
        return self.name
