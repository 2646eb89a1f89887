"""Websocket addresses. The consumers are named by their path, because arrows point from the apps to here, not back."""

from typing import Any

from django.urls import re_path
from django.utils.module_loading import import_string

websocket_urlpatterns: list[Any] = [
    re_path(r"^ws/runs/(?P<pk>\d{1,18})/$", import_string("training.runs.consumers.RunConsumer").as_asgi()),
    re_path(
        r"^ws/projects/(?P<pk>\d{1,18})/changes/$",
        import_string("annotations.boxes.consumers.ChangesConsumer").as_asgi(),
    ),
    re_path(
        r"^ws/people/(?P<pk>\d{1,18})/notifications/$",
        import_string("projects.notifications.consumers.NotificationConsumer").as_asgi(),
    ),
]
