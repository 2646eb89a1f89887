"""Model versions in the bin."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy

from projects import policies
from projects.bin import filling, placing
from projects.bin.actions import put_away
from projects.bin.kinds import Kind, kinds, nothing_to_check
from projects.bin.placing import Fit, RestoreResult
from projects.models import BinEntry, User
from projects.policies import Action
from training.models import LeftOut, ModelVersion


def register() -> None:
    kinds["model"] = Kind(gettext_lazy("Model"), "box", ModelVersion, _parts, nothing_to_check)
    placing.fits[LeftOut] = placing.once(LeftOut, "box_id", equal=True)
    placing.fits[ModelVersion] = _fit


def delete_model(actor: User, model: ModelVersion) -> BinEntry:
    """Puts a version away; what it is the one of goes back to the version before."""
    policies.require(actor, Action.MANAGE, model.project)
    return put_away(actor, model.project, "model", [model.pk], str(model), id=model.pk, sha256=model.sha256)


@transaction.atomic
def _put_away(entry: BinEntry, pk: int) -> None:
    filling.part(entry, ModelVersion.objects.filter(pk=pk))


def _parts(entry: BinEntry) -> Iterator[None]:
    (pk,) = entry.numbers
    _put_away(entry, pk)
    yield


def _fit(rows: list[ModelVersion], _so_far: RestoreResult) -> Fit:
    """With the next number where its own was given again."""
    for row in rows:
        others = ModelVersion.objects.filter(project=row.project_id, kind=row.kind, name=row.name)
        if others.filter(version=row.version).exists():
            row.version = others.aggregate(n=Max("version"))["n"] + 1
    return Fit(rows)
