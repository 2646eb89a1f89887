"""Model versions: the files that a run made, kept in storage with their hash and what made them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.files import File
from django.db import transaction
from django.db.models import Max

from projects.hashing import sha256_of_bytes
from projects.models import Project
from training.models import ModelVersion, Run
from training.protocol.hashing import sha256_of
from training.protocol.job import Job
from training.protocol.measured import MeasuredFile

LARGEST_DETAILS = 200_000
LICENCE = "AGPL-3.0-or-later"
REPORTED = (
    "summary",
    "curves",
    "epochs",
    "image_size",
    "base",
    "agreement",
    "weights",
    "seconds",
)  # of a detector's facts


def keep_class_models(
    run: Run, job: Job, boxes: Mapping[int, str], folder: Path, figures: Mapping[str, Any], info: Mapping[str, Any],
    tick: Callable[[], None],
) -> list[int]:  # fmt: skip
    """Keeps each class's model, once however often this is called; returns the versions that the run made or has
    learned anew. boxes: which person's box each of the job's numbers stands for.

    A class that learned from the same boxes with the same settings as its newest version is that version: nothing was
    learned.
    """
    kept = []
    for label in run.classes.all():
        path = folder / "model" / f"class-{label.pk}.npz"
        if not path.exists():
            continue
        own = figures.get(str(label.pk), {})
        learned = training_inputs(job, label.pk)
        newest = ModelVersion.objects.filter(
            project=run.project_id, kind=ModelVersion.Kind.FEWSHOT, name=label.name, details__has_key="learned_from"
        ).order_by("-version").first()  # fmt: skip
        if newest is None or newest.details.get("learned_from") != learned:
            facts = _json(path.with_suffix(".json"))
            known = {str(number): boxes[number] for number in facts.get("boxes", ()) if number in boxes}
            details = _made_by(info) | {"learned_from": learned, "model": facts, "boxes": known}
            newest = _keep_one(
                run, path, kind=ModelVersion.Kind.FEWSHOT, label=label, name=label.name,
                shots=int(own.get("shots") or 0),
                classes=[{"id": label.pk, "name": label.name}], metrics=own, details=details,
            )  # fmt: skip
        kept.append(newest.pk)
        tick()
    return kept


def keep_detector(run: Run, folder: Path, figures: Mapping[str, Any], info: Mapping[str, Any]) -> ModelVersion | None:
    """Keeps the trained detector if there is one, once however often this is called."""
    path = folder / "model" / "detector.pt"
    if not path.exists():
        return None
    reported: Any = _json(path.with_suffix(".json"))
    classes = _classes(reported)
    shots = sum(int(own.get("shots") or 0) for own in figures.values())
    own = ", ".join(entry["name"] for entry in classes if entry["id"] is not None)
    name = f"{reported.get('base') or 'detector'} {own}"[:160]
    details = _made_by(info) | {name: reported[name] for name in REPORTED if name in reported}
    return _keep_one(
        run, path, kind=ModelVersion.Kind.DETECTOR, name=name, classes=classes, shots=shots,
        metrics=dict(reported.get("metrics") or {}), details=details,
    )  # fmt: skip


def keep_test_figures(run: Run, models: Collection[int], found: MeasuredFile) -> None:
    """What the run measured on the test split, beside each model that it made or learned anew: the newest counts."""
    about = {"run": run.number, "truth": found["truth"], "images": found["images"]}
    rows = {row["id"]: row for row in found["models"]["classes"]} if "models" in found else {}
    for model in ModelVersion.objects.filter(project=run.project_id, pk__in=models):
        if model.kind == ModelVersion.Kind.DETECTOR:
            part: Any = found.get("detector")
        else:
            own = rows.get(model.own_classes[0]["id"]) if model.own_classes else None
            part = own and {"combined": own, "classes": []}
        if part:
            model.metrics = model.metrics | {"test": about | part}
            model.save(update_fields=["metrics"])


def training_inputs(job: Job, class_id: int) -> str:
    """A hash of all that a class learns from: its images with people's boxes and words in them, and the settings that
    count.
    """
    images = sorted(
        (
            image.sha256 or str(image.id),
            sorted((box.class_id == class_id, box.xyxy) for box in image.boxes),
            sorted(box.xyxy for box in image.rejected if box.class_id == class_id),
            class_id in image.complete_for,
        )
        for image in job.images
        if class_id in image.complete_for or any(box.class_id == class_id for box in (*image.boxes, *image.rejected))
    )
    settings = [job.budget, job.encoder, job.seed, asdict(job.augment)]
    return sha256_of_bytes(json.dumps([images, settings], sort_keys=True).encode())


def _made_by(info: Mapping[str, Any]) -> dict[str, Any]:
    names = ("versions", "weights", "device", "seed", "budget")
    return {name: info[name] for name in names if info.get(name) is not None} | {"licence": LICENCE}


def _classes(reported: dict[str, Any]) -> list[dict[str, Any]]:
    """Every class of a trained detector in its order; `base` marks what its base detector knew, and only that has no
    id.
    """
    kept = set(reported.get("base_classes") or ())
    return [
        {"id": pk, "name": name} | ({"base": True} if name in kept else {})
        for pk, name in zip(reported.get("class_ids", []), reported.get("classes", []), strict=False)
    ]


def _keep_one(run: Run, path: Path, *, kind: str, name: str, **fields: Any) -> ModelVersion:
    key = uuid.uuid5(run.key, path.name)  # the same file of the same run is the same version
    there = ModelVersion.objects.filter(key=key).first()
    if there is not None:
        return there
    version = ModelVersion(
        project_id=run.project_id,
        run=run,
        key=key,
        kind=kind,
        name=name,
        sha256=sha256_of(path),
        bytes=path.stat().st_size,
        dataset_version_id=run.dataset_version_id,
        **fields,
    )
    _clear_leftover(version, path.name)
    with path.open("rb") as file:
        version.file.save(path.name, File(file), save=False)
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=run.project_id)  # two at once would take the same number
        others = ModelVersion.objects.filter(project_id=run.project_id, kind=kind, name=name)
        version.version = (others.aggregate(n=Max("version"))["n"] or 0) + 1
        version.save()
    return version


def _clear_leftover(version: ModelVersion, filename: str) -> None:
    """A worker that died after the file and before the row left a file behind, under this very name."""
    field = version.file.field
    name = field.generate_filename(version, filename)
    if field.storage.exists(name):
        field.storage.delete(name)


def _json(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST_DETAILS:
            return {}
        found = json.loads(path.read_text(encoding="utf-8"), parse_constant=lambda _name: None)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
