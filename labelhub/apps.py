from django.apps import AppConfig


class LabelHubConfig(AppConfig):
    name = "labelhub"
