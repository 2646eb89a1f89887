"""The REST API of classes."""

from __future__ import annotations

from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from annotations import queries
from annotations.classes import actions as classes_actions
from annotations.classes import serializers
from annotations.models import LabelClass
from projects.web.actor import actor_of
from projects.web.resource import CONFLICT, Resource, documented

MADE = {"type": "array", "items": {"$ref": "#/components/schemas/ClassRow"}}  # all of them, so not in pages


class ClassViewSet(Resource):
    """Classes of a project: name, colour, hotkey and order."""

    serializer_class = serializers.ClassRow
    queryset = LabelClass.objects.none()

    @documented(serializers.ClassRow(many=True))
    def list(self, request: Request, project: int) -> Response:
        return self.page(self.project.classes.all())

    @documented(serializers.ClassRow, code=201, also=CONFLICT, request=serializers.NewClass)
    def create(self, request: Request, project: int) -> Response:
        label = classes_actions.create_class(actor_of(request), self.project, **self.body(serializers.NewClass))
        return self.show(label, status.HTTP_201_CREATED)

    @documented(MADE, code=201, also=CONFLICT, request=serializers.ClassNames)
    @action(detail=False, methods=["post"])
    def many(self, request: Request, project: int) -> Response:
        """Several classes at once, as a pasted list names them: all or none.

        `names` is a list, or one text with commas or lines.
        """
        made = classes_actions.create_classes(
            actor_of(request), self.project, self.body(serializers.ClassNames)["names"]
        )
        return Response(self.get_serializer(made, many=True).data, status=status.HTTP_201_CREATED)

    @documented(serializers.ClassRow, also=CONFLICT)
    def update(self, request: Request, project: int, pk: int) -> Response:
        label = queries.get_class(self.project, pk)
        return self.show(classes_actions.update_class(actor_of(request), label, **self.body(partial=True)))

    @documented(None, code=204)
    def destroy(self, request: Request, project: int, pk: int) -> Response:
        """Deletes the class with its boxes; the history of the boxes stays."""
        classes_actions.delete_class(actor_of(request), queries.get_class(self.project, pk))
        return Response(status=status.HTTP_204_NO_CONTENT)
