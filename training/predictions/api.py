"""POST a picture, get what the class models see in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse
from rest_framework import parsers, serializers
from rest_framework.request import Request
from rest_framework.throttling import ScopedRateThrottle

from annotations.boxes.payloads import place_url
from annotations.boxes.serializers import XYXY
from labelhub.requests import problem
from labelhub.requests.busy import RETRY_AFTER_S
from labelhub.requests.later import Later
from projects import policies
from projects.serializers import ProblemDetail
from projects.web.actor import actor_of
from projects.web.resource import Resource, documented
from training.model_versions.stored import WHY_NOT
from training.models import ModelVersion, Prediction
from training.predictions import actions, clicks, here

LATE = {503: OpenApiResponse(ProblemDetail, "No worker answered in time; ask again after Retry-After seconds")}


class PredictRequest(serializers.Serializer[Any]):
    image = serializers.FileField()
    models = serializers.ListField(
        child=serializers.IntegerField(), required=False,
        help_text="Class models, one of each class; without it the current one of every class",
    )  # fmt: skip


class PredictedEvidence(serializers.Serializer[Any]):
    """A shot or counter-example that the box is like."""

    image = serializers.IntegerField()
    xyxy = XYXY()
    similarity = serializers.FloatField()
    positive = serializers.BooleanField()
    crop_url = serializers.CharField()


class PredictedBox(serializers.Serializer[Any]):
    """One object. `state`: `auto` where the model's thresholds would accept it unseen, else `review`."""

    class_id = serializers.IntegerField()
    name = serializers.CharField()
    model = serializers.IntegerField()
    xyxy = XYXY()
    probability = serializers.FloatField()
    state = serializers.ChoiceField(choices=["auto", "review"])
    evidence = PredictedEvidence(many=True)


class PredictAnswer(serializers.Serializer[Any]):
    """Most probable first; boxes in pixels of the upright picture. `seconds`: that the engine took."""

    width = serializers.IntegerField()
    height = serializers.IntegerField()
    boxes = PredictedBox(many=True)
    seconds = serializers.FloatField()


class PredictView(Resource):
    """Predictions for one picture, which is not kept."""

    parser_classes = (parsers.MultiPartParser,)
    serializer_class = PredictRequest
    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "predict"
    queryset = Prediction.objects.none()

    @documented(PredictAnswer, request={"multipart/form-data": PredictRequest}, also=LATE)
    def create(self, request: Request, project: int) -> HttpResponse:
        """What the class models see in the picture. A warm worker answers within a second; the first question after a
        rest starts it. The probability is the model's own; a run over many images also weighs how many objects they
        hold.
        """
        asked = self.body()
        prediction = actions.ask(actor_of(request), self.project, asked["image"], models=asked.get("models"))
        return Later(lambda: answered(prediction.pk), settings.PREDICT_PATIENCE_S, _late())


class PredictHereRequest(serializers.Serializer[Any]):
    models = serializers.ListField(
        child=serializers.IntegerField(), required=False,
        help_text="Class models, one of each class; without it the current one of every class",
    )  # fmt: skip


class PredictHereAnswer(serializers.Serializer[Any]):
    """`suggested`: new suggestions that wait in the image now. `seconds`: that the engine took."""

    suggested = serializers.IntegerField()
    seconds = serializers.FloatField()


class PredictHereView(Resource):
    """Class models look at one image of a project; what they see waits there as suggestions."""

    serializer_class = PredictHereRequest
    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "predict"
    queryset = Prediction.objects.none()

    @documented(PredictHereAnswer, also=LATE)
    def create(self, request: Request, pk: int) -> HttpResponse:
        """Lets class models look at this image at once, from the warm worker, without a run."""
        asked = self.body()
        image = policies.get_image(request.user, pk)
        prediction = here.look(actor_of(request), image, models=asked.get("models"))
        return Later(lambda: looked(prediction.pk), settings.PREDICT_PATIENCE_S, _late())


class ClickRequest(serializers.Serializer[Any]):
    point = serializers.ListField(
        child=serializers.FloatField(), min_length=2, max_length=2, required=False,
        help_text="x and y, pixels of the upright image; without it the image is only made ready for clicks",
    )  # fmt: skip

    def get_fields(self) -> dict[str, Any]:
        words = "The class of the box: its current model, if it has one, knows what it looks like"
        return super().get_fields() | {"class": serializers.IntegerField(required=False, help_text=words)}


