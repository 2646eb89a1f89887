"""REST of the gallery: the order of the images, rows of some, and what is done to many: parse, call an action,
render.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from annotations import named
from annotations.gallery import actions, completion
from annotations.gallery.filters import KEYS, GalleryFilter, narrowed
from annotations.gallery.rows import MOST_ROWS, ids_and_groups, ids_of, rows, stretches
from annotations.gallery.serializers import (
    Assignment,
    Classes,
    CompletePreview,
    Completion,
    CompletionAnswer,
    DeletionAnswer,
    GalleryAnswer,
    GalleryRow,
    Images,
    IntoSplit,
    Move,
    Order,
    SplitAnswer,
    TagAnswer,
    TagRequest,
)
from annotations.splits import actions as split_actions
from annotations.tags.actions import set_tag
from projects.models import Image, User
from projects.web.resource import CONFLICT, Resource, documented, single

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
        return Response(rows(found, list(images), _user(request)))

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
