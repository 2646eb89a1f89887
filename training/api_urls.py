"""Addresses of the API of runs, models and detectors."""

from django.urls import path
from rest_framework.parsers import MultiPartParser

from training.model_versions.api import DetectorViewSet, ModelDownloadViewSet, ModelViewSet, ShotViewSet
from training.predictions.api import ClickView, PredictHereView, PredictView
from training.quality.api import CheckImagesViewSet, QualityViewSet
from training.runs.api import ProjectRunViewSet, RunViewSet
from training.search.api import MatchesView


def verb(name: str, method: str = "post") -> object:
    return path(f"runs/<int:pk>/{name}/", RunViewSet.as_view({method: name}), name=f"api-run-{name}")


urlpatterns = [
    path("projects/<int:project>/runs/", ProjectRunViewSet.as_view({"get": "list", "post": "create"}), name="api-runs"),
    path("runs/<int:pk>/", RunViewSet.as_view({"get": "retrieve"}), name="api-run"),
    *map(verb, ("cancel", "retry", "undo")),
    path("runs/<int:pk>/follow-up/", RunViewSet.as_view({"post": "follow_up"}), name="api-run-follow-up"),
    path("runs/<int:pk>/matches/", MatchesView.as_view({"get": "list", "post": "create"}), name="api-run-matches"),
    verb("events", "get"),
    path(
        "projects/<int:project>/models/",
        ModelViewSet.as_view({"get": "list", "post": "create"}, parser_classes=[MultiPartParser]),
        name="api-models",
    ),
    path("models/<int:pk>/", ModelViewSet.as_view({"get": "retrieve", "delete": "destroy"}), name="api-model"),
    path("models/<int:pk>/promote/", ModelViewSet.as_view({"post": "promote"}), name="api-model-promote"),
    path("models/<int:pk>/roll-back/", ModelViewSet.as_view({"post": "roll_back"}), name="api-model-roll-back"),
    path("models/<int:pk>/give/", ModelViewSet.as_view({"post": "give"}), name="api-model-give"),
    path(
        "models/<int:pk>/converted/<str:form>/",
        ModelDownloadViewSet.as_view({"get": "converted"}),
        name="api-model-converted",
    ),
    path("models/<int:pk>/download/", ModelDownloadViewSet.as_view({"get": "download"}), name="api-model-download"),
    path("projects/<int:project>/predict/", PredictView.as_view({"post": "create"}), name="api-predict"),
    path("images/<int:pk>/predict/", PredictHereView.as_view({"post": "create"}), name="api-image-predict"),
    path("images/<int:pk>/click/", ClickView.as_view({"post": "create"}), name="api-image-click"),
    path("boxes/<uuid:box>/leave-out/", ShotViewSet.as_view({"post": "leave_out"}), name="api-shot-leave-out"),
    path("boxes/<uuid:box>/use-again/", ShotViewSet.as_view({"post": "use_again"}), name="api-shot-use-again"),
    path(
        "projects/<int:project>/quality/people/",
        QualityViewSet.as_view({"get": "people"}),
        name="api-quality-people",
    ),
    path(
        "projects/<int:project>/quality/agreement/",
        QualityViewSet.as_view({"get": "agreement"}),
        name="api-quality-agreement",
    ),
    path(
        "projects/<int:project>/check-images/",
        CheckImagesViewSet.as_view({"get": "list", "post": "create"}),
        name="api-check-images",
    ),
    path(
        "projects/<int:project>/check-images/unmake/",
        CheckImagesViewSet.as_view({"post": "unmake"}),
        name="api-check-images-unmake",
    ),
    path("detectors/", DetectorViewSet.as_view({"get": "list"}), name="api-detectors"),
]
