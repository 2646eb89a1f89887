"""What the API of classes takes and gives."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotations.attributes import Kind
from annotations.models import LabelClass
from projects.forms import split_names


class AttributeRow(serializers.Serializer[Any]):
    """What boxes of the class are asked for. Which fields go together, annotations.classes.attributes checks."""

    name = serializers.CharField(max_length=60)
    kind = serializers.ChoiceField(choices=list(Kind))
    choices = serializers.ListField(child=serializers.CharField(), required=False, help_text=_("Of a choice"))  # type: ignore[assignment]
    default = serializers.JSONField(required=False, allow_null=True, help_text=_("What a new box gets"))  # type: ignore[assignment]
    required = serializers.BooleanField(  # type: ignore[assignment]
        required=False, help_text=_("Whether an image is complete only where each box says it")
    )


class ClassRow(serializers.ModelSerializer[Any]):
    name = serializers.CharField(max_length=80)
    color = serializers.RegexField("^#[0-9a-fA-F]{6}$", required=False, help_text="#rrggbb")
    hotkey = serializers.CharField(max_length=1, required=False, allow_blank=True)
    position = serializers.IntegerField(min_value=0, max_value=32767, required=False)
    attributes = AttributeRow(many=True, required=False)

    class Meta:
        model = LabelClass
        fields: tuple[str, ...] = ("id", "name", "color", "hotkey", "position", "attributes")


class NewClass(ClassRow):
    """The colour and the hotkey are chosen where none is given; a new class comes last."""

    class Meta(ClassRow.Meta):
        fields = ("name", "color", "hotkey")


class ClassNames(serializers.Serializer[Any]):
    names = serializers.ListField(child=serializers.CharField(max_length=80), max_length=200, allow_empty=False)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        given = data.get("names") if hasattr(data, "get") else None
        plain = {"names": split_names(given)} if isinstance(given, str) else data
        return dict(super().to_internal_value(plain))
