from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = _("People and projects")

    def ready(self) -> None:
        from labelhub.backups.files import further_names
        from projects.bin import images
        from projects.bin.snapshot import kept_names
        from projects.images import integrity

        images.register()
        integrity.register()
        further_names.append(kept_names)
