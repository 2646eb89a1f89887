"""REST of the gallery: the order of the images, rows of some, and what is done to many: parse, call an action,
render.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from annotations import named
from annotations.gallery import actions, completion
from annotations.gallery.filters import KEYS, GalleryFilter, narrowed
from annotations.gallery.rows import MOST_ROWS, ids_and_groups, ids_of, rows, stretches
from annotations.splits import actions as split_actions
from annotations.tags.actions import set_tag
from annotations.tags.names import LONGEST
from projects.models import Image, User
from projects.web.resource import CONFLICT, Resource, documented, single

LARGEST = 2**63 - 1  # number of a row; PostgreSQL compares a larger one and finds nothing, SQLite breaks


class Order(serializers.Serializer[Any]):
    total = serializers.IntegerField()
    stretches = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2),
        help_text=_("Ids in the order that was asked for: each pair is an id and how many follow one another from it"),
    )
    groups = serializers.ListField(
        child=serializers.IntegerField(),
        help_text=_("Where copies were asked for, which lie side by side: how many there are of each picture"),
    )


MARKS = serializers.ListField(
    child=serializers.ListField(child=serializers.FloatField(), min_length=5, max_length=5),
    help_text=_("Id of the class, left, top, right and bottom as parts of the image's sides; the 60 largest"),
)


class Before(serializers.Serializer[Any]):
    """Who or which dataset images were of: what takes the change back."""

    images = serializers.ListField(child=serializers.IntegerField())
    value = serializers.IntegerField(allow_null=True)


class GalleryRow(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    width = serializers.IntegerField(help_text=_("pixels"))
    height = serializers.IntegerField(help_text=_("pixels"))
    split = serializers.ChoiceField(choices=Image.Split.choices, allow_blank=True)
    split_name = serializers.CharField(allow_blank=True)
    boxes = serializers.IntegerField()
    suggestions = serializers.IntegerField(help_text=_("that wait for review"))
    complete = serializers.IntegerField(help_text=_("classes that are said to be complete"))
    tags = serializers.ListField(child=serializers.CharField())
    assignee = serializers.CharField(allow_null=True)
    drawn = MARKS
    suggested = MARKS


class Images(serializers.Serializer[Any]):
    images = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST), max_length=actions.MOST, allow_empty=False
    )


class Assignment(Images):
    assignee = serializers.IntegerField(allow_null=True, help_text=_("Id of a member; null for nobody"))


class Move(Images):
    dataset = serializers.IntegerField()


class TagRequest(Images):
    tag = serializers.CharField(max_length=LONGEST)
    value = serializers.BooleanField(help_text=_("Whether they get it, or lose it"))


class TagAnswer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    images = serializers.ListField(
        child=serializers.IntegerField(), help_text=_("Those that changed; the other value takes it back")
    )


class BeforeSplit(serializers.Serializer[Any]):
    """Which split images were in: what takes the change back."""

    images = serializers.ListField(child=serializers.IntegerField())
    value = serializers.ChoiceField(choices=Image.Split.choices, allow_blank=True)


class IntoSplit(serializers.Serializer[Any]):
    """`split` with either `images` or `filter`; or `before` alone."""

    split = serializers.ChoiceField(
        choices=Image.Split.choices, allow_blank=True, required=False, help_text=_("Blank for none")
    )
    images = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST), max_length=actions.MOST, default=list
    )
    filter = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=500,
        help_text=_("Instead of images: what stands after the `?` of the gallery; blank for all images"),
    )
    before = BeforeSplit(many=True, required=False, help_text=_("What a call has changed, to take it back"))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "before" not in attrs and "split" not in attrs:
            raise serializers.ValidationError({"split": _("Name a split.")})
        if "before" not in attrs and not attrs["images"] and "filter" not in attrs:
            raise serializers.ValidationError({"images": _("Name images.")})
        return attrs


class SplitAnswer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    along = serializers.IntegerField(help_text=_("How many of these are near-copies of an image that was named"))
    before = BeforeSplit(many=True)


class Classes(Images):
    classes = serializers.ListField(
        child=serializers.IntegerField(), required=False, help_text=_("Ids of classes; all where none is named")
    )


class Mark(serializers.Serializer[Any]):
    """Images that one class is complete in."""

    images = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST), max_length=actions.MOST
    )

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"class": serializers.IntegerField(help_text=_("Id of a class"))}


class Completion(serializers.Serializer[Any]):
    """Either `images` (with `classes`), or `marks`."""

    value = serializers.BooleanField()
    images = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST), max_length=actions.MOST, default=list
    )
    classes = serializers.ListField(
        child=serializers.IntegerField(), required=False, help_text=_("Ids of classes; all where none is named")
    )
    marks = Mark(many=True, required=False, help_text=_("Instead of images and classes: what a call has changed"))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs["images"] and not attrs.get("marks"):
            raise serializers.ValidationError({"images": _("Name images.")})
        return attrs


class CompletionAnswer(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text=_("Images that changed"))
    marks = Mark(many=True)
    lacking = serializers.IntegerField(
        help_text=_("Images left open: a box lacks an attribute that its class requires")
    )


class CompletePreview(serializers.Serializer[Any]):
    images = serializers.IntegerField(help_text=_("Images that are not complete for it yet"))
    empty = serializers.IntegerField(help_text=_("Of these, images with no box of it"))

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"class": serializers.IntegerField(help_text=_("Id of a class"))}


class DeletionAnswer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    bin = serializers.IntegerField(allow_null=True, help_text=_("the entry of the bin that brings them back"))


class GalleryAnswer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    before = Before(many=True)
    stayed = serializers.ListField(
        child=serializers.CharField(), required=False, help_text=_("Names of images that are in the dataset already")
    )


FILTERS = [
    OpenApiParameter(name, description=str(text))
    for name, text in (
        ("dataset", "Id"), ("search", "Part of the name"), ("class", "Id of a class"),
        ("state", "boxes, empty, suggestions, complete or open: of the class, or of any"),
        ("assignee", "Id, me or none"), ("origin", "person, suggestion or import: how boxes came"),
        ("min", "Percent: a waiting suggestion's least probability"), ("max", "Percent"),
        ("size", "small (under 1 megapixel), medium or large (8 and more)"),
        ("since", "First day of upload, YYYY-MM-DD"), ("until", "Last day"),
        ("copies", "exact (the same file is there again) or near (a picture that looks the same is), side by side"),
        ("split", "train, val, test or none"),
        ("work", "todo, started, submitted, returned, skipped or final in its job; none: in no job"),
        ("flag", "What a box there is said to be"),
        ("attribute", "colour (a box says any), colour=red, or !colour (a box is asked and says none)"),
        ("tag", "Name of a tag that the image has"),
        ("order", "newest, name or -name; by id where nothing is said"),
    )
]  # fmt: skip


class GalleryViewSet(Resource):
    """All images of a project in one order, and verbs on up to 200 of them."""

    serializer_class = Order
    queryset = Image.objects.none()
    filter_backends = ()
    pagination_class = None

    @documented(single(Order), parameters=FILTERS)
    def list(self, request: Request, project: int) -> Response:
        """The ids of all images that are wanted, in few bytes."""
        wanted = GalleryFilter.parse(request.query_params)
        images = narrowed(self.project, wanted, _user(request))
        groups: Sequence[Any] = ()
        if wanted.copies:
            ids, groups = ids_and_groups(images, KEYS[wanted.copies])
        else:
            ids = ids_of(images)
        return Response({"total": len(ids), "stretches": stretches(ids), "groups": groups})

    @documented(GalleryRow(many=True), parameters=[OpenApiParameter("ids", description="1,2,3: up to 200")])
    @action(detail=False, methods=["get"])
    def rows(self, request: Request, project: int) -> Response:
        """Some images with their counts; those that are gone are left out."""
        ids = [int(part) for part in request.query_params.get("ids", "").split(",") if part.isdecimal()]
        found = self.project
        images = Image.objects.filter(project=found, pk__in=ids[:MOST_ROWS]).only(
            "name", "assignee", "width", "height", "split"
        )
        return Response(rows(found, list(images)))

    @documented(GalleryAnswer, request=Assignment)
    @action(detail=False, methods=["post"])
    def assign(self, request: Request, project: int) -> Response:
        """Says who is to label images. Who may draw boxes can take images; reviewers deal them out."""
        found, wanted = self.project, self.body(Assignment)
        person = named.member(found, wanted["assignee"])
        return Response(_changed(actions.assign(_user(request), found, wanted["images"], person)))

    @documented(GalleryAnswer, request=Move, also=CONFLICT)
    @action(detail=False, methods=["post"])
    def move(self, request: Request, project: int) -> Response:
        """Puts images into another dataset; those whose picture is there already stay, and are named."""
        found, wanted = self.project, self.body(Move)
        moved = actions.move(_user(request), found, wanted["images"], named.dataset(found, wanted["dataset"]))
        return Response(_changed(moved) | {"stayed": moved.stayed})

    @documented(SplitAnswer, request=IntoSplit)
    @action(detail=False, methods=["post"])
    def split(self, request: Request, project: int) -> Response:
        """Puts images, or all that a filter finds, into a split; near-copies of them go along. `before` of the answer,
        sent alone, takes back just what this call has changed.
        """
        found, wanted, user = self.project, self.body(IntoSplit), _user(request)
        if "before" in wanted:
            back = [(row["value"], row["images"]) for row in wanted["before"]]
            changed = split_actions.put(user, found, dict(back))
        else:
            ids = wanted["images"]
            if not ids:
                ids = ids_of(narrowed(found, GalleryFilter.parse(QueryDict(wanted["filter"])), user))
            changed = split_actions.assign(user, found, ids, wanted["split"])
        before = [{"value": value, "images": images} for value, images in changed.before.items()]
        return Response({"count": len(changed.moves), "along": changed.along, "before": before})

    @documented(CompletePreview(many=True), request=Classes)
    @action(detail=False, methods=["post"])
    def preview(self, request: Request, project: int) -> Response:
        """What `complete` would say: of each class how many of the images change, and how many of these have no box of
        it.
        """
        found, wanted = self.project, self.body(Classes)
        labels = named.classes(found, wanted.get("classes"))
        rows = completion.preview(_user(request), found, wanted["images"], labels)
        return Response([{"class": row.label.pk, "images": row.images, "empty": row.empty} for row in rows])

    @documented(CompletionAnswer, request=Completion)
    @action(detail=False, methods=["post"])
    def complete(self, request: Request, project: int) -> Response:
        """Says that every object of the classes has its box, or takes that back. `marks` of the answer, sent with the
        other `value`, take back just what this call has changed.
        """
        found, wanted = self.project, self.body(Completion)
        if marks := wanted.get("marks"):
            by_class = {mark["class"]: mark["images"] for mark in marks}
            changed = completion.set_marks(_user(request), found, by_class, value=wanted["value"])
        else:
            labels = named.classes(found, wanted.get("classes"))
            changed = completion.set_complete(_user(request), found, wanted["images"], labels, value=wanted["value"])
        rows = [{"class": label, "images": images} for label, images in changed.marks.items()]
        return Response({"count": changed.count, "marks": rows, "lacking": changed.lacking})

    @documented(TagAnswer, request=TagRequest)
    @action(detail=False, methods=["post"])
    def tag(self, request: Request, project: int) -> Response:
        """Gives images a tag, or takes it off. A tag that is not there is made, by whoever may make classes."""
        wanted = self.body(TagRequest)
        changed = set_tag(_user(request), self.project, wanted["images"], wanted["tag"], value=wanted["value"])
        return Response({"count": len(changed.images), "images": changed.images})

    @documented(DeletionAnswer, request=Images)
    @action(detail=False, methods=["post"])
    def delete(self, request: Request, project: int) -> Response:
        """Puts images into the bin with their boxes. `bin` of the answer names the entry that brings them back."""
        entry = actions.delete(_user(request), self.project, self.body(Images)["images"])
        return Response({"count": len(entry.numbers) if entry else 0, "bin": entry and entry.pk})


def _changed(changed: actions.GalleryChange) -> dict[str, Any]:
    return {
        "count": changed.count,
        "before": [{"value": value, "images": images} for value, images in changed.before.items()],
    }


def _user(request: Request) -> Any:
    assert isinstance(request.user, User)
    return request.user
