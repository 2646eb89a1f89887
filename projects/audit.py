"""The audit log: one row for everything that matters, written in the action's own transaction."""

from __future__ import annotations

from typing import Any

from projects.models import AuditEntry, Project, User


def record(
    actor: User | None, verb: str, subject: object, *, project: Project | None = None, **data: Any
) -> AuditEntry:
    """`verb` is dotted, noun first ("project.created"); `subject` is said as a person would know it."""
    return AuditEntry.objects.create(actor=actor, verb=verb, subject=str(subject)[:200], project=project, data=data)
