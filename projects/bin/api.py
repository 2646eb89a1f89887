"""REST for the bin of a project, and for projects that lie in it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from projects import policies
from projects.bin import actions
from projects.bin.contents import waiting_words
from projects.bin.serializers import BinRow, DeletedProjectRow, RestoredRow
from projects.models import BinEntry, Project
from projects.policies import Action
from projects.web.actor import actor_of
from projects.web.resource import CONFLICT, Resource, documented


class BinViewSet(Resource):
    """What was deleted of a project and can be brought back, newest first. For those who may delete."""

    serializer_class = BinRow
    queryset = BinEntry.objects.none()

    def get_queryset(self) -> QuerySet[BinEntry]:
        project = self.project
        policies.require(self.request.user, Action.MANAGE, project)
        return project.bin.select_related("deleted_by")

    @documented(BinRow(many=True))
    def list(self, request: Request, project: int) -> Response:
        return self.page(self.get_queryset())

    @documented(RestoredRow, request=None, also=CONFLICT)
    def restore(self, request: Request, project: int, pk: int) -> Response:
        """Brings all of it back, with its history, comments and suggestions.

        An image whose picture is there again gives its labels to that one. What belongs to something else in the bin
        stays, and comes with that; where nothing could come, the answer is 409 and says what must be restored first.
        """
        entry = self._entry(pk)
        left = actions.restore(actor_of(request), entry)
        now = BinEntry.objects.filter(pk=entry.pk).first()
        done = now is None or now.state != BinEntry.State.EMPTYING
        return Response({"left": left, "done": done, "detail": waiting_words(now) if now and done else ""})

    @documented(None, code=204, also=CONFLICT)
    def destroy(self, request: Request, project: int, pk: int) -> Response:
        """Deletes it for good."""
        actions.purge(actor_of(request), self._entry(pk))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _entry(self, pk: int) -> BinEntry:
        entry = policies.get_bin_entry(self.request.user, pk)
        if entry.project_id != self.kwargs["project"]:
            raise Http404
        return entry


class DeletedProjectViewSet(Resource):
    """Projects that a person deleted, or may bring back."""

    serializer_class = DeletedProjectRow
    queryset = Project.objects.none()

    @documented(DeletedProjectRow(many=True))
    def list(self, request: Request) -> Response:
        return self.page(policies.deleted_projects(request.user))

    @documented(None, request=None, code=204)
    def restore(self, request: Request, pk: int) -> Response:
        actions.restore_project(actor_of(request), policies.get_deleted_project(request.user, pk))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @documented(None, code=204)
    def destroy(self, request: Request, pk: int) -> Response:
        """Deletes it for good, with all that is in it; the worker does it."""
        actions.purge_project(actor_of(request), policies.get_deleted_project(request.user, pk))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def get_queryset(self) -> QuerySet[Any]:
        return Project.objects.none()
