"""The REST API of an image's timeline: its steps, what it held at each, and back to there."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.blindness import seen_by
from annotations.boxes.api import STALE_IMAGE
from annotations.boxes.payloads import image_state
from annotations.boxes.serializers import ImageState
from annotations.models import BoxHistory
from annotations.timeline import actions, past, serializers
from annotations.timeline.steps import saves_of, steps_of
from annotations.versions import queries
from projects import policies
from projects.errors import StaleVersion
from projects.models import Image
from projects.web.actor import actor_of
from projects.web.pagination import Cursor
from projects.web.preconditions import IF_MATCH, as_asked, tagged, version_seen
from projects.web.resource import Resource, documented


class HistoryViewSet(Resource):
    """What became of one image, and who did it."""

    serializer_class = serializers.StepRow
    pagination_class = Cursor
    queryset = BoxHistory.objects.none()
    orderings: ClassVar = {"newest": ("-moment",)}

    @documented(serializers.StepRow(many=True))
    def list(self, request: Request, pk: int) -> Response:
        """Newest first, one for each save; follow `next` until it is null: the last one is the upload."""
        image = policies.get_image(request.user, pk, among=Image.objects.select_related("uploaded_by"))
        saves = saves_of(image)
        if seen_by(actor_of(request), image):  # it would tell what others did to the image
            saves = saves.none()
        page: Any = self.paginate_queryset(saves)
        steps = steps_of(image, page, to_the_end=self.paginator.get_next_link() is None)  # type: ignore[union-attr]
        return self.get_paginated_response(serializers.StepRow(steps, many=True).data)

    @documented(serializers.PastRow)
    def retrieve(self, request: Request, pk: int, moment: int) -> Response:
        """The image's boxes and what was complete after a step; `moment` is the step's, or 0: before all of them."""
        image = policies.get_image(request.user, pk)
        if seen_by(actor_of(request), image):
            raise Http404
        return Response(serializers.PastRow(past.at_moment(image, moment)).data)

    @documented(ImageState, also=STALE_IMAGE, request=serializers.RestoreImage, parameters=[IF_MATCH])
    def restore(self, request: Request, pk: int) -> Response:
        """The image's boxes and completeness become what they were, as new history, in one transaction. Boxes that come
        back keep their ids; suggestions and split stay as they are; what is of a class that was deleted is left out.
        """
        image, actor = policies.get_image(request.user, pk), actor_of(request)
        if seen_by(actor, image):
            raise Http404
        wanted = self.body(serializers.RestoreImage)
        seen = version_seen(request, wanted.get("version"), image.version)
        try:
            if "moment" in wanted:
                rows = actions.restore_moment(actor, image, seen=seen, moment=wanted["moment"])
            else:
                version = queries.find_version(image.project, wanted["from_version"])
                rows = actions.restore_from(actor, image, seen=seen, version=version)
        except StaleVersion as stale:
            raise as_asked(request, stale) from None
        return tagged(request, Response(image_state(rows)), rows.version)


class VersionImageViewSet(Resource):
    """One image as a version holds it."""

    serializer_class = serializers.PastRow
    queryset = BoxHistory.objects.none()

    @documented(serializers.PastRow)
    def retrieve(self, request: Request, project: int, pk: int, image: int) -> Response:
        """Its boxes and what was complete; 404 where the version does not hold the image, or the image is gone."""
        version = queries.get_version(self.project, pk)
        found = policies.get_image(request.user, image)
        if found.project_id != version.project_id or seen_by(actor_of(request), found):
            raise Http404
        return Response(serializers.PastRow(past.in_version(found, version)).data)
