"""The shapes of people and projects in the API. Serializers check and show; the actions decide and write."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from projects.models import Dataset, Image, Import, Invitation, Membership, Project, Role, User
from projects.models.projects import LONGEST_LEASE, MOST_OPEN_IMAGES


class ProblemDetail(serializers.Serializer[Any]):
    """Every error (RFC 9457): `detail` for people, `code` for programs, `field` where one is to blame."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    field = serializers.CharField(required=False)


class ProjectRow(serializers.ModelSerializer[Any]):
    role = serializers.ChoiceField(choices=Role.choices, read_only=True)
    images = serializers.IntegerField(source="image_count", read_only=True)
    name = serializers.CharField(max_length=120)
    description = serializers.CharField(required=False, allow_blank=True, max_length=10_000)

    class Meta:
        model = Project
        fields: tuple[str, ...] = ("id", "name", "description", "role", "images", "created_at")
        read_only_fields = ("created_at",)


class RulesRow(serializers.ModelSerializer[Any]):
    """How a project's people work; its managers change it."""

    open_images = serializers.IntegerField(
        min_value=0, max_value=MOST_OPEN_IMAGES, help_text=_("Begun and not submitted, of a person; 0 for any number")
    )
    lease_minutes = serializers.IntegerField(
        min_value=1, max_value=LONGEST_LEASE, help_text=_("An image of a shared queue goes back after so long")
    )

    class Meta:
        model = Project
        fields = ("workflow", "annotators_answer", "annotators_make_classes", "open_images", "lease_minutes")


class DatasetRow(serializers.ModelSerializer[Any]):
    images = serializers.IntegerField(source="image_count", read_only=True)
    name = serializers.CharField(max_length=120)

    class Meta:
        model = Dataset
        fields = ("id", "name", "images", "created_at")
        read_only_fields = ("created_at",)


class PersonRow(serializers.ModelSerializer[Any]):
    class Meta:
        model = User
        fields = ("id", "email", "name")
        read_only_fields = fields


class MemberRow(serializers.ModelSerializer[Any]):
    """role: what the person may do, the strongest of their own and their groups'. own_role: empty for who is here by
    groups alone.
    """

    user = PersonRow(read_only=True)
    role = serializers.ChoiceField(choices=Role.choices)
    own_role = serializers.CharField(source="own", read_only=True)

    class Meta:
        model = Membership
        fields = ("user", "role", "own_role", "created_at")
        read_only_fields = ("created_at",)


class NewInvitation(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=Role.choices)
    email = serializers.EmailField(required=False, allow_blank=True, default="")


class InvitationRow(serializers.ModelSerializer[Any]):
    email = serializers.CharField(read_only=True, help_text=_("empty where anybody may take it"))

    class Meta:
        model = Invitation
        fields = ("id", "role", "email", "created_at", "expires_at")
        read_only_fields = fields


class InvitationLink(serializers.Serializer[Any]):
    """`url` is shown this once and works once."""

    url = serializers.URLField()
    expires_at = serializers.DateTimeField()


class NewInvitations(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=Role.choices)
    emails = serializers.ListField(child=serializers.CharField(max_length=254), min_length=1, max_length=50)


class InvitedRow(serializers.Serializer[Any]):
    """`url` is shown this once and works once. mailed: whether it was sent to the address."""

    id = serializers.IntegerField(source="invitation.pk")
    email = serializers.CharField(source="invitation.email")
    role = serializers.ChoiceField(source="invitation.role", choices=Role.choices)
    expires_at = serializers.DateTimeField(source="invitation.expires_at")
    url = serializers.SerializerMethodField()
    mailed = serializers.BooleanField()

    @extend_schema_field(serializers.URLField())
    def get_url(self, row: Any) -> str:
        return f"{self.context['origin']}{row.token}/"


class InvitationAnswer(serializers.Serializer[Any]):
    results = InvitedRow(many=True)


class ImageRow(serializers.ModelSerializer[Any]):
    url = serializers.SerializerMethodField()
    thumb_url = serializers.SerializerMethodField()
    dataset = serializers.IntegerField(source="dataset_id", read_only=True)
    split = serializers.ChoiceField(Image.Split.choices, allow_blank=True, read_only=True)

    class Meta:
        model = Image
        fields: tuple[str, ...] = (
            "id", "name", "width", "height", "bytes", "version", "url", "thumb_url", "dataset", "split", "created_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_url(self, image: Image) -> str:
        return reverse("file-image", args=[image.pk])

    def get_thumb_url(self, image: Image) -> str:
        return reverse("file-thumb", args=[image.pk])


class ProblemRow(serializers.Serializer[Any]):
    """A file that did not go in, and why; or a note on those that did."""

    file = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class ImportRow(serializers.ModelSerializer[Any]):
    problems = ProblemRow(many=True, read_only=True)
    notes = ProblemRow(many=True, read_only=True)

    class Meta:
        model = Import
        fields = ("id", "name", "dataset", "state", "done", "total", "added", "problems", "notes", "created_at")
        read_only_fields = fields


class UploadFiles(serializers.Serializer[Any]):
    files = serializers.ListField(child=serializers.FileField(allow_empty_file=True), allow_empty=False)


class Hashes(serializers.Serializer[Any]):
    sha256 = serializers.ListField(child=serializers.RegexField("^[0-9a-f]{64}$"), max_length=500)


class KnownHashes(serializers.Serializer[Any]):
    known = serializers.DictField(
        child=serializers.CharField(), help_text="The name of the picture of each hash that is there"
    )


class UploadAnswer(serializers.Serializer[Any]):
    added = ImageRow(many=True)
    problems = ProblemRow(many=True)
    notes = ProblemRow(many=True)
    imports = ImportRow(many=True)
