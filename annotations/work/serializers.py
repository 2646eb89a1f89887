"""What the API of jobs takes and gives."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotations.models import Replica, WorkImage, WorkJob, WorkSample
from annotations.work.actions import MOST_CHECKS, MOST_IMAGES, MOST_PEOPLE
from annotations.work.turns import LONGEST_NOTE
from projects.serializers import PersonRow

LARGEST = 2**63 - 1
AT_ONCE = 200


def ids(most: int, **how: Any) -> serializers.ListField:
    child = serializers.IntegerField(min_value=1, max_value=LARGEST)
    return serializers.ListField(child=child, max_length=most, **how)


class Counts(serializers.Serializer[Any]):
    """Images of a job by state."""

    todo = serializers.IntegerField()
    started = serializers.IntegerField()
    submitted = serializers.IntegerField()
    returned = serializers.IntegerField()
    skipped = serializers.IntegerField()
    final = serializers.IntegerField()


class JobRow(serializers.ModelSerializer[Any]):
    assignee = PersonRow(read_only=True, allow_null=True, help_text=_("null: a shared queue"))
    priority = serializers.ChoiceField(choices=WorkJob.Priority.choices)
    counts = Counts(read_only=True)

    class Meta:
        model = WorkJob
        fields = ("id", "name", "assignee", "classes", "priority", "due", "overlap", "counts", "created_at")
        read_only_fields = fields


class JobChange(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)
    assignee = serializers.IntegerField(allow_null=True, help_text=_("Id of a member; null for a shared queue"))
    priority = serializers.ChoiceField(choices=WorkJob.Priority.choices)
    due = serializers.DateField(allow_null=True)


class NewJobs(serializers.Serializer[Any]):
    """`images`, or a `filter` of the gallery, dealt out to `people`, or as one shared queue."""

    name = serializers.CharField(max_length=80)
    images = ids(MOST_IMAGES, required=False)
    filter = serializers.CharField(
        required=False, allow_blank=True, max_length=500, help_text=_("Instead of images: the gallery's, as a query")
    )
    people = ids(MOST_PEOPLE, default=list, help_text=_("Ids of members, who get a job each; none: a shared queue"))
    each = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=MOST_IMAGES,
        help_text=_("Images per person; all evenly"),
    )
    classes = ids(AT_ONCE, default=list, help_text=_("Ids of what is looked for; all where none is named"))
    priority = serializers.ChoiceField(choices=WorkJob.Priority.choices, default=WorkJob.Priority.NORMAL)
    due = serializers.DateField(required=False, allow_null=True)
    overlap = serializers.IntegerField(
        min_value=1,
        max_value=MOST_PEOPLE,
        default=1,
        help_text=_("How many of the people label each image, apart from one another: then it is one job"),
    )
    checks = serializers.IntegerField(
        min_value=0, max_value=MOST_CHECKS, default=0, help_text=_("Check images to mix in, in percent")
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs.get("images") and "filter" not in attrs:
            raise serializers.ValidationError({"images": _("Name images.")})
        return attrs


class HandOutAnswer(serializers.Serializer[Any]):
    jobs = JobRow(many=True)
    images = serializers.IntegerField(help_text=_("that were handed out"))
    left = serializers.IntegerField(help_text=_("that were not: in a job already, or more than were asked for"))


class TakeBackAnswer(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text=_("images that nobody had begun"))


class WorkRow(serializers.ModelSerializer[Any]):
    """How far an image is. `image` is its id, `mine` whether it is this person's turn."""

    image = serializers.IntegerField(source="image_id")
    name = serializers.CharField(source="image.name")
    job = serializers.IntegerField(source="job_id")
    job_name = serializers.CharField(source="job.name")
    worker = serializers.CharField(allow_null=True)
    workers = serializers.SerializerMethodField(help_text=_("Who labels it apart from one another, where several do"))
    submitted_by = serializers.CharField(allow_null=True)
    decided_by = serializers.CharField(allow_null=True)
    shared = serializers.BooleanField(help_text=_("of a shared queue"))
    mine = serializers.BooleanField()
    left = serializers.IntegerField(
        allow_null=True, help_text=_("Of one image: how many of the job wait for the person")
    )

    class Meta:
        model = WorkImage
        fields = (
            "image", "name", "job", "job_name", "shared", "state", "mine", "left", "worker", "workers", "lease_until",
            "rounds", "note", "submitted_by", "submitted_at", "decided_by", "decided_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_workers(self, item: WorkImage | Replica) -> list[str]:
        place = item.item if isinstance(item, Replica) else item
        return [str(one.person) for one in place.replicas.all()] if place and item.job.overlap > 1 else []


class OneImage(serializers.Serializer[Any]):
    image = serializers.IntegerField(min_value=1, max_value=LARGEST)


class Skip(OneImage):
    reason = serializers.CharField(max_length=LONGEST_NOTE)


class Return(OneImage):
    comment = serializers.CharField(max_length=2000)
    box = serializers.UUIDField(required=False, allow_null=True)


class NamedImages(serializers.Serializer[Any]):
    images = ids(AT_ONCE, allow_empty=False)


class WorkAnswer(serializers.Serializer[Any]):
    images = serializers.ListField(child=serializers.IntegerField(), help_text=_("Those that changed"))


class NewSample(serializers.Serializer[Any]):
    size = serializers.IntegerField(min_value=1, max_value=1000)
    most_errors = serializers.IntegerField(min_value=0, max_value=999, help_text=_("of the sample, for it to pass"))
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)


class SampleRow(serializers.ModelSerializer[Any]):
    class Meta:
        model = WorkSample
        fields = ("id", "images", "lot", "most_errors", "seed", "passed", "created_at")
        read_only_fields = fields
