"""Addresses of the API of people and projects. The app above serves the list of projects and their images."""

from typing import Any

from django.urls import path

from projects.api import DatasetViewSet, InvitationViewSet, MemberViewSet, RulesViewSet
from projects.bin.api import BinViewSet, DeletedProjectViewSet
from projects.groups.api import GroupMemberViewSet, GroupRoleViewSet, GroupViewSet
from projects.images.api import ImportViewSet, KnownViewSet, UploadViewSet
from projects.notifications.api import NotificationViewSet
from projects.people.api import AccountViewSet, SessionViewSet, TokenViewSet
from projects.webhooks.api import DeliveryViewSet, WebhookViewSet

LIST: dict[str, Any] = {"get": "list", "post": "create"}
CHANGE: dict[str, Any] = {"patch": "update", "delete": "destroy"}


def of_webhook(verb: str) -> object:
    address = f"projects/<int:project>/webhooks/<int:pk>/{verb}/"
    return path(address, WebhookViewSet.as_view({"post": verb}), name=f"api-webhook-{verb}")


urlpatterns = [
    path(
        "projects/<int:project>/rules/",
        RulesViewSet.as_view({"get": "retrieve", "patch": "update"}),
        name="api-rules",
    ),
    path("projects/<int:project>/datasets/", DatasetViewSet.as_view(LIST), name="api-datasets"),
    path("projects/<int:project>/datasets/<int:pk>/", DatasetViewSet.as_view(CHANGE), name="api-dataset"),
    path("projects/<int:project>/members/", MemberViewSet.as_view({"get": "list"}), name="api-members"),
    path("projects/<int:project>/members/<int:user>/", MemberViewSet.as_view(CHANGE), name="api-member"),
    path("groups/", GroupViewSet.as_view(LIST), name="api-groups"),
    path("groups/<int:group>/", GroupViewSet.as_view({"get": "retrieve"} | CHANGE), name="api-group"),
    path("groups/<int:group>/members/", GroupMemberViewSet.as_view(LIST), name="api-group-members"),
    path(
        "groups/<int:group>/members/<int:user>/",
        GroupMemberViewSet.as_view({"delete": "destroy"}),
        name="api-group-member",
    ),
    path("projects/<int:project>/groups/", GroupRoleViewSet.as_view(LIST), name="api-project-groups"),
    path("projects/<int:project>/groups/<int:group>/", GroupRoleViewSet.as_view(CHANGE), name="api-project-group"),
    path("projects/<int:project>/invitations/", InvitationViewSet.as_view(LIST), name="api-invitations"),
    path(
        "projects/<int:project>/invitations/many/",
        InvitationViewSet.as_view({"post": "many"}),
        name="api-invitations-many",
    ),
    path(
        "projects/<int:project>/invitations/<int:pk>/renew/",
        InvitationViewSet.as_view({"post": "renew"}),
        name="api-invitation-renew",
    ),
    path(
        "projects/<int:project>/invitations/<int:pk>/",
        InvitationViewSet.as_view({"delete": "destroy"}),
        name="api-invitation",
    ),
    path("projects/<int:project>/bin/", BinViewSet.as_view({"get": "list"}), name="api-bin"),
    path("projects/<int:project>/bin/<int:pk>/", BinViewSet.as_view({"delete": "destroy"}), name="api-bin-entry"),
    path(
        "projects/<int:project>/bin/<int:pk>/restore/", BinViewSet.as_view({"post": "restore"}), name="api-bin-restore"
    ),
    path("deleted-projects/", DeletedProjectViewSet.as_view({"get": "list"}), name="api-deleted-projects"),
    path(
        "deleted-projects/<int:pk>/", DeletedProjectViewSet.as_view({"delete": "destroy"}), name="api-deleted-project"
    ),
    path(
        "deleted-projects/<int:pk>/restore/",
        DeletedProjectViewSet.as_view({"post": "restore"}),
        name="api-deleted-project-restore",
    ),
    path("datasets/<int:dataset>/images/", UploadViewSet.as_view({"post": "create"}), name="api-upload"),
    path("datasets/<int:dataset>/images/known/", KnownViewSet.as_view({"post": "create"}), name="api-known"),
    path("imports/<int:pk>/", ImportViewSet.as_view({"get": "retrieve"}), name="api-import"),
    path("projects/<int:project>/webhooks/", WebhookViewSet.as_view(LIST), name="api-webhooks"),
    path(
        "projects/<int:project>/webhooks/<int:pk>/",
        WebhookViewSet.as_view({"get": "retrieve"} | CHANGE),
        name="api-webhook",
    ),
    *map(of_webhook, ("ping", "secret")),
    path(
        "projects/<int:project>/webhooks/<int:pk>/deliveries/",
        DeliveryViewSet.as_view({"get": "list"}),
        name="api-webhook-deliveries",
    ),
    path(
        "projects/<int:project>/webhooks/<int:pk>/deliveries/<int:delivery>/redeliver/",
        DeliveryViewSet.as_view({"post": "redeliver"}),
        name="api-webhook-redeliver",
    ),
    path("notifications/", NotificationViewSet.as_view({"get": "list"}), name="api-notifications"),
    path("notifications/read/", NotificationViewSet.as_view({"post": "read"}), name="api-notifications-read"),
    path("sessions/", SessionViewSet.as_view({"get": "list"}), name="api-sessions"),
    path("sessions/<int:pk>/", SessionViewSet.as_view({"delete": "destroy"}), name="api-session"),
    path("sessions/end-others/", SessionViewSet.as_view({"post": "end_others"}), name="api-sessions-end-others"),
    path(
        "accounts/<int:user>/deactivate/",
        AccountViewSet.as_view({"post": "deactivate"}),
        name="api-account-deactivate",
    ),
    path(
        "accounts/<int:user>/reactivate/",
        AccountViewSet.as_view({"post": "reactivate"}),
        name="api-account-reactivate",
    ),
    path("tokens/", TokenViewSet.as_view(LIST), name="api-tokens"),
    path("tokens/<str:key>/", TokenViewSet.as_view({"delete": "destroy"}), name="api-token"),
]
