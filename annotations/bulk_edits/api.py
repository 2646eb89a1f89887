"""REST of changes of many boxes: what one would do, doing it, and taking it back as one."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.boxes.serializers import WithClass
from annotations.bulk_edits import actions
from annotations.bulk_edits.choice import Choice
from annotations.models import BulkEdit
from projects.web.actor import actor_of
from projects.web.resource import CONFLICT, Resource, documented


class SeenBox(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    updated_at = serializers.DateTimeField(help_text=_("As it was seen: what somebody changed since stays as it is"))


class BulkEditRequest(WithClass):
    """Boxes that are named, or all of `class`, narrowed by `images` and `filter`."""

    class_required = False
    kind = serializers.ChoiceField(choices=BulkEdit.Kind.choices)
    to = serializers.IntegerField(required=False, help_text=_("Id of the class that the boxes get"))
    boxes = SeenBox(many=True, required=False, help_text=_("At most 2,000"))
    images = serializers.CharField(
        required=False, allow_blank=True, max_length=500, help_text=_("What stands after the `?` of the gallery")
    )
    filter = serializers.CharField(
        required=False, allow_blank=True, max_length=500, help_text=_("The same of the list of boxes")
    )
    comment = serializers.CharField(
        required=False, allow_blank=True, max_length=500, help_text=_("What is to be mended in boxes that go back")
    )
    keep_one = serializers.BooleanField(
        default=True, help_text=_("Of equal boxes of two merged classes only one stays")
    )


class MergePreview(serializers.Serializer[Any]):
    suggestions = serializers.IntegerField(help_text=_("that wait for review"))
    shots = serializers.IntegerField(help_text=_("Boxes that runs could learn from"))
    complete = serializers.IntegerField(help_text=_("Images that are complete for both classes"))
    reopened = serializers.IntegerField(help_text=_("Images that would not be complete any more"))
    doubles = serializers.IntegerField(help_text=_("Boxes that lie on one of the other class"))
    others = serializers.ListField(help_text=_("What else names the class: its word, and how many"))


class EditPreview(serializers.Serializer[Any]):
    boxes = serializers.IntegerField()
    images = serializers.IntegerField()
    beyond = serializers.IntegerField(help_text=_("Boxes that are not the person's to change"))
    merge = MergePreview(allow_null=True)


class EditRow(serializers.ModelSerializer[Any]):
    """A change on its way, or where it ended. done, total: boxes of its step."""

    created_by = serializers.EmailField(source="created_by.email", default=None, allow_null=True)
    to = serializers.IntegerField(source="choice.to", allow_null=True)
    count = serializers.IntegerField(help_text=_("Boxes that changed"))
    stayed = serializers.IntegerField(help_text=_("Boxes that stayed, since somebody else had changed them"))
    undoable = serializers.BooleanField(source="is_undoable")

    class Meta:
        model = BulkEdit
        fields: Any = (
            "id", "kind", "step", "state", "to", "done", "total", "count", "stayed", "problem", "undoable", "undone_at",
            "created_by", "created_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"class": serializers.IntegerField(source="choice.label", allow_null=True)}


class BulkEditViewSet(Resource):
    """Changes of many boxes of a project."""

    serializer_class = EditRow
    queryset = BulkEdit.objects.none()
    filter_backends = ()

    def get_queryset(self) -> QuerySet[BulkEdit]:
        return BulkEdit.objects.filter(project=self.project).select_related("project", "created_by")

    @documented(EditRow(many=True))
    def list(self, request: Request, project: int) -> Response:
        """The latest first."""
        return self.page(self.get_queryset())

    @documented(EditRow)
    def retrieve(self, request: Request, project: int, pk: int) -> Response:
        """How far it is."""
        return self.show(self.one(self.get_queryset(), pk=pk))

    @documented(EditPreview, request=BulkEditRequest)
    @action(detail=False, methods=["post"])
    def preview(self, request: Request, project: int) -> Response:
        """What a change would do; nothing is written."""
        found = actions.look(actor_of(request), self.project, self._choice())
        return Response(EditPreview(found).data)

    @documented(EditRow, code=201, request=BulkEditRequest, also=CONFLICT)
    def create(self, request: Request, project: int) -> Response:
        """Changes up to 200 boxes at once. More, and two classes that become one, are a worker's: ask for the change
        until its state is no longer `queued` or `running`.
        """
        edit = actions.start(actor_of(request), self.project, self._choice())
        return self.show(edit, status.HTTP_202_ACCEPTED if edit.is_live else status.HTTP_201_CREATED)

    @documented(EditRow, request=None)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, project: int, pk: int) -> Response:
        """Ends it where it is. What changed already stays so, and can be undone."""
        return self.show(actions.cancel(actor_of(request), self.one(self.get_queryset(), pk=pk)))

    @documented(EditRow, request=None, also=CONFLICT)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, project: int, pk: int) -> Response:
        """Takes a change back, but for boxes that somebody changed since."""
        return self.show(actions.undo(actor_of(request), self.one(self.get_queryset(), pk=pk)))

    def _choice(self) -> Choice:
        wanted = self.body(BulkEditRequest)
        seen = tuple((one["id"].hex, one["updated_at"].isoformat()) for one in wanted.pop("boxes", ()))
        return Choice(label=wanted.pop("class", None), boxes=seen, **wanted)
