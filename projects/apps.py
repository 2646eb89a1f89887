from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = _("People and projects")

    def ready(self) -> None:
        from allauth.mfa import signals as factor_signals
        from allauth.socialaccount.signals import social_account_added
        from django.contrib.auth.signals import user_logged_in
        from django.db.models.signals import post_save

        from labelhub.backups.files import further_names
        from labelhub.live import follower
        from projects.bin import images
        from projects.bin.snapshot import kept_names
        from projects.console import own_work
        from projects.images import integrity
        from projects.people import oidc, sessions, two_factor
        from projects.storage import holdings

        images.register()
        integrity.register()
        further_names.append(kept_names)
        user_logged_in.connect(sessions.note_sign_in)
        factors = factor_signals
        for changed in (factors.authenticator_added, factors.authenticator_removed, factors.authenticator_reset):
            changed.connect(two_factor.note_change)
        social_account_added.connect(oidc.note_connection)
        follower.doors.append(two_factor.admit)
        post_save.connect(sessions.end_with_password, sender="projects.User")
        own_work.register()
        holdings.register()
