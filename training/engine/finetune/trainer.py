"""Fine-tuning: Ultralytics' trainer on the shots, each epoch told as an event, nothing of it reaching the network."""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Callable, Sequence, Set
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ultralytics.models.yolo.detect import DetectionTrainer
from ultralytics.utils.torch_utils import get_flops, unwrap_model

from training.engine import runtime
from training.engine.finetune import dataset, predict
from training.engine.finetune.base_classes import Classes, Predictions, agreement, frozen, hold
from training.engine.run import Run
from training.engine.storage.files import write_json
from training.engine.tuning import DEFAULTS
from training.engine.tuning.finetune import TrainerSettings
from training.protocol.errors import BadJob, WeightsUnavailable
from training.protocol.events import Epoch, NetworkSummary, Summary
from training.protocol.hashing import sha256_of
from training.protocol.job import Augment, Job
from training.protocol.results import DETECTOR, Agreement, DetectorFacts

METRICS = {"map50": "metrics/mAP50(B)", "map": "metrics/mAP50-95(B)"}


class NoisyTrainer(DetectionTrainer):
    """Ultralytics' detection trainer with sensor noise on training batches, which it has no option for."""

    noise = False

    def preprocess_batch(self, batch: dict[str, Any]) -> dict[str, Any]:
        """The batch as usual, then noise of a random strength."""
        ready: dict[str, Any] = super().preprocess_batch(batch)
        if self.noise:
            strength = DEFAULTS.trainer.noise * float(torch.rand(1))
            ready["img"] = (ready["img"] + strength * torch.randn_like(ready["img"])).clamp_(0, 1)
        return ready


class QuietNoisyTrainer(NoisyTrainer):
    """The same with the noise switched on."""

    noise = True


class KeepingTrainer(NoisyTrainer):
    """The same for a detector that is to forget nothing."""

    def __init__(self, *given: Any, classes: Classes, noise: bool, **more: Any) -> None:
        super().__init__(*given, **more)
        self.noise, self._classes = noise, classes

    def _setup_train(self) -> None:
        super()._setup_train()  # type: ignore[no-untyped-call]
        network: Any = self.model
        hold(unwrap_model(network), self._classes)


def keeps_base(run: Run, start: Path) -> bool:
    """Whether the detector goes on knowing what it knew; where it starts from nothing there is nothing to keep, and
    that is said.
    """
    asked, pretrained = run.job.train.keep_base, start.suffix == ".pt"
    if asked and not pretrained:
        words = "The detector starts from nothing: there are no base classes to keep."
        run.emitter.log("no_base_to_keep", words, level="warning")
    return asked and pretrained


def fine_tune(run: Run, usable: Set[int], pseudo: Sequence[dataset.Pseudo]) -> DetectorFacts:
    """Trains on people's boxes in usable images (ids) and the surest suggestions.

    Writes model/detector.pt and .json, and returns what the JSON says.
    """
    began = time.monotonic()
    job = run.job
    start, layers = _starting_point(run)
    folder = job.workdir / "train"
    shutil.rmtree(folder, ignore_errors=True)
    model = runtime.load_yolo(start)
    keeps = keeps_base(run, start)
    classes = Classes.of(job.classes, list(model.names.values()) if keeps else ())
    data = dataset.build(
        job, set(usable), folder / "data", pseudo, run.tuning.training_set, classes.names[classes.own :]
    )
    if not data.own_validation:
        words = "So few images have boxes that the trained detector is measured on images it was trained on."
        run.emitter.log("validation_is_training", words, level="warning")
    watch = Watch(run, job.train.epochs)
    for event, callback in watch.callbacks().items():
        model.add_callback(event, callback)
    trainer = QuietNoisyTrainer if job.augment.noise else NoisyTrainer
    if keeps:
        trainer = partial(KeepingTrainer, classes=classes, noise=job.augment.noise)  # type: ignore[assignment]
    model.train(
        trainer=trainer,
        data=str(data.yaml),
        project=str(folder),
        name="run",
        **settings(job, run, frozen(model.model) if keeps else layers, patient=not data.own_validation, keeps=keeps),
    )
    facts = _facts(run, Path(model.trainer.best), Path(model.trainer.last), data, watch, classes)
    if keeps:
        facts["agreement"] = _agreement(run, start, classes, set(usable) - {one.image.id for one in pseudo})
    facts["weights"] = [one for one in run.weight_store.used() if one["name"] == start.name]
    facts["seconds"] = round(time.monotonic() - began, 3)
    write_json(job.workdir / DETECTOR, facts)
    shutil.rmtree(folder, ignore_errors=True)
    return facts


