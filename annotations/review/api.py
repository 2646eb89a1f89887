"""The REST API of suggestions: the queue, and the decisions on it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from annotations import queries
from annotations.blindness import hidden_images
from annotations.boxes import crops
from annotations.boxes.payloads import image_name, suggestion_row, with_run
from annotations.gallery.rows import stretches
from annotations.geometry import XYXY
from annotations.models import Box, Suggestion
from annotations.review import actions as review_actions
from annotations.review import queue, serializers
from annotations.review.cutoff import CutOff, count, cut_off
from annotations.review.filters import SuggestionFilter
from projects.web.actor import actor_of
from projects.web.pagination import Cursor
from projects.web.resource import Resource, documented, ordered_by

STALE_SUGGESTIONS = {409: OpenApiResponse(serializers.StaleSuggestions, "Decided meanwhile; the current rows")}


class SuggestionViewSet(Resource):
    """Suggestions of runs: boxes with a probability and the shots that speak for them. Reviewers decide."""

    serializer_class = serializers.SuggestionOfImageRow
    filterset_class = SuggestionFilter
    queryset = Suggestion.objects.none()

    @documented(serializers.SuggestionOfImageRow(many=True))
    def list(self, request: Request, project: int) -> Response:
        # The order is found among ids alone, which the index holds; rows with their evidence are read for one page.
        here = self.project
        hidden = hidden_images(actor_of(request), here)
        ids = self.paginate_queryset(self.filter_queryset(queries.suggestion_ids(here).exclude(image__in=hidden)))
        found = with_run(Suggestion.objects.select_related("image")).in_bulk(ids)
        rows = [found[pk] for pk in ids or () if pk in found]
        return self.get_paginated_response([_with_image(one, set(hidden)) for one in rows])

    @documented(serializers.UsefulOrder)
    @action(detail=False, methods=["get"])
    def order(self, request: Request, project: int) -> Response:
        """Those that wait, the most useful answer first: doubt times variety, every tenth by chance.

        A thousand at most.
        """
        labels = list(self.project.classes.values_list("pk", flat=True))
        wanted = request.query_params.get("class", "")
        return Response({"ids": queue.useful_order(self._filtered(), [pk for pk in labels if wanted in ("", str(pk))])})

    @documented(serializers.ImagesInOrder)
    @action(detail=False, methods=["get"])
    def images(self, request: Request, project: int) -> Response:
        """The images of the suggestions that are asked for, each once, in the order of the queue (`ordering=useful`
        too).
        """
        ids = queue.images_in_order(self._filtered(), request.query_params.get("ordering", ""))
        return Response({"total": len(ids), "stretches": stretches(ids)})

    @documented(serializers.CutOff)
    @action(detail=False, methods=["get"])
    def cutoff(self, request: Request, project: int) -> Response:
        """How many wait at each hundredth of probability, and what people answered there: ask with `state=all`."""
        found = self._cut_off()
        return Response({"bins": found.bins, "answers": found.answers.share()})

    @documented(serializers.AcceptAnswer, also=STALE_SUGGESTIONS, request=serializers.Acceptance)
    @action(detail=False, methods=["post"])
    def accept(self, request: Request, project: int) -> Response:
        """Makes boxes of suggestions, with the corners that are named or their own: all of them, or none when one was
        decided meanwhile.
        """
        items, corners = _named(self.body(serializers.Acceptance))
        return _accepted(items, review_actions.accept(actor_of(request), self.project, items, corners=corners))

    @documented(serializers.AcceptAnswer, also=STALE_SUGGESTIONS, request=serializers.RelabelRequest)
    @action(detail=False, methods=["post"])
    def relabel(self, request: Request, project: int) -> Response:
        """Makes boxes of suggestions, of the class that is named: all of them, or none."""
        wanted = self.body(serializers.RelabelRequest)
        items, corners = _named(wanted)
        made = review_actions.relabel(actor_of(request), self.project, items, wanted["class"], corners=corners)
        return _accepted(items, made)

    @documented(serializers.AcceptedPart, request=serializers.Above)
    @action(detail=False, methods=["post"])
    def accept_above(self, request: Request, project: int) -> Response:
        """Accepts the best 200 above a cut-off; call again while some are left."""
        wanted = self.body(serializers.Above)
        chosen = queries.suggestions_above(
            self.project,
            wanted["min_probability"],
            run=wanted.get("run"),
            batch=wanted.get("batch"),
            label=wanted.get("class"),
            sure=wanted["sure"],
        )
        found, left = review_actions.accept_some(actor_of(request), self.project, chosen)
        return Response({"items": [{"id": row.pk, "version": row.version} for row in found], "left": left})

    @documented(serializers.RejectAnswer, also=STALE_SUGGESTIONS, request=serializers.Decision)
    @action(detail=False, methods=["post"])
    def reject(self, request: Request, project: int) -> Response:
        return self._decide(request, review_actions.reject, "rejected")

    @documented(serializers.ReopenAnswer, also=STALE_SUGGESTIONS, request=serializers.Decision)
    @action(detail=False, methods=["post"])
    def reopen(self, request: Request, project: int) -> Response:
        """Takes decisions back; a box that came of one goes again."""
        return self._decide(request, review_actions.reopen, "reopened")

    @documented(serializers.AcceptedCount, request=serializers.SureOnes)
    @action(detail=False, methods=["post"])
    def accept_sure(self, request: Request, project: int) -> Response:
        """Accepts what a run is sure of."""
        wanted = self.body(serializers.SureOnes)
        batch = queries.get_batch(self.project, run=wanted["run"])
        least = wanted.get("min_probability")
        return Response(
            {"accepted": review_actions.accept_sure(actor_of(request), self.project, batch, min_probability=least)}
        )

    def _filtered(self) -> QuerySet[Suggestion]:
        here = self.project
        rows = queries.suggestions_of(here).exclude(image__in=hidden_images(actor_of(self.request), here))
        return self.filter_queryset(rows)

    def _cut_off(self) -> CutOff:
        """What the queue's page asks, of a class or a run, is kept from look to look; anything else is counted."""
        asked = {name: str(value) for name, value in self.request.query_params.items() if value}
        state, narrow = asked.pop("state", ""), {name: int(text) for name, text in asked.items() if text.isdecimal()}
        kept = state == "all" and narrow.keys() == asked.keys() and narrow.keys() <= {"class", "run"}
        if kept and not hidden_images(actor_of(self.request), self.project).exists():
            return cut_off(self.project, label=narrow.get("class"), run=narrow.get("run"))
        return count(self._filtered())

    def _items(self) -> Sequence[review_actions.SeenSuggestion]:
        return [(item["id"], item["version"]) for item in self.body(serializers.Decision)["items"]]

    def _decide(self, request: Request, verb: Callable[..., Sequence[Suggestion]], name: str) -> Response:
        found = verb(actor_of(request), self.project, self._items())
        return Response(
            {name: [row.pk for row in found], "items": [{"id": row.pk, "version": row.version} for row in found]}
        )


