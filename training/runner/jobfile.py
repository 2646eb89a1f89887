"""The job file of a run: its images as paths, people's boxes, what they rejected and what they called complete."""

from __future__ import annotations

import json
import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_noop

from annotations.models import Box, Complete, Corners, Suggestion
from projects.images.storage import local_copy, local_path
from projects.models import Image
from training import shots
from training.models import ModelVersion, Run
from training.scope import scope_images

SCHEMA = 1
AT_ONCE = 500


class NothingToDo(Exception):
    """The images or boxes that the run was asked for are gone; the text says which."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A written job, and which person's box each of its integer ids stands for."""

    path: Path
    boxes: dict[int, str]


def workdir(run: Run) -> Path:
    """The run's own folder; stages that are finished stay here for the next attempt."""
    return Path(settings.RUNS_DIR) / run.key.hex


def prepare(run: Run, tick: Callable[[], None]) -> Prepared:
    """Writes job.json and boxes.json. `tick` is called now and then, so that the lease lives on.

    A later attempt keeps the job as it was, so that finished stages stay valid. A first attempt (also of a run that is tried
    again) asks for the boxes as they are now, and starts over if they changed.
    """
    folder = workdir(run)
    folder.mkdir(parents=True, exist_ok=True)
    path, names = folder / "job.json", folder / "boxes.json"
    if run.attempts > 1 and path.exists() and names.exists():
        tick()
        return Prepared(path, _read_names(names))
    build = _Build(run, folder, tick)
    job = json.dumps(build.job(), ensure_ascii=False)
    if path.exists() and path.read_text(encoding="utf-8") != job:
        _start_over(folder)
    _write(names, json.dumps(build.names))
    _write(path, job)
    return Prepared(path, {number: key for number, key in enumerate(build.names, start=1) if key})


def _read_names(path: Path) -> dict[int, str]:
    return {number: key for number, key in enumerate(json.loads(path.read_text(encoding="utf-8")), start=1) if key}


def _write(path: Path, text: str) -> None:
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def _start_over(folder: Path) -> None:
    for name in ("stages", "model"):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "suggestions.json").unlink(missing_ok=True)


