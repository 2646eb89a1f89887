"""REST of quality: each person's figures."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from projects import policies
from projects.models import Project
from projects.policies import Action
from projects.web.actor import actor_of
from projects.web.resource import Resource, documented, single
from training.quality.people import People
from training.quality.serializers import PeopleFigures
from training.reports.period import RANGES, period_of

PERIOD = [
    OpenApiParameter("range", enum=list(RANGES), description="Days back from today; `all` for all of them"),
    OpenApiParameter("dataset", int, description="Id of a dataset"),
    OpenApiParameter("job", int, description="Id of a job"),
]


class QualityViewSet(Resource):
    """How good and how fast people's work is."""

    serializer_class = PeopleFigures
    queryset = Project.objects.none()

    @documented(single(PeopleFigures), parameters=PERIOD)
    def people(self, request: Request, project: int) -> Response:
        """Of each person for owners and managers; for others, their own alone. Estimates are null where there is too
        little to say: below five images, or five answers. `images` of them differ by chance in the interval of 95 %.
        """
        found, actor = self.project, actor_of(request)
        policies.require(actor, Action.LABEL, found)
        leads = policies.can(actor, Action.JOBS, found)
        people: Any = People(found, period_of(request, found), None if leads else actor)
        return Response(PeopleFigures({"people": people.rows}).data)
