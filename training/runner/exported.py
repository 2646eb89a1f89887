"""What an export made, kept beside its model. Storing again stores the same."""

from __future__ import annotations

import shutil

from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext_noop

from training.models import ConvertedModel, ModelVersion, Run
from training.protocol import events, results_file
from training.protocol import results as protocol
from training.protocol.hashing import sha256_of
from training.runner.claims import Claim
from training.runner.jobfile import NothingToDo, PreparedJob


def store(claim: Claim, prepared: PreparedJob) -> None:
    """Ends an export as done. An earlier file of the same form gives way."""
    folder, run = prepared.path.parent, claim.run
    found = results_file.load_exported(folder / protocol.FILE)
    path = folder / found["file"]
    model = ModelVersion.objects.filter(project=run.project_id, pk=run.params["model"]).first()
    if model is None:
        raise NothingToDo(gettext_noop("The trained model of this run was deleted."))
    converted = ConvertedModel(
        model=model, format=run.params["format"], sha256=sha256_of(path), bytes=path.stat().st_size,
        details={name: found["info"][name] for name in ("versions", "speed") if name in found["info"]},
    )  # fmt: skip
    with path.open("rb") as file:
        converted.file.save(path.name, File(file), save=False)
    with transaction.atomic():
        claim.lock()
        old = ConvertedModel.objects.filter(model=model, format=converted.format).first()
        if old is not None:
            old.delete()
        converted.save()
    if old is not None:
        old.file.delete(save=False)
    seconds = sum(found["info"]["seconds"].values())
    claim.end(
        Run.State.DONE, [events.stored(events.End(seconds))], result=run.result | dict(found["info"]), percent=100.0,
        error_code="", error_text="",
    )  # fmt: skip
    shutil.rmtree(folder, ignore_errors=True)
