"""REST for runs, models and detectors: parse, call an action, render."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from projects.web.actor import actor_of
from projects.web.resource import CONFLICT, Resource, documented
from training.models import Run
from training.runs import actions, queries
from training.runs import serializers as shapes
from training.runs.filters import RunFilter

SINCE = OpenApiParameter("since", int, description="Only events after this `seq`")


class ProjectRunViewSet(Resource):
    """The runs of a project."""

    serializer_class = shapes.RunRow
    filterset_class = RunFilter
    queryset = Run.objects.none()

    @documented(shapes.RunRow(many=True))
    def list(self, request: Request, project: int) -> Response:
        """Newest first, where `ordering` says nothing else."""
        rows = queries.visible_runs(request.user).filter(project=self.project)
        found = self.paginate_queryset(self.filter_queryset(rows))
        return self.get_paginated_response(queries.run_rows(found or []))

    @documented(shapes.RunRow, code=201, request=shapes.RunRequest)
    def create(self, request: Request, project: int) -> Response:
        """Queues a run; follow it at `/api/runs/{id}/`, its events, or its websocket `/ws/runs/{id}/?since=0`."""
        asked = self.body(shapes.RunRequest)
        run = actions.start_run(actor_of(request), self.project, **asked)
        return Response(queries.run_row(run), status=status.HTTP_201_CREATED)


class RunViewSet(Resource):
    """One run."""

    serializer_class = shapes.RunRow
    queryset = Run.objects.none()

    def found(self) -> Run:
        return queries.get_run(self.request.user, self.kwargs["pk"])

    def reported(self) -> Response:
        return Response(queries.run_row(self.found()))

    @documented(shapes.RunRow)
    def retrieve(self, request: Request, pk: int) -> Response:
        return self.reported()

    @documented(shapes.RunRow, request=None, also=CONFLICT)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: int) -> Response:
        """A queued run ends at once, one at work within five seconds."""
        actions.cancel_run(actor_of(request), self.found())
        return self.reported()

    @documented(shapes.RunRow, request=None, also=CONFLICT)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: int) -> Response:
        """Queues a failed or cancelled run again."""
        actions.retry_run(actor_of(request), self.found())
        return self.reported()

    @documented(shapes.RunRow, code=201, request=None, also=CONFLICT)
    @action(detail=True, methods=["post"])
    def follow_up(self, request: Request, pk: int) -> Response:
        """After answers to a run's `questions`: queues the same run again, whose suggestions take the place of those
        that wait.
        """
        run = actions.follow_up(actor_of(request), self.found())
        return Response(queries.run_row(run), status=status.HTTP_201_CREATED)

    @documented(shapes.UndoAnswer, request=None, also=CONFLICT)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: int) -> Response:
        """Takes the run's suggestions back as one; what people drew or changed stays."""
        counts = actions.undo_run(actor_of(request), self.found())
        return Response(counts | {"run": queries.run_row(self.found())})

    @documented(shapes.EventsAnswer, parameters=[SINCE])
    @action(detail=True, methods=["get"])
    def events(self, request: Request, pk: int) -> Response:
        """What the engine said after `since`, at most 500 events at once."""
        given = request.query_params.get("since", "0")
        since = int(given) if given.isdecimal() and len(given) < 10 else 0
        return Response({"events": queries.events_after(self.found().pk, since)})
