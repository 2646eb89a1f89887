"""The stages of an autolabel run: source, verify, train, suggest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.engine import model, runtime
from training.engine.cache import Arrays
from training.engine.calibrate import Measured
from training.engine.head import ClassHead
from training.engine.learn import Taught, evidence_of, fusion_probability, teach
from training.engine.pipeline import Run
from training.engine.source import Found, Lessons, candidates, fit_heads, lessons, views_of
from training.engine.store import write_json
from training.engine.suggest import one_per_object, state_of
from training.engine.types import SOURCES, FloatArray, IntArray, as_boxes, iou, logit, sigmoid
from training.engine.verify import Evidence

NEAREST_SHOTS = 3
NEAREST_OTHERS = 2
NEIGHBOURS = NEAREST_SHOTS + NEAREST_OTHERS
FOUND_FROM = 0.5


@dataclass(frozen=True, slots=True)
class Sourced:
    """The source stage's result for one class."""

    head: ClassHead
    split: Lessons
    found: Found


def source(run: Run) -> dict[int, Sourced]:
    """Each class's head, and its candidates in target images and held-out shot images."""
    job = run.job
    splits = {class_id: lessons(job, class_id, run.usable) for class_id in job.classes}

    def work() -> tuple[Any, Arrays]:
        targets = [image for image in job.targets if image.id in run.usable]
        steps = len(targets) + sum(6 * len(split.images) for split in splits.values())
        done = 0

        def tick(count: int = 1) -> None:
            nonlocal done
            done += count
            run.emitter.progress("source", done, steps)

        heads: dict[int, ClassHead] = {}
        parts: dict[int, list[Found]] = {}
        for class_id, split in splits.items():
            views = views_of(job, class_id, split.images, run.features, lambda: tick(5))
            heads[class_id], held_heads = fit_heads(views, split, job.seed)
            parts[class_id] = []
            for fold, head in zip(split.folds, held_heads, strict=True):
                for image in split.images:
                    if image.id in fold:
                        parts[class_id].append(candidates(run.features.dense(image), head, image.id, True))
                        tick()
        for image in targets:
            dense = run.features.dense(image)
            for class_id, head in heads.items():
                parts[class_id].append(candidates(dense, head, image.id, False))
            tick()
        arrays: Arrays = {}
        for class_id, head in heads.items():
            arrays.update(model.head_arrays(head, f"{class_id}_head"))
            arrays.update(Found.join(parts[class_id]).arrays(f"{class_id}_"))
        return {}, arrays

    _, arrays = run.stage("source", work)
    return {
        class_id: Sourced(model.head_of(arrays, f"{class_id}_head"), split, Found.of_arrays(arrays, f"{class_id}_"))
        for class_id, split in splits.items()
    }


@dataclass(frozen=True, slots=True)
class Judged:
    """The verify stage's result for one class: the class as taught, and its probabilities for targets' candidates."""

    taught: Taught
    probability: FloatArray
    neighbours: IntArray
    similarity: FloatArray


def verify(run: Run, sourced: dict[int, Sourced]) -> dict[int, Judged]:
    """Each candidate's probability with its neighbours in the bank."""
    images = {image.id: image for image in run.job.images}

    def work() -> tuple[Any, Arrays]:
        facts, arrays = {}, {}
        steps = sum(len(np.unique(item.found.image)) for item in sourced.values()) or 1
        done = 0
        for class_id, item in sourced.items():
            held = evidence_of(item.found.take(item.found.held), run.features, images)
            taught = teach(class_id, item.split, held, run.features)
            done += len(np.unique(held.image))
            facts[str(class_id)] = model.taught_facts(taught)
            arrays.update({f"{class_id}_{name}": value for name, value in model.taught_arrays(taught).items()})
            probability, index, similarity = [], [], []
            for part in _by_image(item.found.take(~item.found.held)):
                evidence = evidence_of(part, run.features, images)
                one = taught.verifier.probability(evidence, taught.bank.margin(evidence.crop))
                near = taught.bank.nearest(evidence.crop, NEAREST_SHOTS, NEAREST_OTHERS)
                probability.append(one)
                index.append(near.index)
                similarity.append(near.similarity)
                _show_best(run, class_id, part, one)
                done += 1
                run.emitter.progress("verify", done, steps)
            arrays[f"{class_id}_probability"] = np.concatenate([np.zeros(0, np.float32), *probability])
            arrays[f"{class_id}_neighbours"] = np.concatenate([np.zeros((0, NEIGHBOURS), np.int64), *index])
            arrays[f"{class_id}_similarity"] = np.concatenate([np.zeros((0, NEIGHBOURS), np.float32), *similarity])
        return facts, arrays

    facts, arrays = run.stage("verify", work)
    judged = {}
    for class_id in sourced:
        own = {
            name.removeprefix(f"{class_id}_"): value
            for name, value in arrays.items()
            if name.startswith(f"{class_id}_")
        }
        taught = model.taught_of(own, facts[str(class_id)])
        judged[class_id] = Judged(taught, own["probability"], own["neighbours"], own["similarity"])
    return judged


def _by_image(found: Found) -> Iterable[Found]:
    for image_id in dict.fromkeys(found.image.tolist()):
        yield found.take(found.image == image_id)


