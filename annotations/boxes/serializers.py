"""The shapes of classes, images with boxes, and suggestions in the API.

What is read comes as rows of annotations.boxes.payloads.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotations.flags import NAMES
from annotations.models import Origin, Suggestion
from projects import serializers as shapes
from projects.models import Image

MOST_INTEGER, MOST_ID = 2**31 - 1, 2**63 - 1  # what the databases hold in a number, and in an id


class WithClass(serializers.Serializer[Any]):
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


class XYXY(serializers.ListField):
    """Left, top, right, bottom in pixels of the upright image."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=serializers.FloatField(), min_length=4, max_length=4, **options)


class Flags(serializers.ListField):
    """What is said of the box beside its class. ignore: a region without objects, examples or counter-examples."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=serializers.ChoiceField(choices=NAMES), **options)


class AttributeValues(serializers.DictField):
    """Values by name, of what the box's class asks for: texts, numbers, true and false."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=serializers.JSONField(), **options)


class BoxRow(WithClass):
    id = serializers.UUIDField()
    xyxy = XYXY()
    author = serializers.EmailField(allow_null=True)
    origin = serializers.ChoiceField(choices=Origin.choices)
    flags = Flags()
    attributes = AttributeValues()
    updated_at = serializers.DateTimeField()


class ImageName(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    width = serializers.IntegerField(help_text=_("pixels"))
    height = serializers.IntegerField(help_text=_("pixels"))


class BoxOfImageRow(BoxRow):
    image = ImageName()


class EvidenceRow(serializers.Serializer[Any]):
    """A shot that made the model believe in a suggestion, or doubt it."""

    box_id = serializers.UUIDField(allow_null=True)
    image_id = serializers.IntegerField()
    xyxy = XYXY()
    similarity = serializers.FloatField()
    positive = serializers.BooleanField()
    crop_url = serializers.CharField()


class SuggestionRow(WithClass):
    id = serializers.IntegerField()
    xyxy = XYXY()
    probability = serializers.FloatField(help_text=_("0 to 1, calibrated"))
    score = serializers.FloatField(help_text=_("the detector's own, 0 to 1"))
    source = serializers.CharField()  # type: ignore[assignment]
    sure = serializers.BooleanField()
    state = serializers.ChoiceField(choices=Suggestion.State.choices)
    version = serializers.IntegerField()
    batch = serializers.IntegerField()
    run = serializers.IntegerField(allow_null=True)
    evidence = EvidenceRow(many=True)
    crop_url = serializers.CharField()


INCLUDES = ("boxes", "suggestions")


class Include(serializers.Serializer[Any]):
    include = serializers.CharField(
        required=False,
        default="",
        help_text=_("What comes along of each image: boxes, suggestions, or both with a comma"),
    )

    def validate_include(self, value: str) -> list[str]:
        wanted = [part.strip() for part in value.split(",") if part.strip()]
        if unknown := set(wanted) - set(INCLUDES):
            raise serializers.ValidationError(
                _("There is no %(name)s to include: boxes, suggestions.") % {"name": min(unknown)}
            )
        return wanted


class IncludedLabels(serializers.Serializer[Any]):
    """What a list was asked to bring along."""

    boxes = BoxRow(many=True, required=False)
    complete = serializers.ListField(child=serializers.IntegerField(), required=False, help_text=_("Ids of classes"))
    suggestions = SuggestionRow(many=True, required=False, help_text=_("that wait for review"))


class ImageListRow(shapes.ImageRow):
    boxes = serializers.IntegerField(source="box_count", read_only=True)
    suggestions = serializers.IntegerField(
        source="suggestion_count", read_only=True, help_text=_("that wait for review")
    )

    included = IncludedLabels(required=False, help_text=_("Where `include` names them"))

    class Meta(shapes.ImageRow.Meta):
        fields = (*shapes.ImageRow.Meta.fields, "boxes", "suggestions", "included")


class WarningRow(serializers.Serializer[Any]):
    """`double`: the suggestion was accepted where a box of its class, `other`, lies already; both are there now."""

    code = serializers.ChoiceField(choices=["double"])
    suggestion = serializers.IntegerField()
    box = serializers.UUIDField(help_text=_("The new box"))
    other = serializers.UUIDField(help_text=_("The box that was there"))


class ImageState(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    width = serializers.IntegerField(help_text=_("pixels"))
    height = serializers.IntegerField(help_text=_("pixels"))
    url = serializers.CharField()
    thumb_url = serializers.CharField()
    dataset = serializers.IntegerField()
    split = serializers.ChoiceField(Image.Split.choices, allow_blank=True)
    version = serializers.IntegerField()
    boxes = BoxRow(many=True)
    complete = serializers.ListField(child=serializers.IntegerField())
    tags = serializers.ListField(child=serializers.CharField())
    suggestions = SuggestionRow(many=True)
    warnings = WarningRow(many=True, help_text=_("What the changes just made may have got wrong; else empty"))
    previous = serializers.IntegerField(allow_null=True)
    next = serializers.IntegerField(allow_null=True)
    position = serializers.IntegerField()
    total = serializers.IntegerField()


class Change(serializers.Serializer[Any]):
    """One change. `op` says which of the other fields are needed; annotations.boxes.changes checks them."""

    op = serializers.ChoiceField(
        choices=["create", "update", "delete", "complete", "tag", "accept", "reject", "reopen"]
    )
    id = serializers.UUIDField(required=False)
    xyxy = XYXY(required=False)
    flags = Flags(required=False)
    attributes = AttributeValues(required=False)
    value = serializers.BooleanField(required=False)
    tag = serializers.CharField(required=False)
    suggestion = serializers.IntegerField(required=False)

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"class": serializers.IntegerField(required=False)}


class ChangesBody(serializers.Serializer[Any]):
    version = serializers.IntegerField(
        required=False, help_text=_("The version of the image that was seen; or name it in `If-Match`")
    )
    changes = Change(many=True)


class Changes(serializers.Serializer[Any]):
    """What is checked before the action looks at the list itself."""

    version = serializers.IntegerField(required=False, min_value=0, max_value=MOST_INTEGER)
    changes = serializers.ListField(child=serializers.JSONField())


class ImageChanges(serializers.Serializer[Any]):
    image = serializers.IntegerField(min_value=0, max_value=MOST_ID)
    version = serializers.IntegerField(min_value=0, max_value=MOST_INTEGER)
    changes = serializers.ListField(child=serializers.JSONField())


class ManyChanges(serializers.Serializer[Any]):
    images = serializers.ListField(child=ImageChanges(), max_length=200)


class ImageChangesBody(serializers.Serializer[Any]):
    image = serializers.IntegerField()
    version = serializers.IntegerField(help_text=_("The version of the image that was seen"))
    changes = Change(many=True)


class ManyChangesBody(serializers.Serializer[Any]):
    """At most 200 changes in all."""

    images = ImageChangesBody(many=True)


class ChangedImage(serializers.Serializer[Any]):
    image = serializers.IntegerField()
    version = serializers.IntegerField(help_text=_("as it is now"))
    changed = serializers.BooleanField(help_text=_("No where all of it had been said before"))
    warnings = WarningRow(many=True)


class ChangedImages(serializers.Serializer[Any]):
    images = ChangedImage(many=True)


class StaleImage(shapes.ProblemDetail):
    current = ImageState()


class StaleImages(shapes.ProblemDetail):
    current = ImageState(many=True)
