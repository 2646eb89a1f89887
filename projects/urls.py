"""Addresses of the pages of people and projects."""

from django.urls import path

from projects import settings_views
from projects.bin import views as bin_views
from projects.groups import views as group_views
from projects.notifications import views as notification_views
from projects.people import session_views, token_views
from projects.people import views as people_views
from projects.webhooks import views as webhook_views

urlpatterns = [
    path("setup/<str:token>/", people_views.setup, name="setup"),
    path("invite/<str:token>/", people_views.invite, name="invite"),
    path("account/", people_views.account, name="account"),
    path("account/tokens/", token_views.token_list, name="tokens"),
    path("account/tokens/<str:key>/revoke/", token_views.token_revoke, name="token-revoke"),
    path("account/sessions/", session_views.session_list, name="sessions"),
    path("account/sessions/others/end/", session_views.session_end_others, name="sessions-end-others"),
    path("account/sessions/<int:pk>/end/", session_views.session_end, name="session-end"),
    path("notifications/", notification_views.notifications, name="notifications"),
    path("notifications/read/", notification_views.notifications_read, name="notifications-read"),
    path("notifications/<int:pk>/", notification_views.notification_open, name="notification"),
    path("account/notifications/", notification_views.notification_settings, name="notification-settings"),
    path("language/", people_views.language, name="language"),
    path("projects/<int:pk>/settings/", settings_views.project_settings, name="project-settings"),
    path("projects/<int:pk>/settings/details/", settings_views.details, name="project-details"),
    path("projects/<int:pk>/settings/rules/", settings_views.rules, name="project-rules"),
    path("projects/<int:pk>/webhooks/", webhook_views.webhook_list, name="webhooks"),
    path("projects/<int:pk>/webhooks/<int:hook>/", webhook_views.webhook, name="webhook"),
    path("projects/<int:pk>/webhooks/<int:hook>/delete/", webhook_views.webhook_delete, name="webhook-delete"),
    *(
        path(
            f"projects/<int:pk>/webhooks/<int:hook>/{name}/",
            webhook_views.webhook_verb,
            {"name": name},
            name=f"webhook-{name}",
        )
        for name in ("ping", "secret", "on", "off")
    ),
    path(
        "projects/<int:pk>/webhooks/<int:hook>/deliveries/<int:delivery>/",
        webhook_views.webhook_redeliver,
        name="webhook-redeliver",
    ),
    path("projects/<int:pk>/settings/delete/", settings_views.delete, name="project-delete"),
    path("projects/deleted/", bin_views.deleted_projects, name="deleted-projects"),
    path("projects/deleted/<int:pk>/", bin_views.deleted_project_change, name="deleted-project"),
    path("projects/<int:pk>/bin/", bin_views.project_bin, name="project-bin"),
    path("projects/<int:pk>/bin/<int:entry>/", bin_views.project_bin_change, name="bin-entry"),
    path("projects/<int:pk>/datasets/", settings_views.dataset_new, name="dataset-new"),
    path("projects/<int:pk>/datasets/<int:dataset>/", settings_views.dataset_change, name="dataset"),
    path("projects/<int:pk>/members/<int:user>/", settings_views.member, name="member"),
    path("groups/", group_views.group_list, name="groups"),
    path("groups/<int:pk>/", group_views.group, name="group"),
    path("groups/<int:pk>/change/", group_views.group_change, name="group-change"),
    path("projects/<int:pk>/groups/", group_views.group_role, name="project-group-new"),
    path("projects/<int:pk>/groups/<int:group>/", group_views.group_role_change, name="project-group"),
    path("projects/<int:pk>/invitations/", settings_views.invitation_new, name="invitation-new"),
    path(
        "projects/<int:pk>/invitations/<int:invitation>/renew/",
        settings_views.invitation_renew,
        name="invitation-renew",
    ),
    path(
        "projects/<int:pk>/invitations/<int:invitation>/revoke/",
        settings_views.invitation_revoke,
        name="invitation-revoke",
    ),
]
