"""REST of what people labelled apart: where they differ, settled by whoever reviews."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.boxes.payloads import image_name
from annotations.boxes.serializers import XYXY, ImageName, WithClass
from annotations.models import WorkImage, WorkJob
from annotations.quality import settling
from annotations.quality.consensus import Group
from annotations.quality.settling import NO_BOX, Apart
from annotations.work import queries, replicas
from annotations.work.serializers import OneImage, WorkAnswer
from projects import policies
from projects.policies import Action
from projects.serializers import PersonRow
from projects.web.actor import actor_of
from projects.web.resource import CONFLICT, Resource, documented

MOST_PLACES = 2000  # where people differ in one image


class SaidBox(WithClass):
    person = serializers.IntegerField(help_text=_("Id of one of the image's people"))
    xyxy = XYXY()


class Vote(WithClass):
    """`class` 0: there is no object."""

    votes = serializers.IntegerField()


class DisputeRow(serializers.Serializer[Any]):
    """A place of which people say different things. xyxy: what holds all of their boxes."""

    xyxy = XYXY()
    boxes = SaidBox(many=True)
    votes = Vote(many=True)
    majority = serializers.IntegerField(
        allow_null=True, help_text=_("What more than half of the people say; null where nothing has so many")
    )


class ApartRow(serializers.Serializer[Any]):
    """An image of which all answers are in. agreed: places of which all say the same."""

    image = ImageName()
    people = PersonRow(many=True)
    agreed = serializers.IntegerField()
    disputes = DisputeRow(many=True)


class Settlement(OneImage):
    choices = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=2**63 - 1),
        max_length=MOST_PLACES,
        default=list,
        help_text=_("Of each dispute, in their order: the class of the box to keep, or 0 for none"),
    )


class CountAnswer(serializers.Serializer[Any]):
    count = serializers.IntegerField()


class SettleViewSet(Resource):
    """Images that several people labelled apart from one another: reviewers see where they differ, and settle it."""

    serializer_class = ApartRow
    queryset = WorkImage.objects.none()

    @documented(ApartRow(many=True))
    def list(self, request: Request, project: int, pk: int) -> Response:
        """The job's images that wait to be settled, in their order, with what each person says where they differ."""
        job = self._job(request, project, pk)
        policies.require(request.user, Action.REVIEW, job.project)
        waiting = job.images.filter(state=WorkImage.State.SUBMITTED).order_by("position")
        ids = self.paginate_queryset(waiting.values_list("image_id", flat=True)) or []
        return self.get_paginated_response([_row(one) for one in settling.answered(job, list(ids))])

    @documented(WorkAnswer, request=Settlement, also=CONFLICT)
    @action(detail=True, methods=["post"])
    def settle(self, request: Request, project: int, pk: int) -> Response:
        """Gives an image the boxes that all agree on and those that are chosen, and makes it final, as one step."""
        job, wanted = self._job(request, project, pk), self.body(Settlement)
        item = settling.settle(actor_of(request), job, wanted["image"], dict(enumerate(wanted["choices"])))
        return Response({"images": [item.image_id]})

    @documented(CountAnswer, request=None)
    @action(detail=True, methods=["post"])
    def settle_agreed(self, request: Request, project: int, pk: int) -> Response:
        """Makes final all images on which people agree; `count` of them."""
        return Response({"count": settling.settle_agreed(actor_of(request), self._job(request, project, pk))})

    @documented(CountAnswer, request=OneImage, also=CONFLICT)
    @action(detail=True, methods=["post"])
    def unsettle(self, request: Request, project: int, pk: int) -> Response:
        """Takes it back: the image waits again, and `count` boxes that settling had made are gone."""
        job = self._job(request, project, pk)
        image = self.body(OneImage)["image"]
        return Response({"count": settling.unsettle(actor_of(request), job.project, image)})

    @documented(CountAnswer, request=None)
    @action(detail=True, methods=["post"])
    def go_on(self, request: Request, project: int, pk: int) -> Response:
        """Asks nobody any more who has yet to answer where somebody has: `count` images wait to be settled then."""
        return Response({"count": replicas.go_on(actor_of(request), self._job(request, project, pk))})

    def _job(self, request: Request, project: int, pk: int) -> WorkJob:
        return queries.get_job(request.user, project, pk)


def _row(apart: Apart) -> dict[str, Any]:
    disputes = [_dispute(group) for group in apart.disputes]
    return {
        "image": image_name(apart.item.image),
        "people": PersonRow(apart.people, many=True).data,
        "agreed": len(apart.groups) - len(disputes),
        "disputes": disputes,
    }


def _dispute(group: Group) -> dict[str, Any]:
    votes = [*group.votes, (NO_BOX, group.people - len(group.marks))]
    boxes = [{"person": pk, "class": mark.label, "xyxy": list(mark.xyxy)} for pk, mark in group.marks.items()]
    return {
        "xyxy": list(group.whole),
        "boxes": boxes,
        "votes": [{"class": label, "votes": n} for label, n in votes if n],
        "majority": group.majority,
    }
