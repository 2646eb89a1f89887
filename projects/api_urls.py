"""Addresses of the API of people and projects. The app above serves the list of projects and their images."""

from typing import Any

from django.urls import path

from projects.api import DatasetViewSet, InvitationViewSet, MemberViewSet
from projects.images.api import ImportViewSet, KnownViewSet, UploadViewSet
from projects.people.api import TokenViewSet

LIST: dict[str, Any] = {"get": "list", "post": "create"}
CHANGE: dict[str, Any] = {"patch": "update", "delete": "destroy"}

urlpatterns = [
    path("projects/<int:project>/datasets/", DatasetViewSet.as_view(LIST), name="api-datasets"),
    path("projects/<int:project>/datasets/<int:pk>/", DatasetViewSet.as_view(CHANGE), name="api-dataset"),
    path("projects/<int:project>/members/", MemberViewSet.as_view({"get": "list"}), name="api-members"),
    path("projects/<int:project>/members/<int:user>/", MemberViewSet.as_view(CHANGE), name="api-member"),
    path("projects/<int:project>/invitations/", InvitationViewSet.as_view(LIST), name="api-invitations"),
    path(
        "projects/<int:project>/invitations/<int:pk>/",
        InvitationViewSet.as_view({"delete": "destroy"}),
        name="api-invitation",
    ),
    path("datasets/<int:dataset>/images/", UploadViewSet.as_view({"post": "create"}), name="api-upload"),
    path("datasets/<int:dataset>/images/known/", KnownViewSet.as_view({"post": "create"}), name="api-known"),
    path("imports/<int:pk>/", ImportViewSet.as_view({"get": "retrieve"}), name="api-import"),
    path("tokens/", TokenViewSet.as_view(LIST), name="api-tokens"),
    path("tokens/<str:key>/", TokenViewSet.as_view({"delete": "destroy"}), name="api-token"),
]
