"""The REST API of groups, and of what projects let them do."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from projects import policies
from projects.groups import actions, queries
from projects.groups import serializers as shapes
from projects.models import GroupMember, GroupRole, User, UserGroup
from projects.policies import Action
from projects.web.actor import actor_of
from projects.web.resource import CONFLICT, Resource, documented


class GroupViewSet(Resource):
    """Groups of people across projects that you keep or are in. Whoever manages people in a project may make one."""

    serializer_class = shapes.GroupRow
    queryset = UserGroup.objects.none()

    def get_queryset(self) -> QuerySet[UserGroup]:
        return self.queryset if self.is_schema() else queries.groups_of(actor_of(self.request))

    @documented(shapes.GroupRow(many=True))
    def list(self, request: Request) -> Response:
        return self.page(self.get_queryset())

    @documented(shapes.GroupRow, code=201)
    def create(self, request: Request) -> Response:
        group = actions.make_group(actor_of(request), **self.body())
        return self.show(self.one(self.get_queryset(), pk=group.pk), status.HTTP_201_CREATED)

    @documented(shapes.GroupRow)
    def retrieve(self, request: Request, group: int) -> Response:
        return self.show(self.one(self.get_queryset(), pk=group))

    @documented(shapes.GroupRow)
    def update(self, request: Request, group: int) -> Response:
        found = self.one(self.get_queryset(), pk=group)
        return self.show(actions.change_group(actor_of(request), found, **self.body(partial=True)))

    @documented(None, code=204)
    def destroy(self, request: Request, group: int) -> Response:
        """Its people keep the roles that they have by themselves or by other groups."""
        actions.delete_group(actor_of(request), self.one(self.get_queryset(), pk=group))
        return Response(status=status.HTTP_204_NO_CONTENT)


class GroupMemberViewSet(Resource):
    """Who is in a group. Its keeper says so; everybody may leave. Rights come and go at once."""

    serializer_class = shapes.GroupMemberRow
    queryset = GroupMember.objects.none()

    def get_queryset(self) -> QuerySet[GroupMember]:
        return GroupMember.objects.filter(group=self._group()).select_related("user")

    def _group(self) -> UserGroup:
        return policies.get_group(actor_of(self.request), self.kwargs["group"])

    @documented(shapes.GroupMemberRow(many=True))
    def list(self, request: Request, group: int) -> Response:
        return self.page(self.get_queryset())

    @documented(shapes.GroupMemberRow, code=201, request=shapes.NewGroupMember)
    def create(self, request: Request, group: int) -> Response:
        found = self._group()
        policies.require_group(actor_of(request), found)
        person = User.objects.filter(pk=self.body(shapes.NewGroupMember)["user"]).first() or User()
        return self.show(actions.add_person(actor_of(request), found, person), status.HTTP_201_CREATED)

    @documented(None, code=204)
    def destroy(self, request: Request, group: int, user: int) -> Response:
        actions.remove_person(actor_of(request), self._group(), self.one(self.get_queryset(), user=user).user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class GroupRoleViewSet(Resource):
    """The groups of a project. A person may do what the strongest of their own role and their groups' roles allows."""

    serializer_class = shapes.GroupRoleRow
    queryset = GroupRole.objects.none()

    def get_queryset(self) -> QuerySet[GroupRole]:
        return queries.roles_in(self.project)

    def _given(self, group: int) -> Any:
        policies.require(self.request.user, Action.PEOPLE, self.project)
        return self.one(self.get_queryset(), group=group)

    @documented(shapes.GroupRoleRow(many=True))
    def list(self, request: Request, project: int) -> Response:
        return self.page(self.get_queryset())

    @documented(shapes.GroupRoleRow, code=201, request=shapes.NewGroupRole, also=CONFLICT)
    def create(self, request: Request, project: int) -> Response:
        policies.require(request.user, Action.PEOPLE, self.project)
        wanted = self.body(shapes.NewGroupRole)
        try:
            group = policies.get_group(actor_of(request), wanted["group"])
        except Http404:
            raise actions.unknown_group() from None
        given = actions.set_group_role(actor_of(request), self.project, group, wanted["role"])
        return self.show(given, status.HTTP_201_CREATED)

    @documented(shapes.GroupRoleRow)
    def update(self, request: Request, project: int, group: int) -> Response:
        given = self._given(group)
        if "role" in (changes := self.body(partial=True)):
            given = actions.set_group_role(actor_of(request), self.project, given.group, changes["role"])
        return self.show(given)

    @documented(None, code=204)
    def destroy(self, request: Request, project: int, group: int) -> Response:
        """Takes the group out of the project; its people keep what they have by themselves."""
        actions.remove_group(actor_of(request), self.project, self._given(group))
        return Response(status=status.HTTP_204_NO_CONTENT)
