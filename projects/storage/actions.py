"""Verbs on stored files: for administrators alone."""

from __future__ import annotations

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from labelhub.backups import files
from projects import audit, policies
from projects.errors import Conflict
from projects.models import StorageCheck, User

State = StorageCheck.State


def start(actor: User) -> StorageCheck:
    """Has a worker read every stored file. Raises Forbidden, and Conflict while one does so."""
    policies.require_administrator(actor)
    with transaction.atomic():
        if StorageCheck.objects.filter(state__in=StorageCheck.OPEN).exists():
            raise Conflict(_("The files are being looked at already."), code="busy")
        check = StorageCheck.objects.create(created_by=actor)
        check.enqueue()
    return check


def cancel(actor: User, check: StorageCheck) -> StorageCheck:
    """Its worker stops within seconds. What has ended stays as it is."""
    policies.require_administrator(actor)
    live = StorageCheck.objects.filter(pk=check.pk, state__in=StorageCheck.OPEN)
    live.update(state=State.CANCELLED, updated_at=timezone.now(), finished_at=timezone.now())
    check.refresh_from_db(fields=["state"])
    return check


def delete_orphans(actor: User, check: StorageCheck) -> int:
    """Files that the look found to be there for nothing, and that nothing names now either; how many went."""
    policies.require_administrator(actor)
    found = set(check.orphans) - set(files.stored_names())
    gone = [name for name in sorted(found) if default_storage.exists(name)]
    for name in gone:
        default_storage.delete(name)
    with transaction.atomic():
        StorageCheck.objects.filter(pk=check.pk).update(orphans=[], loose=max(check.loose - len(check.orphans), 0))
        audit.record(actor, "storage.orphans_deleted", check, count=len(gone), files=gone)
    return len(gone)
