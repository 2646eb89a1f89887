from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = _("People and projects")

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in
        from django.db.models.signals import post_save

        from labelhub.backups.files import further_names
        from projects.bin import images
        from projects.bin.snapshot import kept_names
        from projects.images import integrity
        from projects.people import sessions

        images.register()
        integrity.register()
        further_names.append(kept_names)
        user_logged_in.connect(sessions.note_sign_in)
        post_save.connect(sessions.end_with_password, sender="projects.User")
