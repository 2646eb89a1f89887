"""REST for projects, datasets, members, invitations, uploads and tokens: parse, call an action, render."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db.models import F, QuerySet
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from projects import actions, policies
from projects import serializers as shapes
from projects.bin import actions as bin_actions
from projects.models import Dataset, Image, Invitation, Membership, Project
from projects.people import invitations
from projects.policies import Action
from projects.web.actor import actor_of
from projects.web.resource import CONFLICT, Resource, count_of, documented


# Served by the app above, which adds the count of boxes.
class ProjectViewSet(Resource):
    """The projects that a person is a member of."""

    serializer_class: type[serializers.Serializer[Any]] = shapes.ProjectRow
    queryset = Project.objects.none()

    def get_queryset(self) -> QuerySet[Project]:
        if self.is_schema():
            return Project.objects.none()
        seen = policies.visible_projects(self.request.user)
        return seen.annotate(role=F("memberships__role"))

    def counted(self, projects: Sequence[Project]) -> Sequence[Project]:
        """Sets what the rows count, for a page at once. The app above, which serves this, counts its own, too."""
        raise NotImplementedError

    def list(self, request: Request) -> Response:
        found = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(self.counted(found or []), many=True).data)

    def create(self, request: Request) -> Response:
        project = actions.create_project(actor_of(request), **self.body())
        return self._show_one(project.pk, status.HTTP_201_CREATED)

    def retrieve(self, request: Request, project: int) -> Response:
        return self._show_one(project)

    def _show_one(self, pk: int, code: int = status.HTTP_200_OK) -> Response:
        (row,) = self.counted([self.one(self.get_queryset(), pk=pk)])
        return self.show(row, code)

    def update(self, request: Request, project: int) -> Response:
        actions.update_project(actor_of(request), self.project, **self.body(partial=True))
        return self.retrieve(request, project)

    def destroy(self, request: Request, project: int) -> Response:
        bin_actions.delete_project(actor_of(request), self.project)
        return Response(status=status.HTTP_204_NO_CONTENT)


class RulesViewSet(Resource):
    """How a project's people work: in jobs or without, and what annotators may do."""

    serializer_class = shapes.RulesRow
    queryset = Project.objects.none()

    @documented(shapes.RulesRow)
    def retrieve(self, request: Request, project: int) -> Response:
        return self.show(self.project)

    @documented(shapes.RulesRow)
    def update(self, request: Request, project: int) -> Response:
        found = self.project
        policies.require(request.user, Action.JOBS, found)
        rules = replace(actions.Rules.of(found), **self.body(partial=True))
        return self.show(actions.set_rules(actor_of(request), found, rules))


class DatasetViewSet(Resource):
    """Datasets of a project. Their names differ within it."""

    serializer_class = shapes.DatasetRow
    queryset = Dataset.objects.none()

    def get_queryset(self) -> QuerySet[Dataset]:
        rows = Dataset.objects.filter(project=self.project).select_related("project")
        return rows.annotate(image_count=count_of(Image.objects.all(), "dataset"))

    @documented(shapes.DatasetRow(many=True))
    def list(self, request: Request, project: int) -> Response:
        return self.page(self.get_queryset())

    @documented(shapes.DatasetRow, code=201, also=CONFLICT)
    def create(self, request: Request, project: int) -> Response:
        dataset = actions.create_dataset(actor_of(request), self.project, **self.body())
        return self.show(self.one(self.get_queryset(), pk=dataset.pk), status.HTTP_201_CREATED)

    @documented(shapes.DatasetRow, also=CONFLICT)
    def update(self, request: Request, project: int, pk: int) -> Response:
        policies.require(request.user, Action.MANAGE, self.project)
        dataset = self.one(self.get_queryset(), pk=pk)
        if "name" in (changes := self.body(partial=True)):
            actions.rename_dataset(actor_of(request), dataset, **changes)
        return self.show(dataset)

    @documented(None, code=204)
    def destroy(self, request: Request, project: int, pk: int) -> Response:
        """Deletes the dataset with its images and their boxes."""
        bin_actions.delete_dataset(actor_of(request), self.one(self.get_queryset(), pk=pk))
        return Response(status=status.HTTP_204_NO_CONTENT)


