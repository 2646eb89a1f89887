"""People and their work: users, members, invitations, projects, datasets, images, imports and the audit log."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.append_only import AppendOnly


class UserManager(BaseUserManager["User"]):
    """Users are known by their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> User:
        user = self.model(email=self.normalize_email(email), **extra)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **extra)


class User(AbstractUser):
    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints: ClassVar = [models.UniqueConstraint(Lower("email"), name="user_email_ci")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    REVIEWER = "reviewer", _("Reviewer")
    ANNOTATOR = "annotator", _("Annotator")
    VIEWER = "viewer", _("Viewer")


class Project(models.Model):
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("created by"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    members = models.ManyToManyField(User, through="Membership", related_name="projects")
    role_seen: tuple[int | None, str] = (None, "")  # whose role it was read with: see policies

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("project")
        verbose_name_plural = _("projects")

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    project = models.ForeignKey(Project, models.CASCADE, related_name="memberships", verbose_name=_("project"))
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=12, choices=Role.choices, default=Role.ANNOTATOR)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints: ClassVar = [models.UniqueConstraint(fields=["project", "user"], name="one_membership_each")]

    def __str__(self) -> str:
        return f"{self.user} · {self.role}"


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def usable(self) -> InvitationQuerySet:
        return self.filter(used_at=None, expires_at__gt=timezone.now())

    def find(self, token: str) -> Invitation | None:
        return self.usable().filter(token_hash=hash_token(token)).first()


class Invitation(models.Model):
    """A one-time link: into a project with a role, or (no project) the first administrator's. Only the token's hash is kept."""

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


class Dataset(models.Model):
    project = models.ForeignKey(Project, models.CASCADE, related_name="datasets", verbose_name=_("project"))
    name = models.CharField(_("name"), max_length=120)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("dataset")
        verbose_name_plural = _("datasets")
        constraints: ClassVar = [models.UniqueConstraint(fields=["project", "name"], name="dataset_name_in_project")]

    def __str__(self) -> str:
        return self.name


def _band(number: int) -> models.GeneratedField:
    """Sixteen bits of `waves`: looks that are near one another are found by what their bands share (projects.images.duplicates)."""
    bits = models.F("waves").bitrightshift(16 * number).bitand(0xFFFF)
    return models.GeneratedField(expression=bits, output_field=models.IntegerField(null=True), db_persist=True)


def _image_path(image: Image, filename: str) -> str:
    return f"images/{image.project_id}/{image.key.hex}/{filename}"


class Image(models.Model):
    """One picture, upright. `version` grows with every change of its boxes, so a stale write is seen.

    width, height: pixels of the upright picture. sha256: of the bytes as uploaded. waves, edges: its perceptual hash.
    compared: was it looked for among the project's other images? group: a number that it shares with its copies, exact or
    near; None where it had none. Copies may have been deleted since, so a group can hold one image.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="images", verbose_name=_("project"))
    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="images", verbose_name=_("dataset"))
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=255)
    file = models.FileField(_("file"), upload_to=_image_path, max_length=300)
    thumb = models.FileField(upload_to=_image_path, max_length=300)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    bytes = models.PositiveBigIntegerField()
    version = models.PositiveIntegerField(_("version"), default=1)
    waves = models.BigIntegerField(null=True, editable=False)
    edges = models.BigIntegerField(null=True, editable=False)
    band0, band1, band2, band3 = (_band(number) for number in range(4))
    compared = models.BooleanField(default=False, editable=False)
    group = models.BigIntegerField(null=True, editable=False)
    uploaded_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("uploaded by"))
    assignee = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="assigned",
        db_index=False,
        verbose_name=_("assignee"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("image")
        verbose_name_plural = _("images")
        constraints: ClassVar = [models.UniqueConstraint(fields=["dataset", "sha256"], name="image_once_in_dataset")]
        indexes: ClassVar = [
            models.Index(fields=["project", "id"]),
            models.Index(fields=["dataset", "id"]),
            models.Index(fields=["project", "name", "id"]),
            models.Index(fields=["project", "sha256"]),
            models.Index(fields=["assignee", "project", "id"]),
            *(models.Index(fields=["project", f"band{number}"], name=f"image_band{number}") for number in range(4)),
            models.Index(
                fields=["project", "group", "id"], condition=models.Q(group__isnull=False), name="image_copies"
            ),
            models.Index(fields=["project", "id"], condition=models.Q(compared=False), name="image_not_compared"),
        ]

    def __str__(self) -> str:
        return self.name


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


class Import(models.Model):
    """A zip of images on its way into a dataset; the `default` worker unpacks it."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="imports", verbose_name=_("dataset"))
    name = models.CharField(_("name"), max_length=255)
    file = models.FileField(_("file"), upload_to="imports/%Y/%m/", max_length=300)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.QUEUED)
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("total"), default=0)
    added = models.PositiveIntegerField(_("added"), default=0)
    problems = models.JSONField(_("problems"), default=list)
    notes = models.JSONField(_("notes"), default=list)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("created by"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")

    def __str__(self) -> str:
        return self.name


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