class _Build:
    """Collects one job. `names[i]` is the id of the box that the job calls i+1, None for a rejected suggestion."""

    def __init__(self, run: Run, folder: Path, tick: Callable[[], None]) -> None:
        self.run, self.folder, self.tick = run, folder, tick
        self.classes = list(run.classes.all())
        self.ids = {label.pk for label in self.classes}
        self.names: list[str | None] = []
        self.left_out: set[Any] = set()  # boxes that people took out of the examples,
        self.unsaid: set[tuple[int, int]] = set()  # and the images where their place must not count as empty
        for box, image, label in shots.left_out(self.ids).values_list("box", "box__image", "label"):
            self.left_out.add(box)
            self.unsaid.add((image, label))

    def job(self) -> dict[str, Any]:
        params = self.run.params
        similar = self.run.kind == Run.Kind.SIMILAR
        if not self.classes and (not similar or params["within"]):
            raise NothingToDo(gettext_noop("The class of this run was deleted."))
        common = {
            "schema": SCHEMA,
            "run": self.run.key.hex,
            "kind": self.run.kind,
            "workdir": str(self.folder),
            "cache_dir": str(settings.ENGINE_CACHE_DIR),
            "weights_dir": str(settings.LABELHUB_WEIGHTS_DIR),
            "device": settings.SEARCH_DEVICE if similar else settings.ENGINE_DEVICE,
            "budget": params.get("budget", "fast"),
            "encoder": settings.ENGINE_ENCODER,
            "seed": params.get("seed", 0),
            "classes": [{"id": label.pk, "name": label.name} for label in self.classes],
        }
        if self.run.kind == Run.Kind.DETECT:
            return common | {"images": self._images(), "detect": self._detect()}
        if similar:
            return common | {"images": self._images(), "similar": self._similar()}
        return common | {"images": self._images(), "augment": params["augment"], "train": self._train()}

    def _similar(self) -> dict[str, Any]:
        params = self.run.params
        return {"image": params["image"], "xyxy": params["xyxy"], "within": params["within"]}

    def _train(self) -> dict[str, Any]:
        params = self.run.params
        return {
            "mode": params["train"],
            "epochs": params["epochs"],
            "base": params["base"],
            "from_scratch_ok": params["from_scratch_ok"],
            "keep_base": params.get("keep_base", False),
        }

    def _detect(self) -> dict[str, Any]:
        from training.base_detectors import BASE_DETECTORS

        params = self.run.params
        found: dict[str, Any] = {"weights": params["detector"], "trained": None, "conf": params["confidence"]}
        if params["model"] is None:
            names = list(BASE_DETECTORS[params["detector"]].classes)
        else:
            model = ModelVersion.objects.filter(project=self.run.project_id, pk=params["model"]).first()
            if model is None:
                raise NothingToDo(gettext_noop("The trained model of this run was deleted."))
            names = [entry["name"] for entry in model.classes]
            found |= {"trained": str(local_copy(model.file)), "trained_sha256": model.sha256}
        mapping = {str(names.index(name)): pk for name, pk in params["class_map"].items() if pk in self.ids}
        return found | {"class_map": mapping}

    # --- images -------------------------------------------------------------------------------------------------------
    def _images(self) -> list[dict[str, Any]]:
        """The scope, and for autolabel every other image that people said something in about these classes."""
        if self.run.params.get("dataset") and self.run.dataset is None:
            raise NothingToDo(gettext_noop("The dataset of this run was deleted."))
        scope = set(
            scope_images(self.run.project, self.run.dataset, self.run.params["images"]).values_list("pk", flat=True)
        )
        wanted = set(scope)
        complete = self._complete()
        if self.run.kind == Run.Kind.SIMILAR:
            wanted.add(self.run.params["image"])
        if self.run.kind == Run.Kind.AUTOLABEL:
            wanted |= set(Box.objects.filter(label__in=self.ids).values_list("image_id", flat=True))
            wanted |= set(self._rejections().values_list("image_id", flat=True)) | set(complete)
        rows: list[dict[str, Any]] = []
        order = sorted(wanted)
        for start in range(0, len(order), AT_ONCE):
            rows += self._rows(order[start : start + AT_ONCE], scope, complete)
        if not any(row["target"] for row in rows) and self.run.kind != Run.Kind.SIMILAR:
            raise NothingToDo(gettext_noop("There is no image left that this run could label."))
        return rows

    def _complete(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        for image, label in (
            Complete.objects.filter(label__in=self.ids).order_by("label_id").values_list("image", "label")
        ):
            found[image].append(label)
        return found

    def _rejections(self) -> Any:
        return Suggestion.objects.filter(label__in=self.ids, state=Suggestion.State.REJECTED)

    def _rows(self, part: list[int], scope: set[int], complete: dict[int, list[int]]) -> Iterable[dict[str, Any]]:
        boxes: dict[int, list[dict[str, Any]]] = defaultdict(list)
        rejected: dict[int, list[dict[str, Any]]] = defaultdict(list)
        if self.run.kind == Run.Kind.AUTOLABEL:
            for box in Box.objects.filter(image__in=part).order_by("image_id", "created_at", "id"):
                if box.pk in self.left_out:
                    continue
                boxes[box.image_id].append(self._box(box, str(box.pk)))
            for suggestion in self._rejections().filter(image__in=part).order_by("pk"):
                rejected[suggestion.image_id].append(self._box(suggestion, None))
        for image in Image.objects.filter(pk__in=part).order_by("pk"):
            self.tick()
            yield {
                "id": image.pk,
                "path": str(local_path(image)),
                "sha256": image.sha256,
                "width": image.width,
                "height": image.height,
                "target": image.pk in scope and not (self.ids and self.ids.issubset(complete.get(image.pk, ()))),
                "boxes": boxes[image.pk],
                "rejected": rejected[image.pk],
                "complete_for": [pk for pk in complete.get(image.pk, []) if (image.pk, pk) not in self.unsaid],
            }

    def _box(self, row: Any, name: str | None) -> dict[str, Any]:
        assert isinstance(row, Corners)
        self.names.append(name)
        return {"id": len(self.names), "class_id": row.label_id, "xyxy": list(row.xyxy)}  # type: ignore[attr-defined]
