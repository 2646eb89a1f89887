"""REST for searches: what was found, and boxes made of it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.blindness import hidden_images
from annotations.boxes.serializers import XYXY, ImageName
from projects.web.actor import actor_of
from projects.web.resource import CONFLICT, Resource, documented, single
from training.models import Run
from training.runner import matches as runner_matches
from training.runs import queries
from training.search import actions
from training.search import matches as search_matches


class MatchRow(serializers.Serializer[Any]):
    """One place that looks alike; `similarity` is a cosine, 0 to 1, and no probability.

    `crop`: what `crop_url` shows.
    """

    index = serializers.IntegerField()
    image = ImageName()
    xyxy = XYXY()
    crop = XYXY()
    similarity = serializers.FloatField()
    boxed = serializers.ListField(child=serializers.IntegerField(), help_text="Classes that have a box there already")
    crop_url = serializers.CharField()


class MatchesAnswer(serializers.Serializer[Any]):
    """At most 200, the most alike first."""

    matches = MatchRow(many=True)


class AddRequest(serializers.Serializer[Any]):
    items = serializers.ListField(child=serializers.IntegerField(min_value=0), max_length=runner_matches.MOST)
    label = serializers.IntegerField(  # type: ignore[assignment]
        help_text="Id of the class that the boxes are to be of"
    )
    corners = serializers.DictField(
        child=XYXY(), default=dict, help_text="By item: the corners that its box is to have, where they are others"
    )

    def validate_corners(self, value: dict[str, list[float]]) -> dict[int, tuple[float, ...]]:
        return {int(item): tuple(xyxy) for item, xyxy in value.items() if item.isdecimal()}


class AddAnswer(serializers.Serializer[Any]):
    added = serializers.IntegerField()
    left_out = serializers.IntegerField(help_text="Where a box of the class lies already, or the image is gone")


class MatchesView(Resource):
    """What a search (a run of kind `similar`) found."""

    serializer_class = MatchesAnswer
    queryset = Run.objects.none()

    @documented(single(MatchesAnswer))
    def list(self, request: Request, pk: int) -> Response:
        """Empty until the run is done."""
        run = queries.get_run(actor_of(request), pk)
        return Response({"matches": search_matches.rows(run, set(hidden_images(actor_of(request), run.project)))})

    @documented(AddAnswer, request=AddRequest, also=CONFLICT)
    def create(self, request: Request, pk: int) -> Response:
        """Makes boxes of some matches; `undo` of the run takes all of them back."""
        run = queries.get_run(actor_of(request), pk)
        asked = self.body(AddRequest)
        return Response(
            actions.add_boxes(actor_of(request), run, asked["items"], asked["label"], corners=asked["corners"])
        )
