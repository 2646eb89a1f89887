"""The shapes of groups in the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from projects.models import GroupMember, GroupRole, UserGroup
from projects.serializers import PersonRow


class GroupRow(serializers.ModelSerializer[Any]):
    """keeper: who says who is in it. people, projects: how many."""

    keeper = PersonRow(read_only=True, allow_null=True)
    people = serializers.IntegerField(source="size", read_only=True)
    projects = serializers.IntegerField(source="used", read_only=True)

    class Meta:
        model = UserGroup
        fields = ("id", "name", "keeper", "people", "projects", "created_at")
        read_only_fields = ("created_at",)


class GroupMemberRow(serializers.ModelSerializer[Any]):
    user = PersonRow(read_only=True)

    class Meta:
        model = GroupMember
        fields = ("user", "created_at")
        read_only_fields = fields


class NewGroupMember(serializers.Serializer[Any]):
    """user: the number of a member of a project where you manage people."""

    user = serializers.IntegerField(min_value=1)


class GroupName(serializers.ModelSerializer[Any]):
    class Meta:
        model = UserGroup
        fields = ("id", "name")
        read_only_fields = fields


class GroupRoleRow(serializers.ModelSerializer[Any]):
    group = GroupName(read_only=True)
    role = serializers.ChoiceField(choices=GroupRole.CHOICES)

    class Meta:
        model = GroupRole
        fields = ("group", "role", "created_at")
        read_only_fields = ("created_at",)


class NewGroupRole(serializers.Serializer[Any]):
    """group: one that you keep or are in."""

    group = serializers.IntegerField(min_value=1)
    role = serializers.ChoiceField(choices=GroupRole.CHOICES)
