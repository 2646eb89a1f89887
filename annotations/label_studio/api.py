"""Addresses of Label Studio that scripts use most, over the imports, suggestions and exports of the house: a task is an
image, and has its id.
"""

from __future__ import annotations

import json
from typing import Any

from django.core.files.base import ContentFile
from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations import queries
from annotations.exports import actions as exports
from annotations.exports.api import as_file
from annotations.exports.export import export_as
from annotations.exports.serializers import parse_of
from annotations.formats.label_studio_pictures import picture_addresses
from annotations.imports import actions as imports
from annotations.imports import notices
from annotations.imports.api import dataset_of
from annotations.imports.choices import FILE
from annotations.label_studio import predictions
from annotations.label_studio.packing import TYPES, WITH_IMAGES
from annotations.models import ImportedImage, LabelImport
from projects import policies
from projects.errors import Refusal
from projects.web.actor import actor_of
from projects.web.json_body import JSONParser
from projects.web.resource import Resource, documented
from projects.web.streaming import AnyAnswer, streamed

TASKS = {"type": "array", "items": {"type": "object", "additionalProperties": True}}
TAG = ["label studio"]
REASONS = 5  # why an import failed, in one text


class TasksRow(serializers.Serializer[Any]):
    """`import` is the import that a worker makes of it, here and at /api/projects/{id}/label-imports/{import}/."""

    task_count = serializers.IntegerField(help_text=gettext_lazy("tasks that were sent"))
    annotation_count = serializers.IntegerField()
    prediction_count = serializers.IntegerField()

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {"import": serializers.IntegerField()}


class TasksState(serializers.Serializer[Any]):
    """task_ids: images that have got their labels. error: why it failed, or waits for a person on its page."""

    STATUS = (IN_PROGRESS, FAILED, COMPLETED) = ("in_progress", "failed", "completed")

    id = serializers.IntegerField()
    status = serializers.ChoiceField(choices=STATUS)
    task_ids = serializers.ListField(child=serializers.IntegerField())
    error = serializers.CharField(allow_blank=True)


class NewPrediction(serializers.Serializer[Any]):
    task = serializers.IntegerField(min_value=1, help_text=gettext_lazy("id of an image"))
    result = serializers.ListField(child=serializers.DictField(), help_text=gettext_lazy("regions in percent"))
    score = serializers.FloatField(required=False, allow_null=True, min_value=0, max_value=1)
    model_version = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=100)


class PredictionRow(NewPrediction):
    id = serializers.IntegerField()
    project = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class TasksQuery(serializers.Serializer[Any]):
    """As Label Studio calls them."""

    exportType = serializers.ChoiceField(choices=list(TYPES), default="JSON")
    export_type = serializers.ChoiceField(choices=list(TYPES), required=False, help_text=gettext_lazy("the same"))
    download_all_tasks = serializers.BooleanField(
        default=False, help_text=gettext_lazy("images that are not complete, too")
    )
    download_resources = serializers.BooleanField(
        default=False, help_text=gettext_lazy("whether the pictures come along")
    )


