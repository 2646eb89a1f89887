"""What the API of exports takes."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotations.formats.table import FORMATS


class ExportQuery(serializers.Serializer[Any]):
    """`class` may be repeated; without it, all classes."""

    format = serializers.ChoiceField(choices=list(FORMATS))
    dataset = serializers.IntegerField(required=False)
    images = serializers.BooleanField(required=False, default=False, help_text=_("whether the pictures come along"))

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {
            "class": serializers.ListField(child=serializers.IntegerField(), required=False, default=list)
        }
