"""What the API of the bin answers."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from projects.bin.contents import kept_until, words
from projects.models import BinEntry, Project


class BinRow(serializers.ModelSerializer[BinEntry]):
    deleted_by = serializers.CharField(allow_null=True)
    until = serializers.SerializerMethodField()
    contents = serializers.SerializerMethodField()

    class Meta:
        model = BinEntry
        fields = ("id", "kind", "name", "state", "counts", "contents", "deleted_by", "deleted_at", "until")

    @extend_schema_field(serializers.DateTimeField())
    def get_until(self, entry: BinEntry) -> Any:
        return kept_until(entry.deleted_at)

    @extend_schema_field(serializers.CharField())
    def get_contents(self, entry: BinEntry) -> str:
        return words(entry)


class RestoredRow(serializers.Serializer[Any]):
    left = serializers.IntegerField(help_text="rows that stay in the bin until what they belong to is there")
    done = serializers.BooleanField(help_text="false: the worker is at it")
    detail = serializers.CharField(help_text="what must be restored before the rest can come; else empty")


class DeletedProjectRow(serializers.ModelSerializer[Project]):
    until = serializers.SerializerMethodField()

    class Meta:
        model = Project
        fields = ("id", "name", "deleted_at", "until")

    @extend_schema_field(serializers.DateTimeField())
    def get_until(self, project: Project) -> Any:
        return kept_until(project.deleted_at)
