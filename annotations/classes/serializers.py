"""What the API of classes takes and gives."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from annotations.models import LabelClass
from projects.forms import split_names


class ClassRow(serializers.ModelSerializer[Any]):
    name = serializers.CharField(max_length=80)
    color = serializers.RegexField("^#[0-9a-fA-F]{6}$", required=False, help_text="#rrggbb")
    hotkey = serializers.CharField(max_length=1, required=False, allow_blank=True)
    position = serializers.IntegerField(min_value=0, max_value=32767, required=False)

    class Meta:
        model = LabelClass
        fields: tuple[str, ...] = ("id", "name", "color", "hotkey", "position")


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
