"""REST of jobs: who works on what, and how far it is. Parse, call an action, render."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from annotations import named
from annotations.gallery.filters import GalleryFilter as GalleryFilter
from annotations.gallery.filters import narrowed
from annotations.gallery.rows import ids_of, stretches
from annotations.gallery.serializers import Order
from annotations.models import Replica, WorkImage, WorkJob, WorkSample
from annotations.work import actions, queries, replicas, reviewing, rules, turns
from annotations.work import serializers as shapes
from projects import policies
from projects.errors import Refusal
from projects.models import Image, Project
from projects.web.actor import actor_of
from projects.web.filters import number, person
from projects.web.resource import CONFLICT, Resource, documented, single

LISTED = [
    OpenApiParameter("job", int, description="Id of a job"),
    OpenApiParameter("worker", description="E-mail address or id of who works on them"),
    OpenApiParameter("state", description="todo, started, submitted, returned, skipped or final; several apart by "
                                          "commas"),
]  # fmt: skip


class WorkJobViewSet(Resource):
    """Jobs of a project: batches of images that are handed out. Managers make them, members see them."""

    serializer_class = shapes.JobRow
    queryset = WorkJob.objects.none()

    @documented(shapes.JobRow(many=True))
    def list(self, request: Request, project: int) -> Response:
        found = self.paginate_queryset(queries.jobs_of(self.project)) or []
        return self.get_paginated_response(shown(found))

    @documented(shapes.HandOutAnswer, code=201, request=shapes.NewJobs, also=CONFLICT)
    def create(self, request: Request, project: int) -> Response:
        """Hands out images: those named, or all that a filter of the gallery finds. An image is in one job at most."""
        found, wanted = self.project, self.body(shapes.NewJobs)
        ids = wanted.get("images")
        if not ids:
            user = actor_of(request)
            ids = ids_of(narrowed(found, GalleryFilter.parse(QueryDict(wanted["filter"])), user))
        people = [named.member(found, pk) for pk in dict.fromkeys(wanted["people"])]
        handed = actions.hand_out(
            actor_of(request),
            found,
            ids,
            actions.JobRequest(
                name=wanted["name"],
                people=[person for person in people if person],
                each=wanted.get("each"),
                classes=named.classes(found, wanted["classes"]) if wanted["classes"] else (),
                priority=wanted["priority"],
                due=wanted.get("due"),
                overlap=wanted["overlap"],
                checks=wanted["checks"],
            ),
        )
        body = {"jobs": shown(handed.jobs), "images": handed.images, "left": handed.left}
        return Response(body, status=status.HTTP_201_CREATED)

    @documented(shapes.JobRow)
    def retrieve(self, request: Request, project: int, pk: int) -> Response:
        return Response(*shown([queries.get_job(request.user, project, pk)]))

    @documented(shapes.JobRow, request=shapes.JobChange)
    def update(self, request: Request, project: int, pk: int) -> Response:
        """Name, assignee, priority and due date. Work that is begun goes to the new assignee as it is."""
        job = queries.get_job(request.user, project, pk)
        policies.require(request.user, policies.Action.JOBS, job.project)
        now = {"name": job.name, "assignee": job.assignee_id, "priority": job.priority, "due": job.due}
        wanted = now | self.body(shapes.JobChange, partial=True)
        person = named.member(job.project, wanted.pop("assignee"))
        return Response(*shown([actions.change(actor_of(request), job, assignee=person, **wanted)]))

    @documented(shapes.TakeBackAnswer)
    def destroy(self, request: Request, project: int, pk: int) -> Response:
        """Takes the images that nobody has begun out of the job; it goes when none is left."""
        return Response({"count": actions.take_back(actor_of(request), queries.get_job(request.user, project, pk))})

    @documented(shapes.SampleRow, code=201, request=shapes.NewSample, also=CONFLICT)
    @action(detail=True, methods=["post"])
    def sample(self, request: Request, project: int, pk: int) -> Response:
        """Draws a random sample of what is submitted. Once it is decided, the rest is accepted where few enough of it
        were returned, and left to be looked at where not.
        """
        job = queries.get_job(request.user, project, pk)
        policies.require(request.user, policies.Action.REVIEW, job.project)
        sample = reviewing.draw_sample(actor_of(request), job, **self.body(shapes.NewSample))
        return Response(shapes.SampleRow(sample).data, status=status.HTTP_201_CREATED)


class WorkViewSet(Resource):
    """Images of jobs: take the next, submit, skip, accept, return."""

    serializer_class = shapes.WorkRow
    queryset = WorkImage.objects.none()

    @documented(shapes.WorkRow(many=True), parameters=LISTED)
    def list(self, request: Request, project: int) -> Response:
        rows = queries.with_names(self._listed(self.project))
        found = self.paginate_queryset(rows) or []
        return self.get_paginated_response([row(actor_of(request), item) for item in found])

    @documented(
        single(Order), parameters=[*LISTED, OpenApiParameter("sample", int, description="Id of a random sample")]
    )
    @action(detail=False, methods=["get"])
    def order(self, request: Request, project: int) -> Response:
        """The ids of all these images in the order of their jobs, in few bytes."""
        found = self.project
        rows = self._listed(found)
        if (pk := number(request, "sample")) is not None:
            sample: WorkSample = self.one(WorkSample.objects.filter(job__project=found), pk=pk)
            rows = rows.filter(image__in=sample.images)
        ids = list(rows.values_list("image_id", flat=True))
        job = number(request, "job")
        if job is not None and pk is None and not request.query_params.get("state"):
            ids = replicas.order(actor_of(request), job, list(rows.values_list("position", "image_id")))
        return Response({"total": len(ids), "stretches": stretches(ids), "groups": []})

    @documented(shapes.WorkRow, request=None, also=CONFLICT | {204: None})
    @action(detail=False, methods=["post"])
    def next(self, request: Request, project: int) -> Response:
        """The image to work on now: returned and begun ones first, then own jobs, then shared queues. 204: none."""
        item = turns.take_next(actor_of(request), self.project)
        return self._show(request, item) if item else Response(status=status.HTTP_204_NO_CONTENT)

    @documented(shapes.WorkRow, request=shapes.OneImage, also=CONFLICT)
    @action(detail=False, methods=["post"])
    def take(self, request: Request, project: int) -> Response:
        """How far the image is; where it is this person's turn, it is begun, and kept for them a while longer."""
        return self._show(request, turns.take(actor_of(request), self._image(shapes.OneImage)[0]))

    @documented(shapes.WorkRow, request=shapes.OneImage, also=CONFLICT)
    @action(detail=False, methods=["post"])
    def submit(self, request: Request, project: int) -> Response:
        """The image is done; a reviewer looks at it."""
        return self._show(request, turns.submit(actor_of(request), self._image(shapes.OneImage)[0]))

    @documented(shapes.WorkRow, request=shapes.Skip, also=CONFLICT)
    @action(detail=False, methods=["post"])
    def skip(self, request: Request, project: int) -> Response:
        """Leaves the image to who leads the work, with a reason."""
        image, wanted = self._image(shapes.Skip)
        return self._show(request, turns.skip(actor_of(request), image, wanted["reason"]))

    @documented(shapes.WorkRow, request=shapes.Return, also=CONFLICT)
    @action(detail=False, methods=["post"])
    def give_back(self, request: Request, project: int) -> Response:
        """Returns a submitted or final image to its worker, with a comment, which can be pinned to a box."""
        found = self.project
        policies.require(request.user, policies.Action.REVIEW, found)
        image, wanted = self._image(shapes.Return)
        item = reviewing.give_back(actor_of(request), image, comment=wanted["comment"], box=wanted.get("box"))
        return self._show(request, item)

    @documented(shapes.WorkAnswer, request=shapes.NamedImages)
    @action(detail=False, methods=["post"])
    def accept(self, request: Request, project: int) -> Response:
        """Makes submitted images final, and complete for the classes of their jobs."""
        return self._changed(reviewing.accept(actor_of(request), self.project, self.body(shapes.NamedImages)["images"]))

    @documented(shapes.WorkAnswer, request=shapes.NamedImages)
    @action(detail=False, methods=["post"])
    def reopen(self, request: Request, project: int) -> Response:
        """Takes images out of what is final: they wait for a reviewer again."""
        return self._changed(reviewing.reopen(actor_of(request), self.project, self.body(shapes.NamedImages)["images"]))

    @documented(shapes.WorkAnswer, request=shapes.NamedImages)
    @action(detail=False, methods=["post"])
    def free(self, request: Request, project: int) -> Response:
        """Puts skipped and begun images back into their jobs, so that others can take them."""
        return self._changed(actions.free(actor_of(request), self.project, self.body(shapes.NamedImages)["images"]))

    def _listed(self, project: Project) -> Any:
        given = [one for one in self.request.query_params.get("state", "").split(",") if one]
        if wrong := set(given) - set(WorkImage.State.values):
            raise Refusal(f"state: {sorted(wrong)[0]}", field="state")
        return queries.images_of(
            project, job=number(self.request, "job"), states=given, worker=person(self.request, "worker")
        )

    def _image(self, shape: Any) -> tuple[Image, dict[str, Any]]:
        project, wanted = self.project, self.body(shape)
        image: Image = self.one(Image.objects.filter(project=project), pk=wanted["image"])
        image.project = project
        return image, wanted

    def _show(self, request: Request, item: WorkImage | Replica) -> Response:
        user = actor_of(request)
        return Response(row(user, item, left=turns.left(user, item.job.project, item.job_id)))

    def _changed(self, images: Iterable[int]) -> Response:
        return Response({"images": list(images)})


def shown(jobs: Iterable[WorkJob]) -> list[Any]:
    """Rows of jobs, with their counts in one query."""
    rows: list[Any] = list(jobs)
    found = queries.progress(rows)
    for job in rows:
        job.counts = {state: found[job.pk].of(state) for state in WorkImage.State.values}
    return list(shapes.JobRow(rows, many=True).data)


def row(user: Any, item: Any, *, left: int | None = None) -> dict[str, Any]:
    item.left, item.shared = left, item.job.assignee_id is None
    item.mine = item.state in WorkImage.OPEN and (isinstance(item, Replica) or rules.is_mine(user, item))
    return dict(shapes.WorkRow(item).data)
