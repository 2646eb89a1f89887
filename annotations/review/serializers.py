"""What the API of suggestions takes and gives."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotations.boxes.serializers import XYXY, ImageName, SuggestionRow, WithClass
from projects import serializers as shapes


class SuggestionOfImageRow(SuggestionRow):
    """`crop`: the part of the image that the picture at `crop_url` shows."""

    image = ImageName()
    crop = XYXY()


class SuggestionAtCursor(SuggestionOfImageRow):
    """The same row, under a name of its own, for its list has no count."""


class StaleSuggestions(shapes.ProblemDetail):
    current = SuggestionRow(many=True)


class SeenSuggestion(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    version = serializers.IntegerField()


class Decision(serializers.Serializer[Any]):
    items = SeenSuggestion(many=True, allow_empty=False)


class AdjustedSuggestion(SeenSuggestion):
    xyxy = XYXY(required=False, help_text=_("The corners that the box is to have, where they are others"))


class Acceptance(serializers.Serializer[Any]):
    items = AdjustedSuggestion(many=True, allow_empty=False)


class AcceptAnswer(serializers.Serializer[Any]):
    """`items` are the versions after the decision: what a reopen has to name."""

    accepted = serializers.ListField(child=serializers.IntegerField())
    boxes = serializers.IntegerField()
    items = SeenSuggestion(many=True)


class RejectAnswer(serializers.Serializer[Any]):
    rejected = serializers.ListField(child=serializers.IntegerField())
    items = SeenSuggestion(many=True)


class ReopenAnswer(serializers.Serializer[Any]):
    reopened = serializers.ListField(child=serializers.IntegerField())
    items = SeenSuggestion(many=True)


class RelabelRequest(WithClass, Acceptance):
    """The class that they are of."""


class Above(serializers.Serializer[Any]):
    """Which of those that wait are accepted unseen: at least so probable, or only what the runs call sure."""

    run = serializers.IntegerField(required=False, allow_null=True)
    batch = serializers.IntegerField(required=False, allow_null=True)
    min_probability = serializers.FloatField(min_value=0, max_value=1, default=0.0)
    sure = serializers.BooleanField(default=False)

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"class": serializers.IntegerField(required=False, allow_null=True)}


class AcceptedPart(serializers.Serializer[Any]):
    """`items` as a reopen has to name them; `left` is how many still wait for the next call."""

    items = SeenSuggestion(many=True)
    left = serializers.IntegerField()


class UsefulOrder(serializers.Serializer[Any]):
    ids = serializers.ListField(child=serializers.IntegerField())


class ImagesInOrder(serializers.Serializer[Any]):
    total = serializers.IntegerField()
    stretches = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2),
        help_text=_("Ids of images in order: each pair is an id and how many follow one another from it"),
    )


class Hundredth(serializers.Serializer[Any]):
    """Suggestions whose probability is at least `at` and less than a hundredth more."""

    at = serializers.FloatField()
    waiting = serializers.IntegerField()
    sure = serializers.IntegerField(help_text=_("of those that wait"))
    dropped = serializers.IntegerField(help_text=_("Below their runs' thresholds: asked for with `state=dropped`"))
    expected = serializers.FloatField(help_text=_("How many of those that wait are right, as the runs believe"))
    yes = serializers.IntegerField(help_text=_("Answers of people who looked"))
    no = serializers.IntegerField()
    lot_yes = serializers.IntegerField(help_text=_("Of these, the answers to what was drawn by lot"))
    lot_no = serializers.IntegerField()


class Share(serializers.Serializer[Any]):
    """Of all answers of people who looked, how many were right, with the ends of a 95 % interval: null below five
    answers.
    """

    right = serializers.IntegerField()
    all = serializers.IntegerField()
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class CutOff(serializers.Serializer[Any]):
    bins = Hundredth(many=True)
    answers = Share()


class SureOnes(serializers.Serializer[Any]):
    """Those that the run calls sure; or, with `min_probability`, all that are at least that probable."""

    run = serializers.IntegerField()
    min_probability = serializers.FloatField(min_value=0, max_value=1, required=False, allow_null=True)


class AcceptedCount(serializers.Serializer[Any]):
    accepted = serializers.IntegerField()