def settings(
    job: Job, run: Run, layers: int | list[int | str], *, patient: bool, keeps: bool = False
) -> dict[str, Any]:
    """The trainer's arguments; it stops early only where images that it does not train on can tell it to."""
    augment: Augment = job.augment
    tuned = run.tuning.trainer
    return {
        "epochs": job.train.epochs, "imgsz": math.ceil(job.train.image_size / 32) * 32, "batch": tuned.batch,
        "device": run.device.removeprefix("cuda:") if run.device.startswith("cuda") else "cpu",
        "freeze": layers, "amp": False, "workers": 0, "seed": job.seed, "deterministic": True, "plots": False,
        "verbose": False, "exist_ok": True, "cache": False, "save_period": -1,
        "patience": job.train.epochs if patient else max(job.train.epochs // tuned.patience, tuned.least_patience),
        "degrees": augment.rotate_deg, "fliplr": 0.5 if augment.flip else 0.0, "hsv_v": augment.brightness,
        **(keeping(tuned) if keeps else {}),
    }  # fmt: skip


def keeping(tuned: TrainerSettings) -> dict[str, Any]:
    """What differs for a detector that keeps its base classes: a step per batch, and nothing pulls at the rows that are
    held.
    """
    return {
        "optimizer": "AdamW", "lr0": tuned.keeping_rate, "momentum": tuned.keeping_momentum, "warmup_bias_lr": 0.0,
        "nbs": tuned.batch, "weight_decay": 0.0,
    }  # fmt: skip


def _starting_point(run: Run) -> tuple[Path, int]:
    """The file that training starts from and how many of its layers stay frozen."""
    base = run.job.train.base.removesuffix(".pt")
    if not base.startswith("yolo") or "-" in base:
        raise BadJob(f"train.base: {base} is not a detector that can be fine-tuned on boxes.", field="train.base")
    try:
        return run.weight_store.get(base).path, run.tuning.trainer.frozen_layers
    except WeightsUnavailable as error:
        if not run.job.train.from_scratch_ok:
            raise
        run.emitter.log("from_scratch", f"{error.text} Training starts from nothing.", level="warning", name=base)
        return Path(f"{base}.yaml"), 0


class Watch:
    """The trainer's callbacks: epochs, progress and the summary as events, the curves kept for the result.

    summary: there once training has started.
    """

    summary: NetworkSummary

    def __init__(self, run: Run, epochs: int) -> None:
        self._run = run
        self._epochs = epochs
        self._reported = 0
        self._start = time.monotonic()
        self.curves: dict[str, list[float]] = {"epoch": []}
        self.metrics: dict[str, float] = {}

    def callbacks(self) -> dict[str, Callable[[Any], None]]:
        """Ultralytics' event names with what answers them."""
        return {
            "on_train_start": self.started, "on_train_batch_end": self.batch, "on_fit_epoch_end": self.epoch,
        }  # fmt: skip

    def started(self, trainer: Any) -> None:
        """Torch's threads are set back (the trainer takes all but one core), and the model is described."""
        runtime.use_threads()
        network = trainer.model
        self._batch = 0
        self._start = time.monotonic()
        self.summary = {
            "name": self._run.job.train.base.removesuffix(".pt"),
            "parameters": sum(one.numel() for one in network.parameters()),
            "gradients": sum(one.numel() for one in network.parameters() if one.requires_grad),
            "layers": sum(1 for module in network.modules() if not list(module.children())),
            "gflops": round(float(get_flops(network, trainer.args.imgsz)), 2),  # type: ignore[no-untyped-call]
        }  # fmt: skip
        self._run.emitter.emit(Summary(self.summary))

    def batch(self, trainer: Any) -> None:
        """A little progress after each batch."""
        self._batch += 1
        self._run.emitter.progress("train", self._batch, self._epochs * max(len(trainer.train_loader), 1))

    def epoch(self, trainer: Any) -> None:
        """One event per epoch; the trainer's extra call after the last one is not an epoch."""
        number = int(trainer.epoch) + 1
        if number <= self._reported or number > self._epochs:
            return
        self._reported = number
        losses = {name.removesuffix("_loss"): _finite(value) for name, value in (trainer.tloss or {}).items()}
        self.metrics = {name: _finite(trainer.metrics.get(key, 0.0)) for name, key in METRICS.items()}
        spent = time.monotonic() - self._start
        seconds, eta = float(trainer.epoch_time or 0.0), spent / number * (self._epochs - number)
        self._run.emitter.emit(Epoch(number, self._epochs, losses, self.metrics, round(seconds, 2), round(eta, 1)))
        self.curves["epoch"].append(number)
        for name, value in {**losses, **self.metrics}.items():
            self.curves.setdefault(name, []).append(value)


def _finite(value: Any) -> float:
    number = float(value)
    return round(number, 5) if math.isfinite(number) else 0.0


def _facts(
    run: Run, best: Path, last: Path, data: dataset.TrainingSet, watch: Watch, classes: Classes
) -> DetectorFacts:
    """Keeps the better of the trainer's files as model/detector.pt, and says what it is."""
    folder = run.job.workdir / "model"
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "detector.pt"
    shutil.copyfile(best if best.is_file() else last, folder / ".detector.part")
    (folder / ".detector.part").replace(kept)
    top = max(range(len(watch.curves["epoch"])), key=lambda at: watch.curves["map"][at], default=None)
    metrics = {name: watch.curves[name][top] for name in METRICS} if top is not None else {}
    return {
        "sha256": sha256_of(kept), "classes": classes.names, "class_ids": classes.ids, "base_classes": classes.known,
        "epochs": run.job.train.epochs, "image_size": run.job.train.image_size,
        "base": run.job.train.base.removesuffix(".pt"), "summary": watch.summary, "metrics": metrics,
        "curves": watch.curves, "train_images": data.train_images, "validation_images": data.validation_images,
        "boxes": data.boxes, "pseudo_boxes": data.pseudo_boxes, "validation_is_training": not data.own_validation,
    }  # fmt: skip


def _agreement(run: Run, start: Path, classes: Classes, usable: Set[int]) -> Agreement:
    """How far the new detector finds what the pretrained one was sure of, in pictures that taught neither: not how
    right they are.
    """
    before, now = runtime.load_yolo(start), runtime.load_yolo(run.job.workdir / "model" / "detector.pt")
    compared = run.tuning.agreement
    names = list(before.names.values())
    places = {names.index(name): classes.names.index(name) for name in classes.names[classes.own :]}
    targets = [one for one in run.job.targets if one.id in usable and not one.boxes]
    targets = targets[: compared.images]
    was, found = [], []
    for image in targets:
        xyxy, score, there = predict.find(run, before, image, sorted(places), compared.sure, apart=True)
        was.append(Predictions(xyxy, score, np.array([places[int(one)] for one in there], dtype=np.int64)))
        found.append(Predictions(*predict.find(run, now, image, sorted(places.values()), compared.lowest, apart=True)))
    ap50, boxes = agreement(was, found, compared.same_object)
    return {"ap50": round(ap50, 4) if boxes else None, "boxes": boxes, "images": len(targets)}
