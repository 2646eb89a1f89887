"""REST of the grid of boxes: one class's boxes in an order that has no pages to count."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotations import queries
from annotations.blindness import hidden_images
from annotations.box_grid.orders import ORDERS, After, ids_after
from annotations.boxes import crops
from annotations.boxes.filters import BoxFilter
from annotations.boxes.payloads import box_of_image_row, place_url
from annotations.boxes.serializers import XYXY, BoxOfImageRow, WithClass
from annotations.models import Box
from annotations.work import rules
from projects.web.actor import actor_of
from projects.web.resource import Resource, documented, single

PER_PAGE, MOST = 100, 200


class GridQuery(WithClass):
    order = serializers.ChoiceField(
        choices=ORDERS,
        default=ORDERS[0],
        help_text=_("-odd: unusual in size or shape first; size: pixels of the box; updated: when it was changed last"),
    )
    after = serializers.CharField(required=False, max_length=400, help_text=_("`next` of the page before"))
    page_size = serializers.IntegerField(min_value=1, max_value=MOST, default=PER_PAGE)


class GridBox(BoxOfImageRow):
    """`crop`: the part of the image that the picture at `crop_url` shows."""

    crop = XYXY()
    crop_url = serializers.CharField()
    mine = serializers.BooleanField(help_text=_("Whether the person may change it with many others"))


class GridPage(serializers.Serializer[Any]):
    total = serializers.IntegerField(allow_null=True, help_text=_("Of the first page alone"))
    next = serializers.CharField(allow_null=True, help_text=_("What to ask with as `after`; null at the end"))
    results = GridBox(many=True)


class BoxGridViewSet(Resource):
    """All boxes of one class."""

    serializer_class = GridBox
    filterset_class = BoxFilter
    pagination_class = None
    queryset = Box.objects.none()

    @documented(single(GridPage), parameters=[GridQuery])
    def list(self, request: Request, project: int) -> Response:
        """Sorted so that mistakes stand out. Follow `next` until it is null; a page late in the list costs what the
        first one does.
        """
        query = GridQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked, found = query.validated_data, self.project
        label = queries.get_class(found, asked["class"])
        hidden = hidden_images(actor_of(request), found)
        rows = self.filter_queryset(Box.objects.filter(label=label).exclude(image__in=hidden))
        after = After.read(asked["after"], asked["order"]) if asked.get("after") else None
        ids, following = ids_after(rows, label.pk, asked["order"], after, asked["page_size"])
        mine = Box.objects.filter(rules.within_reach(actor_of(request), found), pk=OuterRef("pk"))
        boxes = Box.objects.select_related("image", "author").annotate(mine=Exists(mine)).in_bulk(ids)
        total = rows.count() if after is None else None
        return Response({"total": total, "next": following, "results": [_row(boxes[pk]) for pk in ids if pk in boxes]})


def _row(box: Box) -> dict[str, Any]:
    image, mine = box.image, box.mine  # type: ignore[attr-defined]
    crop = list(crops.window(box.xyxy, image.width, image.height))
    return box_of_image_row(box) | {"crop": crop, "crop_url": place_url(image.pk, box.xyxy), "mine": mine}
