"""REST of splits: how images are split, and dealing them out by fraction: parse, call an action, render."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.models import SplitChange
from annotations.splits import actions, queries
from annotations.splits.contents import SPLITS, Table
from annotations.splits.plan import Division
from projects.models import Image
from projects.web.actor import actor_of
from projects.web.resource import CONFLICT, Resource, documented


class ClassInSplit(serializers.Serializer[Any]):
    images = serializers.IntegerField(help_text=_("Images that hold the class"))
    boxes = serializers.IntegerField()
    complete = serializers.IntegerField(help_text=_("Images that are complete for it"))

    def get_fields(self) -> dict[str, Any]:
        return {"class": serializers.IntegerField(help_text=_("Id of a class"))} | super().get_fields()


class SplitRow(serializers.Serializer[Any]):
    split = serializers.ChoiceField(choices=Image.Split.choices, allow_blank=True, help_text=_("Blank for none"))
    images = serializers.IntegerField()
    classes = ClassInSplit(many=True)


class Shares(serializers.Serializer[Any]):
    """Percent of all images for each split, 100 together."""

    train = serializers.IntegerField(min_value=0, max_value=100)
    val = serializers.IntegerField(min_value=0, max_value=100)
    test = serializers.IntegerField(min_value=0, max_value=100)
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)
    keep = serializers.BooleanField(default=True, help_text=_("Images that are in a split already stay there"))


class SplitPreview(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text=_("Images whose split changes"))
    splits = SplitRow(many=True)


class DivisionRow(serializers.ModelSerializer[Any]):
    """A division on its way, or where it ended. done, total: images of its step."""

    created_by = serializers.EmailField(source="created_by.email", default=None, allow_null=True)
    count = serializers.IntegerField(help_text=_("Images whose split changed"))

    class Meta:
        model = SplitChange
        fields: Any = (
            "id", "step", "state", "done", "total", "count", "how", "problem", "undone_at", "created_by", "created_at",
        )  # fmt: skip
        read_only_fields = fields


class SplitViewSet(Resource):
    """The splits of a project's images: train, val and test."""

    serializer_class = SplitRow
    queryset = Image.objects.none()
    pagination_class = None
    filter_backends = ()

    @documented(SplitRow(many=True))
    def list(self, request: Request, project: int) -> Response:
        """What each split holds; images in none come last."""
        return Response(_rows(queries.current(self.project)))

    @documented(SplitPreview, request=Shares)
    @action(detail=False, methods=["post"])
    def preview(self, request: Request, project: int) -> Response:
        """What `divide` would do; nothing is written."""
        found = queries.preview(actor_of(request), self.project, Division(**self.body(Shares)))
        return Response({"count": found.count, "splits": _rows(found.after)})

    @documented(DivisionRow, code=202, request=Shares, also=CONFLICT)
    @action(detail=False, methods=["post"])
    def divide(self, request: Request, project: int) -> Response:
        """Has a worker deal images out by fraction, stratified by class; near-copies stay together. Ask for the
        division until its state is no longer `queued` or `running`.
        """
        change = actions.divide(actor_of(request), self.project, Division(**self.body(Shares)))
        return Response(DivisionRow(change).data, status.HTTP_202_ACCEPTED)


class DivisionViewSet(Resource):
    """Divisions of a project's images into splits."""

    serializer_class = DivisionRow
    queryset = SplitChange.objects.none()

    def get_queryset(self) -> QuerySet[SplitChange]:
        return SplitChange.objects.filter(project=self.project).select_related("project", "created_by").defer("moves")

    @documented(DivisionRow)
    def retrieve(self, request: Request, project: int, pk: int) -> Response:
        """How far it is."""
        return Response(DivisionRow(self.one(self.get_queryset(), pk=pk)).data)

    @documented(DivisionRow, request=None)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, project: int, pk: int) -> Response:
        """Ends it where it is. What changed already stays so, and can be undone."""
        change = actions.cancel(actor_of(request), self.one(self.get_queryset(), pk=pk))
        return Response(DivisionRow(change).data)

    @documented(DivisionRow, code=202, request=None, also=CONFLICT)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, project: int, pk: int) -> Response:
        """Has a worker take a division back, but for images that were put elsewhere since."""
        change = actions.undo(actor_of(request), self.one(self.get_queryset(), pk=pk))
        return Response(DivisionRow(change).data, status.HTTP_202_ACCEPTED)


def _rows(table: Table) -> list[dict[str, Any]]:
    return [
        {
            "split": split,
            "images": table.images[split],
            "classes": [
                {
                    "class": label,
                    "images": held[split].images,
                    "boxes": held[split].boxes,
                    "complete": held[split].complete,
                }
                for label, held in sorted(table.classes.items())
            ],
        }
        for split in SPLITS
    ]
