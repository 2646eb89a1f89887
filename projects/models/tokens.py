"""What a person's API token is for."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken


class Scope(models.TextChoices):
    READ = "read", _("Read")
    WRITE = "write", _("Write")
    EXPORT = "export", _("Export")
    MANAGE = "manage", _("Manage")


class TokenGrant(models.Model):
    """Name, scopes and last use of a token. Tokens from before there were scopes have none of it, and open all.

    Nothing here reaches further than the person does.
    """

    token = models.OneToOneField(AuthToken, models.CASCADE, primary_key=True, related_name="grant")
    name = models.CharField(_("name"), max_length=60, blank=True)
    scopes = models.JSONField(_("scopes"), default=list)
    used_at = models.DateTimeField(_("last used"), null=True)

    class Meta:
        verbose_name = _("token")
        verbose_name_plural = _("tokens")

    def __str__(self) -> str:
        return self.name
