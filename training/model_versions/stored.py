"""Class models as the engine loads them, and why one cannot be loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from projects.images.storage import local_copy
from training.models import ModelVersion
from training.protocol import class_model_file
from training.protocol.errors import BadModel
from training.protocol.job import StoredModel

# By the reason that a BadModel gives.
WHY_NOT = {
    "schema": _("It was made by another version of LabelHub, whose models this one cannot run. Let Auto-label learn "
                "it again."),
    "facts": _("What is kept of it does not suffice to run it: it was made by an earlier version. Let Auto-label "
               "learn it again."),
    "engine": _("It was made with a detector, an encoder or settings that this LabelHub does not have."),
    "hash": _("Its file is not the one that was kept (another SHA-256)."),
    "unreadable": _("Its file cannot be read as plain arrays."),
    "arrays": _("Its file does not hold the arrays of a class model."),
    "size": _("Its file is larger than a class model can be."),
}  # fmt: skip


def of(model: ModelVersion, *, first_box: int = 0) -> StoredModel:
    """For a job. first_box: see StoredModel."""
    assert model.label_id is not None
    return StoredModel(
        class_id=model.label_id, file=Path(local_copy(model.file)), sha256=model.sha256, facts=facts_of(model),
        first_box=first_box, own=model.origin is None,
    )  # fmt: skip


def facts_of(model: ModelVersion) -> dict[str, Any]:
    """What lay beside its file."""
    found: dict[str, Any] = model.details.get("model") or {}
    return found


def setting_of(model: ModelVersion) -> tuple[Any, str | None, str | None]:
    """Budget, encoder and detector: only models that share them can look at an image together."""
    facts = facts_of(model)
    return facts.get("budget"), class_model_file.encoder_of(facts), class_model_file.detector_of(facts)


def why_not(model: ModelVersion) -> str:
    """Why this class model cannot run, in the reader's language; empty where nothing speaks against it."""
    if model.label_id is None:
        return str(_("Its class was deleted."))
    try:
        class_model_file.check_facts(facts_of(model))
    except BadModel as error:
        return str(WHY_NOT[error.data["reason"]])
    return "" if class_model_file.encoder_of(facts_of(model)) else str(WHY_NOT["engine"])
