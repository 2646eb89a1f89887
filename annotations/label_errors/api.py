"""REST of label errors: what a check found, and the answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, FilterSet, NumberFilter
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.blindness import hidden_images
from annotations.boxes import crops
from annotations.boxes.payloads import place_url
from annotations.boxes.serializers import XYXY, ImageName, WithClass
from annotations.geometry import around
from annotations.label_errors import actions, queries
from annotations.models import LabelError
from projects.web.actor import actor_of
from projects.web.resource import CONFLICT, Resource, documented, single


class LabelErrorRow(WithClass):
    """`class`, `xyxy`: the label as the check saw it; of a missing box what it should be."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=LabelError.Kind.choices)
    state = serializers.ChoiceField(choices=LabelError.State.choices)
    version = serializers.IntegerField()
    proposed = serializers.IntegerField(allow_null=True, help_text=_("Id of the class that a wrong one should have"))
    xyxy = XYXY()
    tight = XYXY(allow_null=True, help_text=_("Where a tighter box lies"))
    box = serializers.UUIDField(allow_null=True)
    probability = serializers.FloatField(help_text=_("0 to 1, that the label is wrong"))
    image = ImageName()
    crop = XYXY(help_text=_("The part of the image that the picture at `crop_url` shows"))
    crop_url = serializers.CharField()


class LabelErrorCounts(serializers.Serializer[Any]):
    """How many wait, by kind."""

    wrong_class = serializers.IntegerField()
    spurious = serializers.IntegerField()
    missing = serializers.IntegerField()
    loose = serializers.IntegerField()


class SeenError(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    version = serializers.IntegerField(help_text=_("As it was seen"))


class ErrorAnswers(serializers.Serializer[Any]):
    items = SeenError(many=True, help_text=_("At most 200"))


class AnswerVersions(serializers.Serializer[Any]):
    items = SeenError(many=True, help_text=_("With their versions of now"))


class LabelErrorFilter(FilterSet):
    """Those that wait and still stand, where no state is named."""

    kind = ChoiceFilter(choices=LabelError.Kind.choices)
    state = ChoiceFilter(choices=LabelError.State.choices, method="in_state", label=_("pending where nothing is said"))

    def __init__(self, data: Any = None, *args: Any, **options: Any) -> None:
        data = data.copy() if data is not None else {}
        data["state"] = data.get("state") or LabelError.State.PENDING
        super().__init__(data, *args, **options)

    def in_state(self, rows: QuerySet[LabelError], name: str, value: str) -> QuerySet[LabelError]:
        return queries.standing(rows) if value == LabelError.State.PENDING else rows.filter(state=value)


# Python will not let a class body name a field `class`.
LabelErrorFilter.base_filters["class"] = NumberFilter("label_id", label=_("Id of a class"))


class LabelErrorViewSet(Resource):
    """Labels that a check calls likely wrong."""

    serializer_class = LabelErrorRow
    filterset_class = LabelErrorFilter
    queryset = LabelError.objects.none()

    @documented(LabelErrorRow(many=True))
    def list(self, request: Request, project: int) -> Response:
        """Most probable first: those that wait and still stand, where no state is asked for."""
        found = self.paginate_queryset(self.filter_queryset(self._seen()))
        return self.get_paginated_response([_row(one) for one in found or ()])

    @documented(single(LabelErrorCounts))
    @action(detail=False, methods=["get"])
    def counts(self, request: Request, project: int) -> Response:
        """How many wait at this moment, by kind."""
        return Response(queries.counts(self._seen()))

    @documented(AnswerVersions, request=ErrorAnswers, also=CONFLICT)
    @action(detail=False, methods=["post"])
    def fix(self, request: Request, project: int) -> Response:
        """Mends labels as proposed: another class, a tighter box, a box more or a box less."""
        return self._answer(actions.fix)

    @documented(AnswerVersions, request=ErrorAnswers, also=CONFLICT)
    @action(detail=False, methods=["post"])
    def keep(self, request: Request, project: int) -> Response:
        """Says that labels are right as they are; later checks do not ask again."""
        return self._answer(actions.keep)

    @documented(AnswerVersions, request=ErrorAnswers, also=CONFLICT)
    @action(detail=False, methods=["post"])
    def reopen(self, request: Request, project: int) -> Response:
        """Takes answers back; a label that was mended is again as it was."""
        return self._answer(actions.reopen)

    def _seen(self) -> QuerySet[LabelError]:
        here = self.project
        return queries.errors_of(here).exclude(image__in=hidden_images(actor_of(self.request), here))

    def _answer(self, verb: Callable[..., Sequence[LabelError]]) -> Response:
        items = [(one["id"], one["version"]) for one in self.body(ErrorAnswers)["items"]]
        found = verb(actor_of(self.request), self.project, items)
        return Response({"items": [{"id": one.pk, "version": one.version} for one in found]})


def _row(error: LabelError) -> dict[str, Any]:
    image = error.image
    shown = around([error.xyxy, error.tighter or error.xyxy])
    crop = list(crops.window(shown, image.width, image.height))
    return actions.error_row(error) | {"crop": crop, "crop_url": place_url(image.pk, shown)}
