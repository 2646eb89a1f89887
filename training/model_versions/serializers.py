"""What the API of class models gives."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from training.analysis import held_out_errors
from training.models import ModelVersion


class ModelRow(serializers.ModelSerializer[Any]):
    run = serializers.IntegerField(source="run_id", read_only=True)
    project = serializers.IntegerField(source="project_id", read_only=True)
    metrics = serializers.SerializerMethodField()

    def get_metrics(self, model: ModelVersion) -> dict[str, Any]:
        """Without the mistakes of the model: pictures are for its page."""
        return held_out_errors.without(model.metrics)

    class Meta:
        model = ModelVersion
        fields = (
            "id", "project", "run", "kind", "name", "version", "classes", "shots", "metrics", "details", "sha256", "bytes",
            "created_at",
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
