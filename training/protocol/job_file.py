"""The job file: read once into frozen values, or refused with a sentence that names the field; and written from
them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypedDict

from training.protocol.errors import BadJob
from training.protocol.job import Augment, Detect, Job, JobBox, JobImage, Similar, StoredModel, Train
from training.protocol.json_values import (
    Reader,
    absolute,
    between,
    boolean,
    box,
    device,
    integer,
    list_of,
    one_of,
    positive,
    sha256,
    text,
)
from training.protocol.limits import AIMS, BUDGETS, ENCODERS, EXPORT_FORMATS, KINDS, SCHEMA, TRAIN_MODES


class ClassValues(TypedDict):
    """A class by its number, as the file has it."""

    id: int
    name: str


class BoxValues(TypedDict):
    """A JobBox as the file has it."""

    id: int | None
    class_id: int
    xyxy: list[float]


class ImageValues(TypedDict):
    """A JobImage as the file has it."""

    id: int
    path: str
    sha256: str | None
    width: int | None
    height: int | None
    target: bool
    boxes: list[BoxValues]
    rejected: list[BoxValues]
    complete_for: list[int]
    regions: list[BoxValues]
    split: str


class JobValues(TypedDict):
    """A Job as the file has it. augment, train, detect, similar, models: the fields of these values in job.py."""

    schema: int
    run: str
    kind: str
    workdir: str
    cache_dir: str
    weights_dir: str
    device: str
    budget: str
    encoder: str
    aim: str
    seed: int
    classes: list[ClassValues]
    images: list[ImageValues]
    augment: Mapping[str, object]
    train: Mapping[str, object]
    detect: Mapping[str, object]
    similar: Mapping[str, object] | None
    export: str | None
    models: Sequence[Mapping[str, object]]
    test: list[ImageValues]
    names: list[ClassValues]


def load(path: Path) -> Job:
    """Reads and checks a job file. Raises BadJob."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadJob(f"The job file {path} cannot be read: {error.strerror}.", field="") from error
    except ValueError as error:
        raise BadJob(f"The job file {path} is not JSON: {error}.", field="") from error
    return parse(raw)


def dump(job: Job) -> JobValues:
    """The job as plain JSON values: parse(dump(job)) is the job again."""
    return {
        "schema": SCHEMA,
        "run": job.run,
        "kind": job.kind,
        "workdir": str(job.workdir),
        "cache_dir": str(job.cache_dir),
        "weights_dir": str(job.weights_dir),
        "device": job.device,
        "budget": job.budget,
        "encoder": job.encoder,
        "aim": job.aim,
        "seed": job.seed,
        "classes": [{"id": class_id, "name": name} for class_id, name in job.classes.items()],
        "images": [_image_values(image) for image in job.images],
        "augment": asdict(job.augment),
        "train": asdict(job.train),
        "detect": asdict(job.detect) | {"trained": job.detect.trained and str(job.detect.trained)},
        "similar": None if job.similar is None else asdict(job.similar),
        "export": job.export or None,
        "models": [asdict(one) | {"file": str(one.file)} for one in job.models],
        "test": [_image_values(image) for image in job.test],
        "names": [{"id": class_id, "name": name} for class_id, name in job.names.items()],
    }


def _image_values(image: JobImage) -> ImageValues:
    return {
        "id": image.id,
        "path": str(image.path),
        "sha256": image.sha256,
        "width": image.width,
        "height": image.height,
        "target": image.target,
        "boxes": [_box_values(one) for one in image.boxes],
        "rejected": [_box_values(one) for one in image.rejected],
        "complete_for": sorted(image.complete_for),
        "regions": [_box_values(one) for one in image.regions],
        "split": image.split,
    }


def _box_values(one: JobBox) -> BoxValues:
    return {"id": one.id, "class_id": one.class_id, "xyxy": list(one.xyxy)}


