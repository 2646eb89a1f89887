"""What the API of versions takes and gives."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotations.models import DatasetVersion, Restore
from annotations.versions.actions import LONGEST_NAME, LONGEST_NOTES
from annotations.versions.blocks import BoxState
from annotations.versions.comparison import KINDS
from annotations.versions.comparisons import Picture


class VersionRow(serializers.ModelSerializer[Any]):
    """A named version, or one that was kept by itself (`reason`); it never changes."""

    project = serializers.IntegerField(source="project_id", read_only=True)
    made_by = serializers.EmailField(source="made_by.email", default=None, read_only=True, allow_null=True)
    exports = serializers.SerializerMethodField()

    class Meta:
        model = DatasetVersion
        fields = (
            "id", "project", "number", "name", "notes", "reason", "made_by", "made_at", "classes", "datasets",
            "figures", "exports",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.DictField()))
    def get_exports(self, version: DatasetVersion) -> list[dict[str, Any]]:
        rows = version.exports.all()
        return [{"choice": row.choice, "sha256": row.sha256, "bytes": row.bytes, "at": row.at} for row in rows]


class NewVersion(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=LONGEST_NAME)
    notes = serializers.CharField(max_length=LONGEST_NOTES, required=False, allow_blank=True, default="")


class VersionQuery(serializers.Serializer[Any]):
    automatic = serializers.BooleanField(required=False, default=True)


class CompareQuery(serializers.Serializer[Any]):
    """Ids of two versions; `kind` keeps images with such a change alone."""

    before = serializers.IntegerField()
    after = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=KINDS, required=False, default="")


class BoxSide(serializers.Serializer[Any]):
    """A box as it was. `class`: an id among the classes of its version."""

    id = serializers.UUIDField()
    xyxy = serializers.ListField(child=serializers.FloatField(), min_length=4, max_length=4)

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"class": serializers.IntegerField()}

    def to_representation(self, box: BoxState) -> dict[str, Any]:
        return {"id": str(box.id), "xyxy": list(box.xyxy), "class": box.label}


class BoxDifference(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=KINDS)
    before = BoxSide(allow_null=True)
    after = BoxSide(allow_null=True)


class PictureRow(serializers.Serializer[Any]):
    """An image whose boxes or tags differ. `image` is null where it was deleted since."""

    image = serializers.SerializerMethodField()
    name = serializers.CharField(source="head.name")
    sha256 = serializers.CharField(source="head.sha256")
    width = serializers.IntegerField(source="head.width")
    height = serializers.IntegerField(source="head.height")
    thumb_url = serializers.SerializerMethodField()
    same = BoxSide(many=True)
    different = BoxDifference(many=True)
    tags_given = serializers.ListField(child=serializers.CharField(), source="given")
    tags_taken = serializers.ListField(child=serializers.CharField(), source="taken")

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_image(self, picture: Picture) -> int | None:
        return picture.head.id if picture.there else None

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_thumb_url(self, picture: Picture) -> str | None:
        return reverse("file-thumb", args=[picture.head.id]) if picture.there else None


class ComparisonPage(serializers.Serializer[Any]):
    """Counts over all images, and a page of the images that differ."""

    before = serializers.IntegerField()
    after = serializers.IntegerField()
    figures = serializers.DictField()
    count = serializers.IntegerField()
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = PictureRow(many=True)


class NewRestore(serializers.Serializer[Any]):
    """Of the whole project, or of one dataset."""

    dataset = serializers.IntegerField(required=False, allow_null=True, default=None)


class RestoreRow(serializers.ModelSerializer[Any]):
    """`before` and `after`: versions around it. `result`: counts of boxes and images, and what is gone."""

    project = serializers.IntegerField(source="project_id", read_only=True)
    version = serializers.IntegerField(source="version_id", read_only=True)
    dataset = serializers.IntegerField(source="dataset_id", read_only=True, allow_null=True)
    before = serializers.IntegerField(source="before_id", read_only=True, allow_null=True)
    after = serializers.IntegerField(source="after_id", read_only=True, allow_null=True)
    undoes = serializers.IntegerField(source="undoes_id", read_only=True, allow_null=True)
    created_by = serializers.EmailField(source="created_by.email", default=None, read_only=True, allow_null=True)

    class Meta:
        model = Restore
        fields = (
            "id", "project", "version", "dataset", "state", "done", "total", "result", "before", "after", "undoes",
            "created_by", "created_at",
        )  # fmt: skip
        read_only_fields = fields
