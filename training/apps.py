from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrainingConfig(AppConfig):
    name = "training"
    verbose_name = _("Runs and models")

    def ready(self) -> None:
        from projects.bin.actions import project_put_away
        from training.model_versions import bin as model_bin
        from training.runs import queue_source
        from training.runs.actions import cancel_all

        model_bin.register()
        project_put_away.connect(cancel_all, dispatch_uid="cancel_all")
        from projects.web.page import SettingsSection, settings_sections
        from training.predictions.queries import automatic_of

        settings_sections.append(SettingsSection("training/settings_automatic.html", automatic_of))
        queue_source.register()
        from projects.storage.holdings import Part, parts, sizes_of
        from training.models import ConvertedModel, ModelVersion

        parts.append(Part(_("Models"), lambda: sizes_of(ModelVersion.objects.all())))
        parts.append(Part(_("Converted models"), lambda: sizes_of(ConvertedModel.objects.all(), "model__project")))
