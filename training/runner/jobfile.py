"""The job file of a run: its images as paths, people's boxes, what they rejected and what they called complete."""

from __future__ import annotations

import json
import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_noop

from annotations.flags import NO_EXAMPLE
from annotations.geometry import XYXY
from annotations.models import Box, Complete, DatasetVersion, Suggestion
from annotations.versions.actions import version_of_now
from projects.images.storage import local_copy, local_path
from projects.models import Image
from training import shots
from training.base_detectors import BASE_DETECTORS
from training.model_versions import stored
from training.models import ModelVersion, Run
from training.protocol import job_file, measured, results, stages
from training.protocol.job import Augment, Detect, Job, JobBox, JobImage, Similar, Train
from training.protocol.limits import AIMS
from training.runner.measured_images import measured_images
from training.scope import learnable, scope_images, trusted

AT_ONCE = 500
LEARNING = (Run.Kind.AUTOLABEL, Run.Kind.CHECK)  # they learn from people's boxes


class NothingToDo(Exception):
    """The images or boxes that the run was asked for are gone; the text says which."""


@dataclass(frozen=True, slots=True)
class PreparedJob:
    """A written job, which person's box each of its integer ids stands for, and the stages that it runs."""

    path: Path
    boxes: dict[int, str]
    stages: tuple[stages.Stage, ...]


def workdir(run: Run) -> Path:
    """The run's own folder; stages that are finished stay here for the next attempt."""
    return Path(settings.RUNS_DIR) / run.key.hex


def prepare(run: Run, tick: Callable[[], None]) -> PreparedJob:
    """Writes job.json and boxes.json. `tick` is called now and then, so that the lease lives on.

    A later attempt keeps the job as it was, so that finished stages stay valid, and so does a run whose suggestions are
    stored: people answer them while it trains. A first attempt (also of a run that is tried again) asks for the boxes
    as they are now, keeps them as the version that its models will name, and starts over if they changed.
    """
    folder = workdir(run)
    folder.mkdir(parents=True, exist_ok=True)
    path, names = folder / "job.json", folder / "boxes.json"
    if (run.attempts > 1 or run.result.get("suggestions_at")) and path.exists() and names.exists():
        tick()
        return PreparedJob(
            path, _by_number(json.loads(names.read_text(encoding="utf-8"))), stages.plan(job_file.load(path))
        )
    if run.kind == Run.Kind.AUTOLABEL:
        run.dataset_version = version_of_now(run.project, DatasetVersion.Reason.RUN, run.created_by)
        run.save(update_fields=["dataset_version"])
        tick()
    build = _Build(run, folder, tick)
    job = build.job()
    text = json.dumps(job_file.dump(job), ensure_ascii=False)
    if path.exists() and path.read_text(encoding="utf-8") != text:
        _start_over(folder)
    _write(names, json.dumps(build.names))
    _write(path, text)
    return PreparedJob(path, _by_number(build.names), stages.plan(job))


def _by_number(names: Sequence[str | None]) -> dict[int, str]:
    return {number: key for number, key in enumerate(names, start=1) if key}


