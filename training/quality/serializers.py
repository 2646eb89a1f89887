"""What the API of quality gives."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotations.models import CheckImage
from annotations.work.serializers import AT_ONCE, ids
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
    check_f1 = EstimateRow(source="f1", help_text=_("F1 on check images at IoU 0.5; n: check images"))
    faster_than_a_look = EstimateRow(source="fast", help_text=_("share; n: suggestions accepted one by one"))


class PeopleFigures(serializers.Serializer[Any]):
    people = PersonFiguresRow(many=True)


class CheckImageRow(serializers.ModelSerializer[Any]):
    image = serializers.IntegerField(source="image_id")
    name = serializers.CharField(source="image.name")

    class Meta:
        model = CheckImage
        fields = ("image", "name", "made_at")
        read_only_fields = fields


class CheckImages(serializers.Serializer[Any]):
    images = ids(AT_ONCE, allow_empty=False)


class CheckCount(serializers.Serializer[Any]):
    count = serializers.IntegerField()


class PairRow(serializers.Serializer[Any]):
    first = serializers.IntegerField(help_text=_("id of a person"))
    second = serializers.IntegerField(help_text=_("id of a person"))
    images = serializers.IntegerField()
    units = serializers.IntegerField(help_text=_("places where one of them has a box"))
    same = EstimateRow()
    alpha = EstimateRow()


class ClassAgreementRow(serializers.Serializer[Any]):
    class_id = serializers.IntegerField(source="label")
    units = serializers.IntegerField(help_text=_("places that somebody gave the class"))
    same = EstimateRow()
    alpha = EstimateRow()


class AgreementRow(serializers.Serializer[Any]):
    images = serializers.IntegerField()
    units = serializers.IntegerField()
    alpha = EstimateRow()
    pairs = PairRow(many=True)
    classes = ClassAgreementRow(many=True)
