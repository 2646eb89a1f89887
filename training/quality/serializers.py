"""What the API of quality gives."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from projects.serializers import PersonRow


class EstimateRow(serializers.Serializer[Any]):
    """A value with the ends of its 95 % interval; null where `n` is too small to say."""

    n = serializers.IntegerField()
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class PersonFiguresRow(serializers.Serializer[Any]):
    person = PersonRow()
    seconds = serializers.FloatField(source="pace.work.x", help_text=_("at work, without pauses"))
    boxes = serializers.FloatField(source="pace.work.y", help_text=_("made in these seconds"))
    seconds_per_box = EstimateRow(source="per_box", help_text=_("n: images"))
    faster_than_a_look = EstimateRow(source="fast", help_text=_("share; n: suggestions accepted one by one"))


class PeopleFigures(serializers.Serializer[Any]):
    people = PersonFiguresRow(many=True)
