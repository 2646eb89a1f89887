"""What the API of label imports takes and answers."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotations.classes.serializers import AttributeRow
from annotations.imports import notices
from annotations.imports.choices import COMPLETE, NOTHING
from annotations.models import LabelImport


class ReportLine(serializers.Serializer[Any]):
    """Something about the files: a problem leaves its image or its file out, a notice nothing."""

    file = serializers.CharField(allow_blank=True)
    line = serializers.IntegerField(allow_null=True)
    detail = serializers.CharField()


class PreviewImages(serializers.Serializer[Any]):
    """How many the labels name, and how many of these are new, here already, or missing; pictures that no label
    names.
    """

    labelled = serializers.IntegerField()
    new = serializers.IntegerField()
    here = serializers.IntegerField()
    missing = serializers.IntegerField()
    unlabelled = serializers.IntegerField()


class PreviewClass(serializers.Serializer[Any]):
    name = serializers.CharField()
    boxes = serializers.IntegerField()
    predictions = serializers.IntegerField()
    can_be_made = serializers.BooleanField(help_text=_("whether a class may have this name"))

    def get_fields(self) -> dict[str, Any]:
        like = serializers.IntegerField(allow_null=True, help_text=_("the class of the project that has this name"))
        return super().get_fields() | {"class": like}


class ImportPreview(serializers.Serializer[Any]):
    """What an import would bring. Empty until the files are read."""

    format = serializers.CharField(help_text=_("coco, yolo …; empty for pictures without labels"))
    title = serializers.CharField()
    model = serializers.CharField(help_text=_("whose predictions these are"))
    images = PreviewImages()
    missing = serializers.ListField(child=serializers.CharField(), help_text=_("the first names of missing pictures"))
    boxes = serializers.IntegerField()
    predictions = serializers.IntegerField()
    # Imports that older releases read have none of these five.
    addresses = serializers.IntegerField(required=False, help_text=_("missing pictures that can be fetched"))
    left_out = serializers.IntegerField(
        required=False, help_text=_("boxes outside their pictures, or smaller than a pixel")
    )
    partial_images = serializers.IntegerField(
        required=False, help_text=_("images that miss a box, and are not marked complete")
    )
    classes = PreviewClass(many=True)
    attributes = serializers.DictField(
        child=AttributeRow(many=True),
        required=False,
        help_text=_("what boxes say beside their class, by the file's classes"),
    )
    tags = serializers.ListField(child=serializers.CharField(), required=False, help_text=_("of images"))
    complete = serializers.IntegerField(help_text=_("images that the file calls complete"))
    splits = serializers.DictField(child=serializers.IntegerField())


class LabelImportRow(serializers.ModelSerializer[Any]):
    """state: reading, ready (start it), importing, done, undoing, undone, failed or cancelled."""

    state = serializers.ChoiceField(LabelImport.Phase.choices, source="phase")
    created_by = serializers.EmailField(source="created_by.email", default=None, allow_null=True)

    class Meta:
        model = LabelImport
        fields: Any = ("id", "name", "dataset", "state", "done", "total", "counts", "created_by", "created_at")
        read_only_fields = fields


class LabelImportDetail(LabelImportRow):
    preview = serializers.SerializerMethodField()
    problems = serializers.SerializerMethodField()
    notices = serializers.SerializerMethodField()
    batch = serializers.IntegerField(source="batch_id", allow_null=True, help_text=_("of its suggestions"))

    class Meta(LabelImportRow.Meta):
        fields: Any = (*LabelImportRow.Meta.fields, "preview", "problems", "notices", "batch")
        read_only_fields = fields

    @extend_schema_field(ImportPreview(allow_null=True))
    def get_preview(self, job: LabelImport) -> Any:
        return job.preview or None

    @extend_schema_field(ReportLine(many=True))
    def get_problems(self, job: LabelImport) -> Any:
        return list(map(notices.said, job.problems))

    @extend_schema_field(ReportLine(many=True))
    def get_notices(self, job: LabelImport) -> Any:
        return list(map(notices.said, job.notices))


class NewLabelImport(serializers.Serializer[Any]):
    """`files`: a zip, a file of labels, or several files that belong together. `urls`: where they lie instead."""

    files = serializers.ListField(child=serializers.FileField(allow_empty_file=True), required=False, default=list)
    urls = serializers.ListField(child=serializers.CharField(max_length=2000), required=False, default=list)
    dataset = serializers.IntegerField(required=False, help_text=_("where new pictures go; the first one if not said"))


class ClassChoice(serializers.Field[Any, Any, Any, Any]):
    """The id of a class, a name (which is made if there is none such), or null to leave its boxes out."""

    def to_internal_value(self, data: Any) -> int | str:
        if isinstance(data, bool) or not isinstance(data, (int, str)):
            raise serializers.ValidationError(_("This must be the number of a class, a name, or null."))
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class StartImport(serializers.Serializer[Any]):
    """classes: what each class of the file becomes; what is not said is as the preview proposes."""

    classes = serializers.DictField(
        child=extend_schema_field({"oneOf": [{"type": "integer"}, {"type": "string"}], "nullable": True})(ClassChoice)(
            allow_null=True
        ),
        required=False,
    )
    complete = serializers.ChoiceField(
        COMPLETE,
        default=NOTHING,
        help_text=_("images to mark complete: none, those that the file calls so, all labelled"),
    )
    splits = serializers.BooleanField(required=False, help_text=_("whether train, val and test of the file are taken"))
    pictures = serializers.BooleanField(default=True, help_text=_("whether pictures that no label names go in, too"))


class UndoImport(serializers.Serializer[Any]):
    pictures = serializers.BooleanField(
        default=False, help_text=_("pictures that came along go, too, where nobody has left anything in them")
    )
