"""The REST API of versions: list, make, compare, restore."""

from __future__ import annotations

from typing import Any

from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from annotations import named
from annotations.blindness import hidden_images
from annotations.models import DatasetVersion, Restore
from annotations.versions import actions, comparisons, queries, restores, serializers
from projects.web.actor import actor_of
from projects.web.resource import CONFLICT, Resource, documented


class VersionViewSet(Resource):
    """Versions of a project's labels: named, immutable, exported the same for ever."""

    serializer_class = serializers.VersionRow
    queryset = DatasetVersion.objects.none()

    @documented(serializers.VersionRow(many=True), parameters=[serializers.VersionQuery])
    def list(self, request: Request, project: int) -> Response:
        """Newest first; `automatic=0` leaves out those that runs, restores and comparisons kept."""
        wanted = _query(serializers.VersionQuery, request)
        return self.page(queries.versions_of(self.project, **wanted).prefetch_related("exports"))

    @documented(serializers.VersionRow, code=201, request=serializers.NewVersion)
    def create(self, request: Request, project: int) -> Response:
        """A version of the project as it stands."""
        made = actions.make_version(actor_of(request), self.project, **self.body(serializers.NewVersion))
        return self.show(made, status.HTTP_201_CREATED)

    @documented(serializers.VersionRow)
    def retrieve(self, request: Request, project: int, pk: int) -> Response:
        return self.show(queries.get_version(self.project, pk))

    @documented(serializers.VersionRow, request=None)
    @action(detail=False, methods=["post"])
    def now(self, request: Request, project: int) -> Response:
        """The project as it stands, to compare with: the newest version where nothing changed since, else a new one."""
        return self.show(actions.keep_now(actor_of(request), self.project))

    @documented(serializers.ComparisonPage, parameters=[serializers.CompareQuery])
    @action(detail=False, methods=["get"])
    def compare(self, request: Request, project: int) -> Response:
        """What differs between two versions: counts over all, and the images that differ in pages."""
        wanted, found = _query(serializers.CompareQuery, request), self.project
        before, after = (queries.get_version(found, wanted[side]) for side in ("before", "after"))
        comparison, hidden = comparisons.compare(before, after), set(hidden_images(actor_of(request), found))
        rows: Any = comparisons.changed_images(comparison, wanted["kind"], but=hidden)
        page = self.paginate_queryset(rows)
        shown = comparisons.pictures(comparison, page or ())
        answer = self.get_paginated_response(serializers.PictureRow(shown, many=True).data)
        answer.data |= {"before": before.pk, "after": after.pk, "figures": comparison.figures}
        return answer

    @documented(serializers.RestoreRow, code=202, also=CONFLICT, request=serializers.NewRestore)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, project: int, pk: int) -> Response:
        """Puts a restore into the queue: boxes, completeness and splits as they were, as new history."""
        version = queries.get_version(self.project, pk)
        pk_of = self.body(serializers.NewRestore)["dataset"]
        dataset = named.dataset(version.project, pk_of) if pk_of is not None else None
        job = restores.start_restore(actor_of(request), version, dataset)
        return Response(serializers.RestoreRow(job).data, status=status.HTTP_202_ACCEPTED)


class RestoreViewSet(Resource):
    """Restores on their way, and done."""

    serializer_class = serializers.RestoreRow
    queryset = Restore.objects.none()

    @documented(serializers.RestoreRow)
    def retrieve(self, request: Request, project: int, pk: int) -> Response:
        return self.show(queries.get_restore(self.project, pk))

    @documented(serializers.RestoreRow, code=202, also=CONFLICT, request=None)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, project: int, pk: int) -> Response:
        """Takes a restore back; images that people changed since stay as they are."""
        job = restores.undo_restore(actor_of(request), queries.get_restore(self.project, pk))
        return Response(serializers.RestoreRow(job).data, status=status.HTTP_202_ACCEPTED)


def _query(shape: type[Any], request: Request) -> dict[str, Any]:
    query = shape(data=request.query_params)
    query.is_valid(raise_exception=True)
    return dict(query.validated_data)