def parse(raw: Any) -> Job:
    """Checks a job given as plain JSON values. Raises BadJob naming the first field that is wrong."""
    top = Reader(raw, "")
    schema = top.get("schema", integer)
    if schema != SCHEMA:
        raise BadJob(f"schema: this engine reads job files of schema {SCHEMA}, not {schema}.", field="schema")
    kind = top.get("kind", one_of(*KINDS))
    classes = {item.get("id", integer): item.get("name", text) for item in top.items("classes")}
    images = tuple(_image(item) for item in top.items("images"))
    test = tuple(_image(item) for item in top.items("test"))
    seen: set[int] = set()
    for name, several in (("images", images), ("test", test)):
        for place, image in enumerate(several):
            if image.id in seen:
                raise BadJob(f"{name}[{place}].id: {image.id} is there twice.", field=f"{name}[{place}].id")
            seen.add(image.id)
    learned = {image.id for image in images}
    if kind in ("autolabel", "check") and not classes:
        raise BadJob("classes: at least one class to find is needed.", field="classes")
    detect = _detect(top.inner("detect"))
    export = top.get("export", one_of(*EXPORT_FORMATS), "")
    if kind == "detect" and not detect.weights and not detect.trained:
        raise BadJob("detect: either weights or trained must name a detector.", field="detect")
    if detect.trained and not detect.trained_sha256:
        raise BadJob("detect.trained_sha256: a trained detector is only loaded with its hash.", field="detect")
    models = tuple(model(item) for item in top.items("models"))
    if kind == "export" and not (export == "onnx" and models) and not (export and detect.trained):
        needs = "export: a format and a trained detector are needed, or a class model and onnx."
        raise BadJob(needs, field="export")
    if kind == "predict" and sorted(one.class_id for one in models) != sorted(classes):
        raise BadJob("models: one model of each class is needed.", field="models")
    return Job(
        run=str(raw.get("run", "")), kind=kind,
        workdir=top.get("workdir", absolute), cache_dir=top.get("cache_dir", absolute),
        weights_dir=top.get("weights_dir", absolute), device=top.get("device", device, "auto"),
        budget=top.get("budget", one_of(*BUDGETS), BUDGETS[0]),
        encoder=top.get("encoder", one_of(*ENCODERS), ENCODERS[0]),
        aim=top.get("aim", one_of(*AIMS), AIMS[0]), seed=top.get("seed", integer, 0),
        classes=classes, images=images, augment=_augment(top.inner("augment")), train=_train(top.inner("train")),
        detect=detect, similar=_similar(top.inner("similar"), learned) if kind == "similar" else None, models=models,
        test=test, names={item.get("id", integer): item.get("name", text) for item in top.items("names")},
        export=export,
    )  # fmt: skip


def _image(item: Reader) -> JobImage:
    complete = item.get("complete_for", list_of(integer), [])
    return JobImage(
        id=item.get("id", integer), path=item.get("path", absolute), sha256=item.get("sha256", sha256, None),
        width=item.get("width", positive, None), height=item.get("height", positive, None),
        target=item.get("target", boolean, True), boxes=tuple(_box(box) for box in item.items("boxes")),
        rejected=tuple(_box(box) for box in item.items("rejected")), complete_for=frozenset(complete),
        split=item.get("split", one_of("", "val"), ""), regions=tuple(_box(box) for box in item.items("regions")),
    )  # fmt: skip


def _box(item: Reader) -> JobBox:
    return JobBox(item.get("id", integer, None), item.get("class_id", integer), item.get("xyxy", box))


def _augment(item: Reader) -> Augment:
    usual = Augment()
    return Augment(
        rotate_deg=item.get("rotate_deg", between(0, 180), usual.rotate_deg),
        flip=item.get("flip", boolean, usual.flip),
        brightness=item.get("brightness", between(0, 1), usual.brightness),
        noise=item.get("noise", boolean, usual.noise),
    )


def _train(item: Reader) -> Train:
    usual = Train()
    return Train(
        mode=item.get("mode", one_of(*TRAIN_MODES), usual.mode),
        epochs=item.get("epochs", positive, usual.epochs),
        image_size=int(item.get("image_size", between(32, 4096), usual.image_size)),
        base=item.get("base", text, usual.base),
        from_scratch_ok=item.get("from_scratch_ok", boolean, usual.from_scratch_ok),
        keep_base=item.get("keep_base", boolean, usual.keep_base),
    )


def _detect(item: Reader) -> Detect:
    mapping: dict[int, int] = {}
    for key, value in item.inner("class_map").raw.items():
        try:
            mapping[int(key)] = integer(value)
        except ValueError:
            place = f"{item.place('class_map')}.{key}"
            raise BadJob(f"{place}: a class index and a class id are needed.", field=place) from None
    return Detect(
        weights=item.get("weights", text, None), trained=item.get("trained", absolute, None),
        trained_sha256=item.get("trained_sha256", sha256, None), conf=item.get("conf", between(0, 1), Detect().conf),
        class_map=mapping,
    )  # fmt: skip


def model(item: Reader) -> StoredModel:
    """A stored model as plain JSON values. Raises BadJob."""
    return StoredModel(
        class_id=item.get("class_id", integer), file=item.get("file", absolute), sha256=item.get("sha256", sha256),
        facts=item.inner("facts").raw, first_box=item.get("first_box", integer, 0), own=item.get("own", boolean, True),
    )  # fmt: skip


def _similar(item: Reader, images: set[int]) -> Similar:
    usual = Similar(0)
    wanted = Similar(
        image=item.get("image", integer),
        xyxy=item.get("xyxy", box, None),
        within=item.get("within", boolean, usual.within),
        top=item.get("top", positive, usual.top),
        per_image=item.get("per_image", positive, usual.per_image),
    )
    if wanted.image not in images:
        raise BadJob("similar.image: is none of the job's images.", field="similar.image")
    if wanted.within and wanted.xyxy is None:
        raise BadJob("similar.xyxy: a search within one image needs a box.", field="similar.xyxy")
    return wanted
