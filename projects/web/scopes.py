"""Which scope a token needs for which address of the API, by the address's name and method: the one table of it.

read: look. write: what annotators and reviewers do. export: labels and models in bulk. manage: what owners do, and one's
own tokens. A scope opens nothing that the person's role does not (projects.policies). An address that has no row is
open to tokens with `manage` alone; tests/projects/web/test_scopes.py says which one it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from projects.models import Scope

READ, WRITE, EXPORT, MANAGE = Scope.READ, Scope.WRITE, Scope.EXPORT, Scope.MANAGE
LOOK, DO = {"get": READ}, {"post": WRITE}

SCOPES: Mapping[str, Mapping[str, Scope]] = {
    "api-projects": LOOK | DO,
    "api-project": LOOK | {"patch": MANAGE, "delete": MANAGE},
    "api-datasets": LOOK | DO,
    "api-dataset": {"patch": MANAGE, "delete": MANAGE},
    "api-members": LOOK,
    "api-member": {"patch": MANAGE, "delete": MANAGE},
    "api-invitations": {"get": MANAGE, "post": MANAGE},
    "api-invitation": {"delete": MANAGE},
    "api-upload": DO,
    "api-known": DO,
    "api-import": LOOK,
    "api-bin": {"get": MANAGE},
    "api-bin-entry": {"delete": MANAGE},
    "api-bin-restore": {"post": MANAGE},
    "api-deleted-projects": {"get": MANAGE},
    "api-deleted-project": {"delete": MANAGE},
    "api-deleted-project-restore": {"post": MANAGE},
    "api-tokens": {"get": MANAGE, "post": MANAGE},
    "api-token": {"delete": MANAGE},
    "api-classes": LOOK | {"post": MANAGE},
    "api-classes-many": {"post": MANAGE},
    "api-class": {"patch": MANAGE, "delete": MANAGE},
    "api-images": LOOK,
    "api-image": LOOK | {"delete": MANAGE},
    "api-boxes": LOOK,
    "api-suggestions-cursor": LOOK,
    "api-changes": DO,
    "api-image-changes": DO,
    "api-image-comments": LOOK | DO,
    "api-comment": {"patch": WRITE, "delete": WRITE},
    "api-gallery": LOOK,
    "api-gallery-rows": LOOK,
    "api-gallery-assign": DO,
    "api-gallery-complete": DO,
    "api-gallery-preview": DO,
    "api-gallery-move": {"post": MANAGE},
    "api-gallery-split": DO,
    "api-label-imports": LOOK | DO,
    "api-label-import": LOOK,
    "api-label-import-start": DO,
    "api-label-import-cancel": DO,
    "api-label-import-undo": DO,
    "api-label-studio-import": DO,
    "api-label-studio-import-state": LOOK,
    "api-label-studio-export": {"get": EXPORT},
    "api-label-studio-predictions": DO,
    "api-splits": LOOK,
    "api-splits-preview": DO,
    "api-splits-divide": DO,
    "api-division": LOOK,
    "api-division-cancel": DO,
    "api-division-undo": DO,
    "api-gallery-delete": {"post": MANAGE},
    "api-suggestions": LOOK,
    "api-suggestions-images": LOOK,
    "api-suggestions-order": LOOK,
    "api-suggestions-cutoff": LOOK,
    "api-suggestions-accept": DO,
    "api-suggestions-reject": DO,
    "api-suggestions-relabel": DO,
    "api-suggestions-reopen": DO,
    "api-suggestions-accept-sure": DO,
    "api-suggestions-accept-above": DO,
    "api-export": {"get": EXPORT},
    "api-export-counts": {"get": EXPORT},
    "api-exports": {"get": EXPORT, "post": EXPORT},
    "api-export-job": {"get": EXPORT, "delete": EXPORT},
    "api-export-cancel": {"post": EXPORT},
    "api-export-file": {"get": EXPORT},
    "api-versions": LOOK | DO,
    "api-versions-now": DO,
    "api-versions-compare": LOOK,
    "api-version": LOOK,
    "api-version-restore": {"post": MANAGE},
    "api-restore": LOOK,
    "api-restore-undo": {"post": MANAGE},
    "api-predict": DO,
    "api-image-predict": DO,
    "api-runs": LOOK | DO,
    "api-run": LOOK,
    "api-run-cancel": DO,
    "api-run-retry": DO,
    "api-run-undo": DO,
    "api-run-matches": LOOK | DO,
    "api-run-events": LOOK,
    "api-models": LOOK | DO,
    "api-model-promote": DO,
    "api-model-roll-back": DO,
    "api-model-give": DO,
    "api-model": LOOK | {"delete": MANAGE},
    "api-model-download": {"get": EXPORT},
    "api-model-converted": {"get": EXPORT},
    "api-shot-leave-out": DO,
    "api-shot-use-again": DO,
    "api-detectors": LOOK,
    "api-webhooks": {"get": MANAGE, "post": MANAGE},
    "api-webhook": {"get": MANAGE, "patch": MANAGE, "delete": MANAGE},
    "api-webhook-ping": {"post": MANAGE},
    "api-webhook-secret": {"post": MANAGE},
    "api-webhook-deliveries": {"get": MANAGE},
    "api-webhook-redeliver": {"post": MANAGE},
    "api-schema": LOOK,
    "api-docs": LOOK,
    "file-image": LOOK,
    "file-thumb": LOOK,
    "file-image-crop": LOOK,
    "file-suggestion-crop": LOOK,
    "file-box-crop": LOOK,
}


def needed(name: str | None, method: str) -> Scope:
    """The scope for one address. method: as a request has it, "GET" say."""
    wanted = method.lower()
    if wanted == "options":
        return READ
    return SCOPES.get(name or "", {}).get("get" if wanted == "head" else wanted, MANAGE)
