from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnnotationsConfig(AppConfig):
    name = "annotations"
    verbose_name = _("Labels")

    def ready(self) -> None:
        from annotations import restored
        from annotations.classes import bin as class_bin
        from annotations.classes.queries import counted_classes
        from annotations.work.leaving import give_back
        from projects.people.deactivation import leaving
        from projects.web.page import SettingsSection, settings_sections

        settings_sections.append(
            SettingsSection("annotations/settings_classes.html", lambda project: {"classes": counted_classes(project)})
        )
        class_bin.register()
        restored.register()
        leaving.append(give_back)
