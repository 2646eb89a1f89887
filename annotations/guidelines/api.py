"""REST for guidelines: read them, write them, show a box as an example."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.guidelines import actions, queries
from annotations.guidelines.queries import Section
from annotations.models import Box, Guideline, GuidelineExample
from annotations.queries import get_box
from projects.errors import Refusal
from projects.web.actor import actor_of
from projects.web.resource import CONFLICT, Resource, documented, single


class ExampleRow(serializers.ModelSerializer[Any]):
    """xyxy: pixels of the upright image."""

    xyxy = serializers.ListField(child=serializers.FloatField(), min_length=4, max_length=4)

    class Meta:
        model = GuidelineExample
        fields = ("id", "image", "xyxy", "good", "note")


class GuidelineRow(serializers.Serializer[Any]):
    """What is said of a class now, or of the whole project (`class` is null). `version` is 0 where nobody wrote yet."""

    text = serializers.CharField(source="guideline.text", default="")
    version = serializers.IntegerField(source="guideline.version", default=0)
    readers = serializers.IntegerField(help_text="Members who said that they have read this version")
    examples = serializers.SerializerMethodField()

    def get_fields(self) -> dict[str, Any]:
        label = serializers.IntegerField(source="label.pk", default=None, allow_null=True)
        return {"class": label, **super().get_fields()}

    def get_examples(self, section: Section) -> list[dict[str, Any]]:
        return [dict(row) for row in ExampleRow([*section.good, *section.bad], many=True).data]


class Guidelines(serializers.Serializer[Any]):
    unread = serializers.BooleanField(help_text="Whether something was written that you have not read")
    sections = GuidelineRow(many=True)


class GuidelineText(serializers.Serializer[Any]):
    """seen: the version that this one replaces, 0 for the first."""

    text = serializers.CharField(allow_blank=True, max_length=actions.LONGEST)
    seen = serializers.IntegerField(min_value=0)

    def get_fields(self) -> dict[str, Any]:
        label = serializers.IntegerField(source="label", required=False, allow_null=True, default=None)
        return {"class": label, **super().get_fields()}


class NewExample(serializers.Serializer[Any]):
    box = serializers.UUIDField()
    good = serializers.BooleanField(default=True)
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class GuidelineViewSet(Resource):
    """How a project's objects are to be labelled."""

    serializer_class = GuidelineRow
    queryset = Guideline.objects.none()

    @documented(single(Guidelines))
    def list(self, request: Request, project: int) -> Response:
        return self._all()

    @documented(single(Guidelines), request=GuidelineText, also=CONFLICT)
    def create(self, request: Request, project: int) -> Response:
        """Writes a new version; the same words make none."""
        found, wanted = self.project, self.body(GuidelineText)
        label = found.classes.filter(pk=wanted["label"]).first() if wanted["label"] is not None else None
        if label is None and wanted["label"] is not None:
            raise Refusal(_("This project has no class %(id)s.") % {"id": wanted["label"]}, field="class")
        actions.write(actor_of(request), found, label, wanted["text"], seen=wanted["seen"])
        return self._all()

    @documented(None, code=204, request=None)
    def read(self, request: Request, project: int) -> Response:
        """Says that you have read all that is written now."""
        actions.mark_read(actor_of(request), self.project)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _all(self) -> Response:
        found = self.project
        shown = {"unread": queries.unread(actor_of(self.request), found), "sections": queries.sections(found)}
        return Response(Guidelines(shown).data)


class ExampleViewSet(Resource):
    """Boxes that show what is right, and what is wrong."""

    serializer_class = ExampleRow
    queryset = GuidelineExample.objects.none()

    @documented(ExampleRow, code=201, request=NewExample)
    def create(self, request: Request, project: int) -> Response:
        found, wanted = self.project, self.body(NewExample)
        box: Box = get_box(request.user, wanted["box"])
        if box.image.project_id != found.pk:
            raise Refusal(_("This box is not in this project."), field="box")
        made = actions.add_example(actor_of(request), box, good=wanted["good"], note=wanted["note"])
        return Response(ExampleRow(made).data, status=status.HTTP_201_CREATED)

    @documented(None, code=204)
    def destroy(self, request: Request, project: int, pk: int) -> Response:
        actions.remove_example(actor_of(request), queries.get_example(actor_of(request), self.project, pk))
        return Response(status=status.HTTP_204_NO_CONTENT)
