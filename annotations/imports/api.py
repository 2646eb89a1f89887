"""The REST API of label imports: send, look at the preview, start, follow, cancel, undo."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import parsers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle

from annotations import named, queries
from annotations.imports import actions, serializers
from annotations.models import LabelImport
from projects.errors import Refusal
from projects.models import Dataset, Project
from projects.web.actor import actor_of
from projects.web.json_body import JSONParser
from projects.web.resource import CONFLICT, Resource, documented

DETAIL = serializers.LabelImportDetail


class LabelImportViewSet(Resource):
    """Labels on their way in, with pictures or without, in any of the formats: recognised by looking."""

    parser_classes = (parsers.MultiPartParser, JSONParser)
    serializer_class = DETAIL
    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "upload"
    queryset = LabelImport.objects.none()

    def get_queryset(self) -> QuerySet[LabelImport]:
        return queries.visible_label_imports(self.project)

    def get_throttles(self) -> list[ScopedRateThrottle]:  # type: ignore[override]
        return [ScopedRateThrottle()] if self.action == "create" else []

    @documented(serializers.LabelImportRow(many=True))
    def list(self, request: Request, project: int) -> Response:
        """The newest first."""
        found = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(serializers.LabelImportRow(found, many=True).data)

    @documented(
        DETAIL,
        code=202,
        request={
            "multipart/form-data": serializers.NewLabelImport,
            "application/json": serializers.NewLabelImport,
        },
    )
    def create(self, request: Request, project: int) -> Response:
        """Takes files or addresses; a worker reads them. Nothing is imported yet: ask again until the state is `ready`,
        look at `preview`, and start it.
        """
        wanted = self.body(serializers.NewLabelImport)
        found = self.project
        into = dataset_of(found, wanted.get("dataset"))
        if wanted["urls"]:
            job = actions.take_addresses(actor_of(request), into, wanted["urls"])
        else:
            job = actions.take_files(actor_of(request), into, wanted["files"])
        return self.show(job, status.HTTP_202_ACCEPTED)

    @documented(DETAIL)
    def retrieve(self, request: Request, project: int, pk: int) -> Response:
        """How far it is; once it is read, what it would bring; in the end, what it brought."""
        return self.show(queries.get_label_import(self.project, pk))

    @documented(DETAIL, code=202, request=serializers.StartImport, also=CONFLICT)
    @action(detail=True, methods=["post"])
    def start(self, request: Request, project: int, pk: int) -> Response:
        """Imports what was previewed, as it is wanted. Goes on with an import that failed or was cancelled."""
        job = queries.get_label_import(self.project, pk)
        return self.show(
            actions.start(actor_of(request), job, self.body(serializers.StartImport)), status.HTTP_202_ACCEPTED
        )

    @documented(DETAIL, code=202, request=None, also=CONFLICT)
    @action(detail=True, methods=["post"])
    def fetch(self, request: Request, project: int, pk: int) -> Response:
        """Fetches missing pictures from the http(s) addresses that the labels name (`addresses` of the preview says how
        many), and makes the preview again.
        """
        job = queries.get_label_import(self.project, pk)
        return self.show(actions.fetch(actor_of(request), job), status.HTTP_202_ACCEPTED)

    @documented(DETAIL, request=None, also=CONFLICT)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, project: int, pk: int) -> Response:
        """Ends it where it is. What is stored already stays, and can be undone."""
        return self.show(actions.cancel(actor_of(request), queries.get_label_import(self.project, pk)))

    @documented(DETAIL, code=202, request=serializers.UndoImport, also=CONFLICT)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, project: int, pk: int) -> Response:
        """Takes back all that it brought, as new history; boxes that somebody changed since stay."""
        job = queries.get_label_import(self.project, pk)
        return self.show(
            actions.undo(actor_of(request), job, **self.body(serializers.UndoImport)), status.HTTP_202_ACCEPTED
        )


def dataset_of(project: Project, pk: int | None) -> Dataset:
    """The one that is named, or the first."""
    found = named.dataset(project, pk) if pk else project.datasets.order_by("pk").first()
    if found is None:
        raise Refusal(_("This project has no dataset yet: make one first."), field="dataset")
    found.project = project  # which knows the person's role
    return found