class MemberViewSet(Resource):
    """Members of a project and their roles. A project keeps at least one owner; people join by invitation."""

    serializer_class = shapes.MemberRow
    queryset = Membership.objects.none()

    def get_queryset(self) -> QuerySet[Membership]:
        return Membership.objects.filter(project=self.project).select_related("user")

    @documented(shapes.MemberRow(many=True))
    def list(self, request: Request, project: int) -> Response:
        return self.page(self.get_queryset())

    @documented(shapes.MemberRow, also=CONFLICT)
    def update(self, request: Request, project: int, user: int) -> Response:
        policies.require(request.user, Action.PEOPLE, self.project)
        member = self.one(self.get_queryset(), user=user)
        if "role" in (changes := self.body(partial=True)):
            changed = actions.set_role(actor_of(request), self.project, member.user, changes["role"])
            member = changed
        return self.show(member)

    @documented(None, code=204, also=CONFLICT)
    def destroy(self, request: Request, project: int, user: int) -> Response:
        """Takes a person out of the project; everybody may leave, only owners and managers send others away."""
        actions.remove_member(actor_of(request), self.project, self.one(self.get_queryset(), user=user).user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class InvitationViewSet(Resource):
    """One-time links into a project, seven days long; for owners and managers."""

    serializer_class = shapes.InvitationRow
    secret_answers = True
    queryset = Invitation.objects.none()

    def get_queryset(self) -> QuerySet[Invitation]:
        project = self.project
        policies.require(self.request.user, Action.PEOPLE, project)
        return project.invitations.usable().order_by("-pk")

    @documented(shapes.InvitationRow(many=True))
    def list(self, request: Request, project: int) -> Response:
        """Invitations that still work. Their links were shown once and are kept nowhere."""
        return self.page(self.get_queryset())

    @documented(shapes.InvitationLink, code=201, request=shapes.NewInvitation)
    def create(self, request: Request, project: int) -> Response:
        invitation, token = invitations.invite(actor_of(request), self.project, **self.body(shapes.NewInvitation))
        url = invitations.link(invitations.link_start(request), token)
        link = shapes.InvitationLink({"url": url, "expires_at": invitation.expires_at})
        return Response(link.data, status=status.HTTP_201_CREATED)

    @documented(shapes.InvitationAnswer, code=201, request=shapes.NewInvitations, also=CONFLICT)
    def many(self, request: Request, project: int) -> Response:
        """Invites several addresses with one role: all or none. Each gets its link by mail where mail is set."""
        body = self.body(shapes.NewInvitations)
        origin = invitations.link_start(request)
        made = invitations.invite_all(actor_of(request), self.project, **body, origin=origin)
        rows = shapes.InvitationAnswer({"results": made}, context={"origin": origin})
        return Response(rows.data, status=status.HTTP_201_CREATED)

    @documented(shapes.InvitedRow, code=201, request=None)
    def renew(self, request: Request, project: int, pk: int) -> Response:
        """A new link in place of the old one; by mail where it is for an address and mail is set."""
        found = self.one(self.get_queryset(), pk=pk)
        origin = invitations.link_start(request)
        made = invitations.renew(actor_of(request), found, origin=origin)
        return Response(shapes.InvitedRow(made, context={"origin": origin}).data, status=status.HTTP_201_CREATED)

    @documented(None, code=204)
    def destroy(self, request: Request, project: int, pk: int) -> Response:
        invitations.revoke(actor_of(request), self.one(self.get_queryset(), pk=pk))
        return Response(status=status.HTTP_204_NO_CONTENT)
