"""The shapes of classes, images with boxes, and suggestions in the API. What is read comes as rows of annotations.state."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotations.models import LabelClass, Origin, Suggestion
from projects import serializers as shapes


class WithClass(serializers.Serializer):
    """Adds the field `class`, which Python will not let a class body name."""

    class_required = True

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {
            "class": serializers.IntegerField(required=self.class_required, help_text=_("Id of a class"))
        }


class ProjectRow(shapes.ProjectRow):
    boxes = serializers.IntegerField(source="box_count", read_only=True)

    class Meta(shapes.ProjectRow.Meta):
        fields = (*shapes.ProjectRow.Meta.fields, "boxes")


class ClassRow(serializers.ModelSerializer):
    name = serializers.CharField(max_length=80)
    color = serializers.RegexField("^#[0-9a-fA-F]{6}$", required=False, help_text="#rrggbb")
    hotkey = serializers.CharField(max_length=1, required=False, allow_blank=True)
    position = serializers.IntegerField(min_value=0, max_value=32767, required=False)

    class Meta:
        model = LabelClass
        fields = ("id", "name", "color", "hotkey", "position")


class NewClass(ClassRow):
    """The colour and the hotkey are chosen where none is given; a new class comes last."""

    class Meta(ClassRow.Meta):
        fields = ("name", "color", "hotkey")


class ImageListRow(shapes.ImageRow):
    boxes = serializers.IntegerField(source="box_count", read_only=True)
    suggestions = serializers.IntegerField(
        source="suggestion_count", read_only=True, help_text=_("that wait for review")
    )

    class Meta(shapes.ImageRow.Meta):
        fields = (*shapes.ImageRow.Meta.fields, "boxes", "suggestions")


class XYXY(serializers.ListField):
    """Left, top, right, bottom in pixels of the upright image."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=serializers.FloatField(), min_length=4, max_length=4, **options)


class BoxRow(WithClass):
    id = serializers.UUIDField()
    xyxy = XYXY()
    author = serializers.EmailField(allow_null=True)
    origin = serializers.ChoiceField(choices=Origin.choices)
    updated_at = serializers.DateTimeField()


class EvidenceRow(serializers.Serializer):
    """A shot that made the model believe in a suggestion, or doubt it."""

    box_id = serializers.UUIDField(allow_null=True)
    image_id = serializers.IntegerField()
    xyxy = XYXY()
    similarity = serializers.FloatField()
    positive = serializers.BooleanField()
    crop_url = serializers.CharField(allow_null=True)


class SuggestionRow(WithClass):
    id = serializers.IntegerField()
    xyxy = XYXY()
    probability = serializers.FloatField(help_text=_("0 to 1, calibrated"))
    score = serializers.FloatField(help_text=_("the detector's own, 0 to 1"))
    source = serializers.CharField()
    sure = serializers.BooleanField()
    state = serializers.ChoiceField(choices=Suggestion.State.choices)
    version = serializers.IntegerField()
    batch = serializers.IntegerField()
    run = serializers.IntegerField(allow_null=True)
    evidence = EvidenceRow(many=True)
    crop_url = serializers.CharField()


class ImageName(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()


class SuggestionOfImageRow(SuggestionRow):
    image = ImageName()


class ImageState(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    width = serializers.IntegerField(help_text=_("pixels"))
    height = serializers.IntegerField(help_text=_("pixels"))
    url = serializers.CharField()
    thumb_url = serializers.CharField()
    version = serializers.IntegerField()
    boxes = BoxRow(many=True)
    complete = serializers.ListField(child=serializers.IntegerField())
    suggestions = SuggestionRow(many=True)
    previous = serializers.IntegerField(allow_null=True)
    next = serializers.IntegerField(allow_null=True)
    position = serializers.IntegerField()
    total = serializers.IntegerField()


class Change(serializers.Serializer):
    """One change. `op` says which of the other fields are needed; annotations.changes checks them."""

    op = serializers.ChoiceField(choices=["create", "update", "delete", "complete", "accept", "reject", "reopen"])
    id = serializers.UUIDField(required=False)
    xyxy = XYXY(required=False)
    value = serializers.BooleanField(required=False)
    suggestion = serializers.IntegerField(required=False)

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"class": serializers.IntegerField(required=False)}


class ChangesDescribed(serializers.Serializer):
    version = serializers.IntegerField(help_text=_("The version of the image that was seen"))
    changes = Change(many=True)


class Changes(serializers.Serializer):
    """What is checked before the action looks at the list itself."""

    version = serializers.IntegerField()
    changes = serializers.ListField(child=serializers.JSONField())


class StaleImage(shapes.ProblemDetail):
    current = ImageState()


class StaleSuggestions(shapes.ProblemDetail):
    current = SuggestionRow(many=True)


class Seen(serializers.Serializer):
    id = serializers.IntegerField()
    version = serializers.IntegerField()


class Decision(serializers.Serializer):
    items = Seen(many=True, allow_empty=False)


class Accepted(serializers.Serializer):
    """`items` are the versions after the decision: what a reopen has to name."""

    accepted = serializers.ListField(child=serializers.IntegerField())
    boxes = serializers.IntegerField()
    items = Seen(many=True)


class Rejected(serializers.Serializer):
    rejected = serializers.ListField(child=serializers.IntegerField())
    items = Seen(many=True)


class Reopened(serializers.Serializer):
    reopened = serializers.ListField(child=serializers.IntegerField())
    items = Seen(many=True)


class Relabelling(WithClass, Decision):
    """The class that they are of."""


class Above(serializers.Serializer):
    """Which of those that wait are accepted unseen: at least so probable, or only what the runs call sure."""

    run = serializers.IntegerField(required=False, allow_null=True)
    min_probability = serializers.FloatField(min_value=0, max_value=1, default=0.0)
    sure = serializers.BooleanField(default=False)

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"class": serializers.IntegerField(required=False, allow_null=True)}


class AcceptedPart(serializers.Serializer):
    """`items` as a reopen has to name them; `left` is how many still wait for the next call."""

    items = Seen(many=True)
    left = serializers.IntegerField()


class UsefulOrder(serializers.Serializer):
    ids = serializers.ListField(child=serializers.IntegerField())


class Hundredth(serializers.Serializer):
    """Suggestions whose probability is at least `at` and less than a hundredth more."""

    at = serializers.FloatField()
    waiting = serializers.IntegerField()
    sure = serializers.IntegerField(help_text=_("of those that wait"))
    expected = serializers.FloatField(help_text=_("How many of those that wait are right, as the runs believe"))
    yes = serializers.IntegerField(help_text=_("Answers of people who looked"))
    no = serializers.IntegerField()
    lot_yes = serializers.IntegerField(help_text=_("Of these, the answers to what was drawn by lot"))
    lot_no = serializers.IntegerField()


class CutOff(serializers.Serializer):
    bins = Hundredth(many=True)


class SureOnes(serializers.Serializer):
    """Those that the run calls sure; or, with `min_probability`, all that are at least that probable."""

    run = serializers.IntegerField()
    min_probability = serializers.FloatField(min_value=0, max_value=1, required=False, allow_null=True)


class AcceptedCount(serializers.Serializer):
    accepted = serializers.IntegerField()


class ExportQuery(serializers.Serializer):
    """`class` may be repeated; without it, all classes."""

    format = serializers.ChoiceField(choices=["coco", "yolo"])
    dataset = serializers.IntegerField(required=False)
    images = serializers.BooleanField(required=False, default=False, help_text=_("whether the pictures come along"))

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {
            "class": serializers.ListField(child=serializers.IntegerField(), required=False, default=list)
        }