def _write(path: Path, text: str) -> None:
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def _start_over(folder: Path) -> None:
    for name in ("stages", "model"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in (results.FILE, measured.FILE):
        (folder / name).unlink(missing_ok=True)


class _Build:
    """Collects one job. `names[i]` is the id of the box that the job calls i+1, None for a rejected suggestion."""

    def __init__(self, run: Run, folder: Path, tick: Callable[[], None]) -> None:
        self.run, self.folder, self.tick = run, folder, tick
        self.classes = list(run.classes.all())
        self.ids = {label.pk for label in self.classes}
        self.names: list[str | None] = []
        self.left_out: set[UUID] = set(shots.left_out(self.ids).values_list("box", flat=True))

    def job(self) -> Job:
        """Raises NothingToDo."""
        run, params = self.run, self.run.params
        similar, waited_for = run.kind == Run.Kind.SIMILAR, run.queue != "gpu"
        named = run.kind != Run.Kind.EXPORT and (not similar or params["within"])
        if named and not self.classes:
            raise NothingToDo(gettext_noop("The class of this run was deleted."))
        return Job(
            run=run.key.hex,
            kind=run.kind,
            workdir=self.folder,
            cache_dir=Path(settings.ENGINE_CACHE_DIR),
            weights_dir=Path(settings.LABELHUB_WEIGHTS_DIR),
            classes={label.pk: label.name for label in self.classes},
            images=tuple(self._images()),
            device=settings.SEARCH_DEVICE if waited_for else settings.ENGINE_DEVICE,
            seed=params.get("seed", 0),
            **{"encoder": settings.ENGINE_ENCODER} | self._of_kind(),
            test=measured_images(run, self.tick),
            names=dict(run.project.classes.values_list("pk", "name")),
        )

    def _of_kind(self) -> dict[str, Any]:
        params = self.run.params
        if self.run.kind == Run.Kind.DETECT:
            return {"detect": self._detect()}
        if self.run.kind == Run.Kind.SIMILAR:
            return {"similar": Similar(params["image"], params["xyxy"] and tuple(params["xyxy"]), params["within"])}
        if self.run.kind == Run.Kind.PREDICT:
            return self._predict()
        if self.run.kind == Run.Kind.EXPORT:
            model = self._trained()
            if model.kind == ModelVersion.Kind.FEWSHOT:
                return self._networks(model) | {"export": params["format"]}
            trained = Detect(trained=Path(local_copy(model.file)), trained_sha256=model.sha256)
            return {"detect": trained, "export": params["format"]}
        if self.run.kind == Run.Kind.CHECK:
            return {}
        train = Train(
            mode=params["train"],
            epochs=params["epochs"],
            base=params["base"],
            from_scratch_ok=params["from_scratch_ok"],
            keep_base=params.get("keep_base", False),  # runs that were queued before there was a choice
        )
        asked = {"budget": params["budget"], "aim": params.get("aim", AIMS[0])}
        return {**asked, "augment": Augment(**params["augment"]), "train": train}

    def _detect(self) -> Detect:
        params = self.run.params
        model = None
        if params["model"] is None:
            names = list(BASE_DETECTORS[params["detector"]].classes)
        else:
            model = self._trained()
            names = [entry["name"] for entry in model.classes]
        return Detect(
            weights=params["detector"],
            trained=Path(local_copy(model.file)) if model else None,
            trained_sha256=model.sha256 if model else None,
            conf=params["confidence"],
            class_map={names.index(name): pk for name, pk in params["class_map"].items() if pk in self.ids},
        )

    def _trained(self) -> ModelVersion:
        model = ModelVersion.objects.filter(project=self.run.project_id, pk=self.run.params["model"]).first()
        if model is None:
            raise NothingToDo(gettext_noop("The trained model of this run was deleted."))
        return model

    def _predict(self) -> dict[str, Any]:
        """The models of those classes that are still there; the bank's boxes get numbers after those of this job."""
        wanted = ModelVersion.objects.filter(project=self.run.project_id, pk__in=self.run.params["models"])
        found = list(wanted.filter(label__in=self.ids).order_by("label"))
        if len(found) != len(self.ids):
            raise NothingToDo(gettext_noop("A model of this run was deleted."))
        models = []
        for model in found:
            boxes = {int(number): name for number, name in (model.details.get("boxes") or {}).items()}
            models.append(stored.of(model, first_box=len(self.names)))
            self.names += [boxes.get(number) for number in range(1, max(boxes, default=0) + 1)]
        return self._networks(found[0]) | {"models": tuple(models)}

    @staticmethod
    def _networks(model: ModelVersion) -> dict[str, Any]:
        """The networks that a class model was fitted on, which are those of all that can look at an image with it."""
        budget, encoder, _ = stored.setting_of(model)
        return {"budget": budget, "encoder": encoder, "models": (stored.of(model),)}

    # --- images -------------------------------------------------------------------------------------------------------
    def _images(self) -> list[JobImage]:
        """The scope, and for autolabel every other image that people said something in about these classes."""
        if self.run.kind == Run.Kind.EXPORT:
            return []
        if self.run.params.get("dataset") and self.run.dataset is None:
            raise NothingToDo(gettext_noop("The dataset of this run was deleted."))
        scope = set(
            scope_images(self.run.project, self.run.dataset, self.run.params["images"]).values_list("pk", flat=True)
        )
        wanted = set(scope)
        complete = self._complete()
        if self.run.kind == Run.Kind.SIMILAR:
            wanted.add(self.run.params["image"])
        if self.run.kind in LEARNING:
            wanted |= set(Box.objects.filter(label__in=self.ids).values_list("image_id", flat=True))
            wanted |= set(self._rejections().values_list("image_id", flat=True)) | set(complete)
        images: list[JobImage] = []
        order = sorted(wanted)
        for start in range(0, len(order), AT_ONCE):
            images += self._part(order[start : start + AT_ONCE], scope, complete)
        if self.run.kind == Run.Kind.SIMILAR and self.run.params["image"] not in {image.id for image in images}:
            raise NothingToDo(gettext_noop("The image to compare with is in the test split, or is gone."))
        if not any(image.target for image in images) and self.run.kind != Run.Kind.SIMILAR:
            raise NothingToDo(gettext_noop("There is no image left that this run could label."))
        return images

    def _complete(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        for image, label in (
            Complete.objects.filter(label__in=self.ids).order_by("label_id").values_list("image", "label")
        ):
            found[image].append(label)
        return found

    def _rejections(self) -> Any:
        return Suggestion.objects.filter(label__in=self.ids, state=Suggestion.State.REJECTED)

    def _part(self, part: list[int], scope: set[int], complete: dict[int, list[int]]) -> Iterator[JobImage]:
        """Only of images that may be learned from: whatever else was asked for, a test image is none of them.

        What people have not finished yet teaches nothing, and where they have begun nothing is suggested.
        """
        images = list(learnable(self.run.project).filter(pk__in=part).order_by("pk"))
        trust = set(trusted(self.run.project).filter(pk__in=part).order_by().values_list("pk", flat=True))
        begun = set(
            Box.objects.filter(image__in={image.pk for image in images} - trust).values_list("image", flat=True)
        )
        images = [image for image in images if image.pk not in begun]
        part = [image.pk for image in images if image.pk in trust]
        boxes: dict[int, list[JobBox]] = defaultdict(list)
        rejected: dict[int, list[JobBox]] = defaultdict(list)
        regions: dict[int, list[JobBox]] = defaultdict(list)
        if self.run.kind in (*LEARNING, Run.Kind.PREDICT):
            for box in Box.objects.filter(image__in=part).order_by("image_id", "created_at", "id"):
                if box.flags & NO_EXAMPLE or box.pk in self.left_out:  # its place must not count as empty either
                    regions[box.image_id].append(JobBox(None, box.label_id, box.xyxy))
                else:
                    boxes[box.image_id].append(self._box(box.label_id, box.xyxy, str(box.pk)))
            for suggestion in self._rejections().filter(image__in=part).order_by("pk"):
                rejected[suggestion.image_id].append(self._box(suggestion.label_id, suggestion.xyxy, None))
        for image in images:
            self.tick()
            said = complete.get(image.pk, []) if image.pk in trust else []
            yield JobImage(
                id=image.pk,
                path=Path(local_path(image)),
                sha256=image.sha256,
                width=image.width,
                height=image.height,
                target=image.pk in scope and self._is_open(said),
                boxes=tuple(boxes[image.pk]),
                rejected=tuple(rejected[image.pk]),
                complete_for=frozenset(said),
                split=Image.Split.VAL if image.split == Image.Split.VAL else "",
                regions=tuple(regions[image.pk]),
            )

    def _is_open(self, said: Sequence[int]) -> bool:
        """Whether the run has work in an image that is complete for these classes: a check looks at what is complete,
        all others fill what is not.
        """
        if self.run.kind == Run.Kind.CHECK:
            return bool(said)
        return not (self.ids and self.ids.issubset(said))

    def _box(self, label: int, xyxy: XYXY, name: str | None) -> JobBox:
        self.names.append(name)
        return JobBox(len(self.names), label, xyxy)
