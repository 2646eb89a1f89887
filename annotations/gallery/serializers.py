"""What the gallery's API is asked and answers."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotations.gallery import actions
from annotations.tags.names import LONGEST
from projects.models import Image

LARGEST = 2**63 - 1  # number of a row; PostgreSQL compares a larger one and finds nothing, SQLite breaks


class Order(serializers.Serializer[Any]):
    total = serializers.IntegerField()
    stretches = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2),
        help_text=_("Ids in the order that was asked for: each pair is an id and how many follow one another from it"),
    )
    groups = serializers.ListField(
        child=serializers.IntegerField(),
        help_text=_("Where copies were asked for, which lie side by side: how many there are of each picture"),
    )


MARKS = serializers.ListField(
    child=serializers.ListField(child=serializers.FloatField(), min_length=5, max_length=5),
    help_text=_("Id of the class, left, top, right and bottom as parts of the image's sides; the 60 largest"),
)


class Before(serializers.Serializer[Any]):
    """Who or which dataset images were of: what takes the change back."""

    images = serializers.ListField(child=serializers.IntegerField())
    value = serializers.IntegerField(allow_null=True)


class GalleryRow(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    width = serializers.IntegerField(help_text=_("pixels"))
    height = serializers.IntegerField(help_text=_("pixels"))
    split = serializers.ChoiceField(choices=Image.Split.choices, allow_blank=True)
    split_name = serializers.CharField(allow_blank=True)
    boxes = serializers.IntegerField()
    suggestions = serializers.IntegerField(help_text=_("that wait for review"))
    complete = serializers.IntegerField(help_text=_("classes that are said to be complete"))
    tags = serializers.ListField(child=serializers.CharField())
    assignee = serializers.CharField(allow_null=True)
    drawn = MARKS
    suggested = MARKS


class Images(serializers.Serializer[Any]):
    images = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST), max_length=actions.MOST, allow_empty=False
    )


class Assignment(Images):
    assignee = serializers.IntegerField(allow_null=True, help_text=_("Id of a member; null for nobody"))


class Move(Images):
    dataset = serializers.IntegerField()


class TagRequest(Images):
    tag = serializers.CharField(max_length=LONGEST)
    value = serializers.BooleanField(help_text=_("Whether they get it, or lose it"))


class TagAnswer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    images = serializers.ListField(
        child=serializers.IntegerField(), help_text=_("Those that changed; the other value takes it back")
    )


class BeforeSplit(serializers.Serializer[Any]):
    """Which split images were in: what takes the change back."""

    images = serializers.ListField(child=serializers.IntegerField())
    value = serializers.ChoiceField(choices=Image.Split.choices, allow_blank=True)


class IntoSplit(serializers.Serializer[Any]):
    """`split` with either `images` or `filter`; or `before` alone."""

    split = serializers.ChoiceField(
        choices=Image.Split.choices, allow_blank=True, required=False, help_text=_("Blank for none")
    )
    images = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST), max_length=actions.MOST, default=list
    )
    filter = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=500,
        help_text=_("Instead of images: what stands after the `?` of the gallery; blank for all images"),
    )
    before = BeforeSplit(many=True, required=False, help_text=_("What a call has changed, to take it back"))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "before" not in attrs and "split" not in attrs:
            raise serializers.ValidationError({"split": _("Name a split.")})
        if "before" not in attrs and not attrs["images"] and "filter" not in attrs:
            raise serializers.ValidationError({"images": _("Name images.")})
        return attrs


class SplitAnswer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    along = serializers.IntegerField(help_text=_("How many of these are near-copies of an image that was named"))
    before = BeforeSplit(many=True)


class Classes(Images):
    classes = serializers.ListField(
        child=serializers.IntegerField(), required=False, help_text=_("Ids of classes; all where none is named")
    )


class Mark(serializers.Serializer[Any]):
    """Images that one class is complete in."""

    images = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST), max_length=actions.MOST
    )

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"class": serializers.IntegerField(help_text=_("Id of a class"))}


class Completion(serializers.Serializer[Any]):
    """Either `images` (with `classes`), or `marks`."""

    value = serializers.BooleanField()
    images = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST), max_length=actions.MOST, default=list
    )
    classes = serializers.ListField(
        child=serializers.IntegerField(), required=False, help_text=_("Ids of classes; all where none is named")
    )
    marks = Mark(many=True, required=False, help_text=_("Instead of images and classes: what a call has changed"))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs["images"] and not attrs.get("marks"):
            raise serializers.ValidationError({"images": _("Name images.")})
        return attrs


class CompletionAnswer(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text=_("Images that changed"))
    marks = Mark(many=True)
    lacking = serializers.IntegerField(
        help_text=_("Images left open: a box lacks an attribute that its class requires")
    )


class CompletePreview(serializers.Serializer[Any]):
    images = serializers.IntegerField(help_text=_("Images that are not complete for it yet"))
    empty = serializers.IntegerField(help_text=_("Of these, images with no box of it"))

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"class": serializers.IntegerField(help_text=_("Id of a class"))}


class DeletionAnswer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    bin = serializers.IntegerField(allow_null=True, help_text=_("the entry of the bin that brings them back"))


class GalleryAnswer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    before = Before(many=True)
    stayed = serializers.ListField(
        child=serializers.CharField(), required=False, help_text=_("Names of images that are in the dataset already")
    )