def _show_best(run: Run, class_id: int, part: Found, probability: FloatArray) -> None:
    best = int(probability.argmax())
    if probability[best] >= FOUND_FROM:
        run.emitter.found(int(part.image[best]), class_id, _plain(part.xyxy[best]), round(float(probability[best]), 4))


def _plain(box: FloatArray) -> list[float]:
    return [round(float(edge), 2) for edge in box]


def train(run: Run) -> None:
    """Fine-tunes a detector on the shots."""
    from training.engine.train import fine_tune

    run.stage("train", lambda: (fine_tune(run), {}))


def suggest(run: Run, sourced: dict[int, Sourced], judged: dict[int, Judged]) -> None:
    """Writes suggestions.json and each class's model."""
    job = run.job
    per_image: dict[int, list[dict[str, Any]]] = {image.id: [] for image in job.targets}

    def work() -> tuple[Any, Arrays]:
        for class_id, item in sourced.items():
            target = item.found.take(~item.found.held)
            for image_id in dict.fromkeys(target.image.tolist()):
                rows = np.flatnonzero(target.image == image_id)
                per_image[image_id] += _of_image(run, class_id, image_id, target, rows, judged[class_id])
            about = {
                "name": job.classes[class_id], "seed": job.seed, "budget": job.budget,
                "detector": run.features.detector_key, "encoder": run.features.encoder_key,
                "weights": run.shelf.used(), "versions": runtime.versions(),
            }  # fmt: skip
            model.save(job.workdir / "model", class_id, item.head, judged[class_id].taught, about)
        total = sum(map(len, per_image.values()))
        run.emitter.log("suggested", f"{total} suggestions in {len(per_image)} images.", suggestions=total)
        return {"suggestions": total}, {}

    if run.store.load("suggest") is None or not (job.workdir / "suggestions.json").is_file():
        _ = run.features
        run.stage("suggest", work)
        _write(run, per_image, judged)
    else:
        run.emitter.stage("suggest", "skipped")


def _write(run: Run, per_image: dict[int, list[dict[str, Any]]], judged: dict[int, Judged]) -> None:
    job = run.job
    classes = {
        str(class_id): class_summary(one.taught.measured, one.taught.outliers) for class_id, one in judged.items()
    }
    write_json(job.workdir / "suggestions.json", {
        "images": [
            {"id": image.id, "suggestions": sorted(per_image[image.id], key=lambda one: -one["probability"])}
            for image in job.targets
        ],
        "classes": classes,
        "info": {
            "seconds": run.seconds, "versions": runtime.versions(), "weights": run.shelf.used(),
            "device": runtime.device_words(run.device), "seed": job.seed, "budget": job.budget,
        },
    })  # fmt: skip


def class_summary(measured: Measured, outlier_box_ids: list[int]) -> dict[str, Any]:
    """A class's figures as the results file names them."""
    return {
        "shots": measured.shots, "threshold_review": round(measured.threshold_review, 4),
        "threshold_auto": round(measured.threshold_auto, 4), "measured": measured.measured,
        "precision": measured.precision, "precision_low": measured.precision_low, "recall": measured.recall,
        "f1": measured.f1, "ap50": measured.ap50, "pr_curve": measured.pr_curve, "outlier_box_ids": outlier_box_ids,
    }  # fmt: skip


def _of_image(
    run: Run, class_id: int, image_id: int, target: Found, rows: IntArray, judged: Judged
) -> list[dict[str, Any]]:
    """The suggestions of one class in one image; none where people already spoke."""
    image = run.image(image_id)
    spoken = [box.xyxy for box in (*image.boxes, *image.rejected) if box.class_id == class_id]
    keep = rows[one_per_object(target.xyxy[rows], judged.probability[rows], judged.taught.rules)]
    near_spoken = iou(target.xyxy[keep], as_boxes(spoken)).max(axis=1, initial=0.0) >= 0.5
    measured = judged.taught.measured
    suggestions = []
    for row in keep[~near_spoken]:
        probability = float(judged.probability[row])
        state = state_of(probability, measured.threshold_review, measured.threshold_auto)
        if state is not None:
            suggestions.append({
                "class_id": class_id, "xyxy": _plain(target.xyxy[row]), "probability": round(probability, 4),
                "score": round(float(sigmoid(target.head[row])), 4), "source": SOURCES[int(target.source[row])],
                "state": state, "neighbours": _neighbours(judged, int(row)),
            })  # fmt: skip
    return suggestions


def _neighbours(judged: Judged, row: int) -> list[dict[str, Any]]:
    entries = judged.taught.bank.entries
    return [
        {
            "box_id": int(entries.box_id[index]) if entries.box_id[index] >= 0 else None,
            "image_id": int(entries.image_id[index]), "xyxy": _plain(entries.xyxy[index]),
            "similarity": round(float(similarity), 4), "positive": bool(entries.positive[index]),
        }
        for index, similarity in zip(judged.neighbours[row], judged.similarity[row], strict=True)
        if index >= 0
    ]  # fmt: skip


__all__ = ["Evidence", "fusion_probability", "logit", "source", "suggest", "train", "verify"]