class TaskViewSet(Resource):
    """Tasks of Label Studio."""

    parser_classes = (JSONParser,)
    serializer_class = TasksRow
    queryset = LabelImport.objects.none()

    @documented(TasksRow, code=201, request={"application/json": TASKS}, tags=TAG, operation_id="label_studio_import")
    def create(self, request: Request, project: int) -> Response:
        """Labels and predictions for images of the project, found by the names of their pictures; a worker imports
        them. A picture that is not here is fetched from its http(s) address. Annotated tasks become complete images.
        """
        tasks = request.data if isinstance(request.data, list) else [request.data]
        if not tasks or not all(isinstance(task, dict) for task in tasks):
            raise Refusal(_("Send a list of tasks, each an object."))
        whole = [task if isinstance(task.get("data"), dict) else {"data": task} for task in tasks]
        if empty := [place for place, task in enumerate(whole) if not task["data"]]:
            raise Refusal(_("Task %(n)d says nothing: its “data” must name a picture.") % {"n": empty[0]})
        file = ContentFile(json.dumps(whole).encode(), name="tasks.json")
        dataset, wanted = dataset_of(self.project, None), {"complete": FILE}
        job = imports.take_files(actor_of(request), dataset, [file], wanted, pictures=picture_addresses(whole))
        counts = {f"{what}_count": _count(whole, f"{what}s") for what in ("annotation", "prediction")}
        return Response(TasksRow(counts | {"task_count": len(whole), "import": job.pk}).data, status.HTTP_201_CREATED)

    @documented(TasksState, tags=TAG, operation_id="label_studio_import_state")
    def retrieve(self, request: Request, project: int, pk: int) -> Response:
        """Whether the import is through, and which images it has labelled."""
        job = queries.get_label_import(self.project, pk)
        found = {"id": job.pk, "status": _status(job), "task_ids": [], "error": ""}
        if found["status"] == TasksState.COMPLETED:
            found["task_ids"] = list(job.images.filter(labelled=True).order_by("image").values_list("image", flat=True))
        if found["status"] == TasksState.FAILED:
            found["error"] = " ".join(dict.fromkeys(notices.said(row)["detail"] for row in job.problems[:REASONS]))
        return Response(TasksState(found).data)


class PredictionViewSet(Resource):
    """Predictions of an outside model, one by one."""

    parser_classes = (JSONParser,)
    serializer_class = NewPrediction
    queryset = ImportedImage.objects.none()

    @documented(PredictionRow, code=201, request=NewPrediction, tags=TAG, operation_id="label_studio_prediction")
    def create(self, request: Request) -> Response:
        """Boxes for an image, as suggestions of the model: they wait for review. Sent again they are there once."""
        wanted = self.body()
        image = policies.get_image(request.user, wanted["task"])
        row = predictions.predict(actor_of(request), image, wanted)
        more = {"id": row.pk, "project": image.project_id, "created_at": row.job.updated_at}
        absent = {"score": None, "model_version": None}
        return Response(PredictionRow(absent | wanted | more).data, status.HTTP_201_CREATED)


class LabelStudioExportView(APIView):
    """The labels of a project, packed as Label Studio packs them."""

    content_negotiation_class = AnyAnswer

    @documented(OpenApiTypes.BINARY, parameters=[TasksQuery], tags=TAG, operation_id="label_studio_export")
    def get(self, request: Request, project: int) -> HttpResponseBase:
        """What `export/` gives: tasks as JSON, or a zip with `result.json` (COCO), `classes.txt` and `labels/`
        (YOLO).
        """
        found = policies.get_project(request.user, project)
        if any(name.startswith("ids") for name in request.query_params):
            raise Refusal(_("Single tasks cannot be exported: leave out “ids”."), field="ids")
        query = TasksQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        kind = wanted.get("export_type") or wanted["exportType"]
        format, pictures = TYPES[kind], kind in WITH_IMAGES or wanted["download_resources"]
        # A file of tasks or rows stays that, as scripts read it at once.
        more = {"unfinished": wanted["download_all_tasks"] or None, "images": pictures and not format.text}
        choice = parse_of(found, {"format": format.key} | more)
        download = export_as(format, exports.select(actor_of(request), found, choice), choice)
        return as_file(streamed(request, download.chunks, download.content_type), download.name)


def _count(tasks: list[dict[str, Any]], what: str) -> int:
    return sum(len(task[what]) for task in tasks if isinstance(task.get(what), list))


def _status(job: LabelImport) -> str:
    """Label Studio's word for it; what waits for a person has failed for a script."""
    if job.is_live or (job.phase == LabelImport.Phase.READY and job.choices):
        return TasksState.IN_PROGRESS
    return TasksState.COMPLETED if job.phase == LabelImport.Phase.DONE else TasksState.FAILED
