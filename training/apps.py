from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrainingConfig(AppConfig):
    name = "training"
    verbose_name = _("Runs and models")

    def ready(self) -> None:
        from projects.web.page import SettingsSection, settings_sections
        from training.predictions.queries import automatic_of

        settings_sections.append(SettingsSection("training/settings_automatic.html", automatic_of))