class SuggestionCursorViewSet(Resource):
    """All suggestions of a project, to be read to their end."""

    serializer_class = serializers.SuggestionAtCursor
    filterset_class = SuggestionFilter
    pagination_class = Cursor
    queryset = Suggestion.objects.none()
    orderings: ClassVar = {
        "-probability": ("-probability", "id"),
        "probability": ("probability", "id"),
        "id": ("id",),
        "-id": ("-id",),
    }

    @documented(serializers.SuggestionAtCursor(many=True), parameters=[ordered_by(orderings)])
    def list(self, request: Request, project: int) -> Response:
        """The same rows and filters as `suggestions/`, but follow `next` until it is null."""
        here, hidden = self.project, hidden_images(actor_of(request), self.project)
        keys = queries.suggestions_of(here).exclude(image__in=hidden).values("id", "probability")
        ids = [row["id"] for row in self.paginate_queryset(self.filter_queryset(keys)) or ()]
        found = with_run(Suggestion.objects.select_related("image")).in_bulk(ids)
        rows = [found[pk] for pk in ids if pk in found]
        return self.get_paginated_response([_with_image(one, set(hidden)) for one in rows])


def _named(wanted: Mapping[str, Any]) -> tuple[list[review_actions.SeenSuggestion], dict[int, XYXY]]:
    items = [(item["id"], item["version"]) for item in wanted["items"]]
    return items, {item["id"]: tuple(item["xyxy"]) for item in wanted["items"] if "xyxy" in item}


def _accepted(items: Sequence[review_actions.SeenSuggestion], boxes: list[Box]) -> Response:
    seen = [{"id": pk, "version": version + 1} for pk, version in items]
    return Response({"accepted": [pk for pk, _version in items], "boxes": len(boxes), "items": seen})


def _with_image(suggestion: Suggestion, hidden: Collection[int]) -> dict[str, Any]:
    image = suggestion.image
    return suggestion_row(suggestion, hidden) | {
        "image": image_name(image),
        "crop": list(crops.window(suggestion.xyxy, image.width, image.height)),
    }
