"""What the API of class models gives."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from training.analysis import held_out_errors
from training.model_versions import stored
from training.models import ModelVersion


class ModelRow(serializers.ModelSerializer[Any]):
    run = serializers.IntegerField(source="run_id", read_only=True)
    project = serializers.IntegerField(source="project_id", read_only=True)
    dataset_version = serializers.IntegerField(
        source="dataset_version_id",
        read_only=True,
        allow_null=True,
        help_text="The version of the labels it learned from",
    )
    metrics = serializers.SerializerMethodField()
    label = serializers.IntegerField(  # type: ignore[assignment]
        source="label_id", read_only=True, help_text="Its class, of a few-shot class model"
    )
    origin = serializers.DictField(read_only=True, help_text="Where it was learned, if not in this project")
    cannot_run = serializers.SerializerMethodField(help_text="Why no run can use it, in a sentence; empty if one can")

    def get_metrics(self, model: ModelVersion) -> dict[str, Any]:
        """Without the mistakes of the model: pictures are for its page."""
        return held_out_errors.without(model.metrics)

    def get_cannot_run(self, model: ModelVersion) -> str:
        return stored.why_not(model) if model.kind == ModelVersion.Kind.FEWSHOT else ""

    class Meta:
        model = ModelVersion
        fields = (
            "id", "project", "run", "kind", "name", "version", "label", "classes", "shots", "dataset_version",
            "metrics", "details", "origin",
            "cannot_run", "sha256", "bytes", "created_at",
        )  # fmt: skip
        read_only_fields = fields


class ShotRow(serializers.Serializer[Any]):
    """Whether runs learn from a box."""

    box = serializers.UUIDField()
    class_id = serializers.IntegerField()
    left_out = serializers.BooleanField()


class DetectorRow(serializers.Serializer[Any]):
    name = serializers.CharField()
    family = serializers.CharField()
    file = serializers.CharField()
    mb = serializers.FloatField()
    available = serializers.BooleanField(help_text="On the server already; others are fetched at their first use.")
    classes = serializers.ListField(child=serializers.CharField())


class ImportRequest(serializers.Serializer[Any]):
    file = serializers.FileField()
    label = serializers.IntegerField(  # type: ignore[assignment]
        required=False, allow_null=True, help_text="Class that it is to find; without one the class of its name"
    )


class GiveRequest(serializers.Serializer[Any]):
    project = serializers.IntegerField()
    label = serializers.IntegerField(  # type: ignore[assignment]
        required=False, allow_null=True, help_text="Class that it is to find there; without one the class of its name"
    )
