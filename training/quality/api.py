"""REST of quality: each person's figures, and check images."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.models import CheckImage
from annotations.quality import checks
from projects import policies
from projects.models import Project
from projects.policies import Action
from projects.web.actor import actor_of
from projects.web.resource import Resource, documented, single
from training.quality import serializers as shapes
from training.quality.apart import Apart
from training.quality.people import People
from training.reports.period import RANGES, period_of

PERIOD = [
    OpenApiParameter("range", enum=list(RANGES), description="Days back from today; `all` for all of them"),
    OpenApiParameter("dataset", int, description="Id of a dataset"),
    OpenApiParameter("job", int, description="Id of a job"),
]


class QualityViewSet(Resource):
    """How good and how fast people's work is."""

    serializer_class = shapes.PeopleFigures
    queryset = Project.objects.none()

    @documented(single(shapes.PeopleFigures), parameters=PERIOD)
    def people(self, request: Request, project: int) -> Response:
        """Of each person for owners and managers; for others, their own alone. Estimates are null where there is too
        little to say: below five images, or five answers. `images` of them differ by chance in the interval of 95 %.
        """
        found, actor = self.project, actor_of(request)
        policies.require(actor, Action.LABEL, found)
        leads = policies.can(actor, Action.JOBS, found)
        people: Any = People(found, period_of(request, found), None if leads else actor)
        return Response(shapes.PeopleFigures({"people": people.rows}).data)

    @documented(single(shapes.AgreementRow), parameters=PERIOD)
    def agreement(self, request: Request, project: int) -> Response:
        """How far people agree who labelled the same images apart; for owners and managers. `alpha` is Krippendorff's,
        nominal, over places where somebody has a box; `same` the share of boxes that others have too, with the same
        class. A null estimate: fewer than five images.
        """
        found = self.project
        policies.require(request.user, Action.JOBS, found)
        return Response(shapes.AgreementRow(Apart(found, period_of(request, found)).found).data)


class CheckImagesViewSet(Resource):
    """Images whose truth is known, which jobs mix in unmarked. Managers alone see which they are."""

    serializer_class = shapes.CheckImageRow
    queryset = CheckImage.objects.none()

    @documented(shapes.CheckImageRow(many=True))
    def list(self, request: Request, project: int) -> Response:
        found = self.project
        policies.require(request.user, Action.JOBS, found)
        rows = self.paginate_queryset(checks.checks_of(found).select_related("image")) or []
        return self.get_paginated_response(shapes.CheckImageRow(rows, many=True).data)

    @documented(shapes.CheckImages, code=201, request=shapes.CheckImages)
    def create(self, request: Request, project: int) -> Response:
        """Makes complete images checks. The answer names those that became one."""
        found = self.project
        policies.require(request.user, Action.JOBS, found)
        made = checks.make_checks(actor_of(request), found, self.body(shapes.CheckImages)["images"])
        return Response({"images": made}, status=status.HTTP_201_CREATED)

    @documented(shapes.CheckCount, request=shapes.CheckImages)
    @action(detail=False, methods=["post"])
    def unmake(self, request: Request, project: int) -> Response:
        """They are images like any other again."""
        found = self.project
        policies.require(request.user, Action.JOBS, found)
        count = checks.unmake_checks(actor_of(request), found, self.body(shapes.CheckImages)["images"])
        return Response({"count": count})
