"""What the API of an image's timeline takes and gives."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from annotations.boxes.serializers import MOST_ID, MOST_INTEGER, XYXY, AttributeValues, Flags
from annotations.flags import names_of
from annotations.models import BoxHistory, DatasetVersion
from annotations.timeline.past import Past
from annotations.timeline.steps import UPLOADED, Deed
from annotations.versions.blocks import BoxState
from annotations.versions.comparison import KINDS


class WithClassAsItWas(serializers.Serializer[Any]):
    """Adds `class`, null where there is none or none any more, and what it is or was called."""

    class_name = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        return {"class": serializers.IntegerField(allow_null=True), **super().get_fields()}


class DeedRow(WithClassAsItWas):
    verb = serializers.ChoiceField(choices=[*BoxHistory.Verb.choices, (UPLOADED, gettext_lazy("uploaded"))])
    count = serializers.IntegerField()

    def to_representation(self, deed: Deed) -> dict[str, Any]:
        return {"verb": deed.verb, "class": deed.label, "class_name": deed.class_name, "count": deed.count}


class KeptVersion(serializers.ModelSerializer[Any]):
    class Meta:
        model = DatasetVersion
        fields = ("id", "number", "name", "made_at")


class StepRow(serializers.Serializer[Any]):
    """One save of one person, one comment, or one move to a split. `moment` is how other addresses call the state after
    it; 0 is the upload. `versions`: versions of the project that were made then.
    """

    moment = serializers.IntegerField()
    at = serializers.DateTimeField()
    version = serializers.IntegerField(help_text=gettext_lazy("The version of the image after it"))
    actor = serializers.EmailField(source="actor.email", default=None, allow_null=True)
    actor_name = serializers.CharField(source="actor", allow_null=True)
    deeds = DeedRow(many=True)
    versions = KeptVersion(source="kept", many=True)


class PastBox(WithClassAsItWas):
    id = serializers.UUIDField()
    xyxy = XYXY()
    flags = Flags()
    attributes = AttributeValues()


class PastChange(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=KINDS)
    before = PastBox(allow_null=True)
    after = PastBox(allow_null=True)


class PastRow(serializers.Serializer[Any]):
    """An image as it was. `changed`: what the step at this moment did to boxes; a version did nothing."""

    boxes = PastBox(many=True)
    complete = serializers.ListField(child=serializers.IntegerField(), help_text=gettext_lazy("Ids of classes"))
    tags = serializers.ListField(child=serializers.CharField())
    changed = PastChange(many=True)

    def to_representation(self, past: Past) -> dict[str, Any]:
        def row(box: BoxState | None) -> dict[str, Any] | None:
            if box is None:
                return None
            label = box.label if box.label in past.classes.live else None
            name = past.classes.name_of(box.label)
            said = {"xyxy": list(box.xyxy), "flags": names_of(box.flags), "attributes": dict(box.attributes)}
            return {"id": str(box.id), "class": label, "class_name": name, **said}

        return {
            "boxes": [row(box) for box in past.labels.boxes],
            "complete": sorted(past.labels.complete),
            "tags": sorted(past.labels.tags),
            "changed": [
                {"kind": kind.value, "before": row(before), "after": row(after)} for kind, before, after in past.changed
            ],
        }


class RestoreImage(serializers.Serializer[Any]):
    """To a `moment` of the image's history, or to what `from_version`, a version of the project, holds: one of both."""

    version = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=MOST_INTEGER,
        help_text=gettext_lazy("The version of the image that was seen; or name it in `If-Match`"),
    )
    moment = serializers.IntegerField(required=False, min_value=0, max_value=MOST_ID)
    from_version = serializers.IntegerField(required=False, min_value=0, max_value=MOST_ID)

    def validate(self, body: dict[str, Any]) -> dict[str, Any]:
        if ("moment" in body) == ("from_version" in body):
            raise serializers.ValidationError({"moment": _("Name a moment, or a version of the project.")})
        return body