class ClickedBox(serializers.Serializer[Any]):
    """A box that the click may mean. `score`: the overlap with the object that is expected, 0 to 1."""

    xyxy = XYXY()
    score = serializers.FloatField()

    def get_fields(self) -> dict[str, Any]:
        words = "What drew it: the class's `model`, a `proposal` of the detector, or an `anchor` of it"
        return super().get_fields() | {"source": serializers.CharField(help_text=words)}


class ClickAnswer(serializers.Serializer[Any]):
    """At most five boxes that hold the point, most likely first; none where nothing is seen. `seconds`: that the engine
    took.
    """

    boxes = ClickedBox(many=True)
    seconds = serializers.FloatField()


class ClickView(Resource):
    """Click to box: one point in an object, and its box comes."""

    serializer_class = ClickRequest
    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "predict"
    queryset = Prediction.objects.none()

    @documented(ClickAnswer, also=LATE)
    def create(self, request: Request, pk: int) -> HttpResponse:
        """The boxes that a click may mean; nothing is saved. Send the image without a point when the tool is chosen:
        the click is then answered within a third of a second.
        """
        asked = self.body()
        image = policies.get_image(request.user, pk)
        point = asked.get("point")
        prediction = clicks.ask(
            actor_of(request), image, point=(point[0], point[1]) if point else None, class_id=asked.get("class")
        )
        return Later(lambda: clicked(prediction.pk), settings.PREDICT_PATIENCE_S, _late())


def _late() -> HttpResponse:
    late = problem.answer(503, _("No worker answered in time. Please try again in a moment."), "late")
    late["Retry-After"] = str(RETRY_AFTER_S)
    return late


def looked(pk: int) -> HttpResponse | None:
    """The response to a look at an image once it was answered; the prediction goes then."""

    def response(found: Prediction) -> HttpResponse:
        return JsonResponse({"suggested": here.store(found), "seconds": found.answer["seconds"]})

    return _settled(pk, response)


def clicked(pk: int) -> HttpResponse | None:
    """The same to a click."""

    def response(found: Prediction) -> HttpResponse:
        return JsonResponse({name: found.answer[name] for name in ("boxes", "seconds")})

    return _settled(pk, response)


def answered(pk: int) -> HttpResponse | None:
    """The same to a picture."""
    return _settled(pk, _response)


def _settled(pk: int, response: Callable[[Prediction], HttpResponse]) -> HttpResponse | None:
    """None while the answer is not there. response: to an answer without an error."""
    found = Prediction.objects.filter(pk=pk).first()
    if found is None:  # its image or project was deleted meanwhile
        return _failed("late", {})
    if found.state != Prediction.State.ANSWERED:
        return None
    error = found.answer["error"]
    settled = _failed(str(error["code"]), error.get("data") or {}) if error else response(found)
    actions.withdraw(found)
    return settled


def _response(found: Prediction) -> HttpResponse:
    models = {
        model.label_id: model
        for model in ModelVersion.objects.filter(pk__in=found.asked).select_related("label").defer("metrics")
    }
    width, height = found.answer["size"]
    boxes = [
        {
            "class_id": row["class_id"], "name": models[row["class_id"]].name, "model": models[row["class_id"]].pk,
            "xyxy": row["xyxy"], "probability": row["probability"], "state": row["state"],
            "evidence": [_evidence(near) for near in row["neighbours"]],
        }
        for row in found.answer["suggestions"] if row["class_id"] in models
    ]  # fmt: skip
    return JsonResponse({"width": width, "height": height, "boxes": boxes, "seconds": found.answer["seconds"]})


def _evidence(near: dict[str, Any]) -> dict[str, Any]:
    url = place_url(near["image_id"], near["xyxy"])
    kept = {name: near[name] for name in ("xyxy", "similarity", "positive")}
    return kept | {"image": near["image_id"], "crop_url": url}


def _failed(code: str, data: dict[str, Any]) -> HttpResponse:
    if code == "bad_image":
        return problem.answer(400, _("This picture cannot be read."), code)
    if code == "bad_model":
        reason = WHY_NOT.get(str(data.get("reason")), WHY_NOT["unreadable"])
        return problem.answer(409, _("The model cannot run. %(why)s") % {"why": reason}, code)
    response = problem.answer(503, _("The engine could not answer. Please try again in a moment."), code)
    response["Retry-After"] = str(RETRY_AFTER_S)
    return response
