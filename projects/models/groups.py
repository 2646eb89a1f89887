"""Groups of people across projects, and the roles that projects give them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from projects.models.projects import Project, Role
from projects.models.users import User


class UserGroup(models.Model):
    """keeper: who says who is in it, whatever becomes of their own roles; without one, administrators do."""

    name = models.CharField(_("name"), max_length=60)
    keeper = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="kept_groups", verbose_name=_("keeper")
    )
    people = models.ManyToManyField(User, through="GroupMember", related_name="user_groups")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name", "id"]
        verbose_name = _("group")
        verbose_name_plural = _("groups")

    def __str__(self) -> str:
        return self.name


class GroupMember(models.Model):
    group = models.ForeignKey(UserGroup, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["group", "user"], name="once_in_a_group")]

    def __str__(self) -> str:
        return f"{self.group} · {self.user}"


class GroupRole(models.Model):
    """What a project lets a group's people do. An owner is always a person."""

    CHOICES: ClassVar = [(value, label) for value, label in Role.choices if value != Role.OWNER]

    project = models.ForeignKey(Project, models.CASCADE, related_name="group_roles")
    group = models.ForeignKey(UserGroup, models.CASCADE, related_name="roles")
    role = models.CharField(_("role"), max_length=12, choices=CHOICES)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["project", "group"], name="one_role_each_group")]

    def __str__(self) -> str:
        return f"{self.group} · {self.role}"
