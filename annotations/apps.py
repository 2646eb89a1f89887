from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnnotationsConfig(AppConfig):
    name = "annotations"
    verbose_name = _("Labels")

    def ready(self) -> None:
        from annotations import queue_sources, restored
        from annotations.classes import bin as class_bin
        from annotations.classes.queries import counted_classes
        from annotations.models import Export
        from annotations.splits.following import follow
        from annotations.tags.actions import tags_section
        from annotations.work.leaving import give_back
        from projects.images.duplicates import joining
        from projects.people.deactivation import leaving
        from projects.storage.holdings import Part, parts, sizes_of
        from projects.web.page import SettingsSection, settings_sections

        settings_sections.append(
            SettingsSection("annotations/settings_classes.html", lambda project: {"classes": counted_classes(project)})
        )
        settings_sections.append(SettingsSection("annotations/settings_tags.html", tags_section))
        class_bin.register()
        restored.register()
        leaving.append(give_back)
        queue_sources.register()
        parts.append(Part(_("Exports"), lambda: sizes_of(Export.objects.filter(bytes__gt=0))))
        joining.append(follow)
