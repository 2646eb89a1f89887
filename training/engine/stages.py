"""The stages of an autolabel run: source, verify, train, suggest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from training.engine import model, runtime
from training.engine.bank import Neighbours
from training.engine.cache import Arrays
from training.engine.calibrate import Measured, unmeasured_threshold
from training.engine.dataset import Pseudo
from training.engine.features import Features
from training.engine.job import Job, JobImage
from training.engine.learn import Taught, evidence_of, fusion_probability, teach, without_crops
from training.engine.pipeline import Run
from training.engine.source import (
    Finder,
    Found,
    Lessons,
    Pull,
    candidates,
    fit_finders,
    lessons,
    measure_pull,
    views_of,
)  # fmt: skip
from training.engine.store import write_json
from training.engine.suggest import one_class_per_object, one_per_object, shared, state_of
from training.engine.types import SOURCES, FloatArray, IntArray, as_boxes, iou, logit, sigmoid
from training.engine.verify import HOPELESS, Evidence

NEAREST_SHOTS = 3
NEAREST_OTHERS = 2
NEIGHBOURS = NEAREST_SHOTS + NEAREST_OTHERS
FOUND_FROM = 0.5
NOT_THERE = 0.1
FINDABLE = 0.01


@dataclass(frozen=True, slots=True)
class Sourced:
    """The source stage's result for one class. pull: what its corrector does on held-out shots, if that could be seen."""

    finder: Finder
    split: Lessons
    found: Found
    pull: Pull | None


def source(run: Run) -> dict[int, Sourced]:
    """Each class's finder, and its candidates in target images and held-out shot images, boxes corrected."""
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

        finders: dict[int, Finder] = {}
        parts: dict[int, list[Found]] = {}
        facts: dict[str, Any] = {}
        for class_id, split in splits.items():
            finders[class_id], parts[class_id], pull = _taught_finder(run, class_id, split, tick)
            facts[str(class_id)] = pull and asdict(pull)
        for image in targets:
            dense = run.features.dense(image)
            for class_id, finder in finders.items():
                parts[class_id].append(candidates(dense, finder, image.id, False, splits[class_id].keep))
            tick()
        arrays: Arrays = {}
        for class_id, finder in finders.items():
            arrays.update(model.finder_arrays(finder, f"{class_id}_"))
            arrays.update(Found.join(parts[class_id]).arrays(f"{class_id}_"))
        return facts, arrays

    facts, arrays = run.stage("source", work)
    return {
        class_id: Sourced(
            model.finder_of(arrays, f"{class_id}_"), split, Found.of_arrays(arrays, f"{class_id}_"),
            Pull(**facts[str(class_id)]) if facts[str(class_id)] else None,
        )
        for class_id, split in splits.items()
    }  # fmt: skip


def _taught_finder(
    run: Run, class_id: int, split: Lessons, tick: Callable[[int], None]
) -> tuple[Finder, list[Found], Pull | None]:
    """A class's finder, its candidates in held-out shot images, and whether its corrector earns its place there."""
    views = views_of(run.job, class_id, split.images, run.features, lambda: tick(5))
    finder, held_finders = fit_finders(views, split, run.job.seed)
    images = {image.id: image for image in split.images}
    pulled, plain = [], []
    for fold, held in zip(split.folds, held_finders, strict=True):
        for image_id in sorted(fold):
            dense = run.features.dense(images[image_id])
            pulled.append(candidates(dense, held, image_id, True, split.keep))
            plain.append(candidates(dense, replace(held, corrector=None), image_id, True, split.keep))
            tick(1)
    if len(split.folds) < 2:
        return finder, pulled, None
    pull = measure_pull(pulled, plain, images, class_id)
    return (finder, pulled, pull) if pull.helps else (replace(finder, corrector=None), plain, pull)


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
            probability, index, similarity, objects = [], [], [], []
            for part in _by_image(item.found.take(~item.found.held)):
                one, near = _judge(part, taught, run.features, images)
                probability.append(one)
                index.append(near.index)
                similarity.append(near.similarity)
                objects.append(one[one_per_object(part.xyxy, one, taught.rules)])
                _show_best(run, class_id, part, one)
                done += 1
                run.emitter.progress("verify", done, steps)
            if taught.measured.measured == "none":
                review = unmeasured_threshold(objects)
                taught = replace(taught, measured=replace(taught.measured, threshold_review=review))
            facts[str(class_id)] = model.taught_facts(taught)
            arrays.update({f"{class_id}_{name}": value for name, value in model.taught_arrays(taught).items()})
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


def _judge(
    part: Found, taught: Taught, features: Features, images: Mapping[int, JobImage]
) -> tuple[FloatArray, Neighbours]:
    """One image's candidates; only where a good crop could still make a suggestion is the crop looked at."""
    probability, best = taught.verifier.bounds(without_crops(part))
    count = len(part.image)
    index, similarity = np.full((count, NEIGHBOURS), -1, np.int64), np.full((count, NEIGHBOURS), -1.0, np.float32)
    hopeful = np.flatnonzero(best >= min(HOPELESS, taught.measured.threshold_review))
    if len(hopeful):
        evidence = evidence_of(part.take(hopeful), features, images)
        probability[hopeful] = taught.verifier.probability(evidence, taught.bank.margin(evidence.crop))
        near = taught.bank.nearest(evidence.crop, NEAREST_SHOTS, NEAREST_OTHERS)
        index[hopeful], similarity[hopeful] = near.index, near.similarity
    return probability, Neighbours(index, similarity)


def _by_image(found: Found) -> Iterable[Found]:
    for image_id in dict.fromkeys(found.image.tolist()):
        yield found.take(found.image == image_id)


def _show_best(run: Run, class_id: int, part: Found, probability: FloatArray) -> None:
    best = int(probability.argmax())
    if probability[best] >= FOUND_FROM:
        run.emitter.found(int(part.image[best]), class_id, _plain(part.xyxy[best]), round(float(probability[best]), 4))


def _plain(box: FloatArray) -> list[float]:
    return [round(float(edge), 2) for edge in box]


def train(run: Run, sourced: dict[int, Sourced], judged: dict[int, Judged]) -> None:
    """Fine-tunes a detector on people's boxes and what the class models are sure of."""
    from training.engine.train import fine_tune

    run.stage("train", lambda: (fine_tune(run, pseudo_labels(run, sourced, judged)), {}))


@dataclass(frozen=True, slots=True)
class Object:
    """A place in a target image that a class claims. row: in the class's table of target candidates.

    head: the class head's log odds there. stands: no surer box of a competing class lies there, and no person's.
    """

    class_id: int
    row: int
    xyxy: FloatArray
    probability: float
    head: float
    source: int
    stands: bool = True


def objects_of(job: Job, sourced: dict[int, Sourced], judged: dict[int, Judged]) -> dict[int, list[Object]]:
    """Each target image's objects, one per class and place; classes compete for a place unless people gave it to both somewhere."""
    both = shared(
        [(as_boxes([box.xyxy for box in im.boxes]), _ids([box.class_id for box in im.boxes])) for im in job.images]
    )
    claims: dict[int, list[Object]] = {}
    for class_id, item in sourced.items():
        target, one = item.found.take(~item.found.held), judged[class_id]
        for image_id in dict.fromkeys(target.image.tolist()):
            rows = np.flatnonzero(target.image == image_id)
            for row in rows[one_per_object(target.xyxy[rows], one.probability[rows], one.taught.rules)]:
                claim = Object(
                    class_id, int(row), target.xyxy[row], float(one.probability[row]), float(target.head[row]),
                    int(target.source[row]),
                )  # fmt: skip
                claims.setdefault(image_id, []).append(claim)
    images = {image.id: image for image in job.targets}
    return {image_id: _standing(images[image_id], claim, both) for image_id, claim in claims.items()}


def _standing(image: JobImage, claims: Sequence[Object], both: frozenset[tuple[int, int]]) -> list[Object]:
    """The claims, most probable first, each with whether it stands; what people drew is surer than any."""
    boxes = as_boxes([box.xyxy for box in image.boxes] + [one.xyxy for one in claims])
    classes = _ids([box.class_id for box in image.boxes] + [one.class_id for one in claims])
    drawn = len(image.boxes)
    probability = np.array([2.0] * drawn + [one.probability for one in claims], dtype=np.float32)
    stay = set(one_class_per_object(boxes, probability, classes, both).tolist())
    told = [replace(one, stands=place + drawn in stay) for place, one in enumerate(claims)]
    return sorted(told, key=lambda one: -one.probability)


def _ids(rows: Sequence[int]) -> IntArray:
    return np.asarray(rows, dtype=np.int64)


def pseudo_labels(run: Run, sourced: dict[int, Sourced], judged: dict[int, Judged]) -> list[Pseudo]:
    """Target images of which nobody spoke, with boxes that would be accepted unseen.

    All other boxes that may be the class are not to be learnt from; where people rejected boxes, only they teach.
    """
    sure: dict[int, list[tuple[int, tuple[float, float, float, float]]]] = {}
    unsure: dict[int, list[FloatArray]] = {}
    for image_id, objects in objects_of(run.job, sourced, judged).items():
        for one in objects:
            if one.stands and one.probability >= judged[one.class_id].taught.measured.threshold_auto:
                x1, y1, x2, y2 = (float(edge) for edge in one.xyxy)
                sure.setdefault(image_id, []).append((one.class_id, (x1, y1, x2, y2)))
            elif one.stands and one.probability >= NOT_THERE:
                unsure.setdefault(image_id, []).append(one.xyxy)
    images = {image.id: image for image in run.job.images}
    return [
        Pseudo(images[image_id], tuple(boxes), as_boxes(unsure.get(image_id, [])))
        for image_id, boxes in sure.items() if not images[image_id].boxes and not images[image_id].rejected
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """What an image is told: suggestions, and what was too unlikely to be one, so that people can still look for it."""

    kept: list[dict[str, Any]]
    dropped: list[dict[str, Any]]


def suggest(run: Run, sourced: dict[int, Sourced], judged: dict[int, Judged]) -> None:
    """Writes suggestions.json and each class's model."""
    job = run.job
    per_image = {image.id: Told([], []) for image in job.targets}

    def work() -> tuple[Any, Arrays]:
        for image_id, objects in objects_of(job, sourced, judged).items():
            _tell(run, image_id, objects, judged, per_image[image_id])
        for class_id, item in sourced.items():
            about = {
                "name": job.classes[class_id], "seed": job.seed, "budget": job.budget,
                "detector": run.features.detector_key, "encoder": run.features.encoder_key,
                "weights": run.shelf.used(), "versions": runtime.versions(),
            }  # fmt: skip
            model.save(job.workdir / "model", class_id, item.finder, judged[class_id].taught, about)
        total = sum(len(told.kept) for told in per_image.values())
        run.emitter.log("suggested", f"{total} suggestions in {len(per_image)} images.", suggestions=total)
        return {"suggestions": total}, {}

    if run.store.load("suggest") is None or not (job.workdir / "suggestions.json").is_file():
        _ = run.features
        run.stage("suggest", work)
        _write(run, per_image, sourced, judged)
    else:
        run.emitter.stage("suggest", "skipped")


def _write(run: Run, per_image: dict[int, Told], sourced: dict[int, Sourced], judged: dict[int, Judged]) -> None:
    job = run.job
    classes = {
        str(class_id): {
            **class_summary(one.taught.measured, one.taught.outliers, one.taught.worst),
            "corrected": sourced[class_id].finder.corrector is not None,
            "held_out_iou": asdict(pull) if (pull := sourced[class_id].pull) else None,
        }
        for class_id, one in judged.items()
    }
    write_json(job.workdir / "suggestions.json", {
        "images": [
            {
                "id": image.id,
                "suggestions": sorted(per_image[image.id].kept, key=lambda one: -one["probability"]),
                "dropped": sorted(per_image[image.id].dropped, key=lambda one: -one["probability"]),
            }
            for image in job.targets
        ],
        "classes": classes,
        "info": {
            "seconds": run.seconds, "versions": runtime.versions(), "weights": run.shelf.used(),
            "device": runtime.device_words(run.device), "seed": job.seed, "budget": job.budget,
        },
    })  # fmt: skip


def class_summary(
    measured: Measured, outlier_box_ids: list[int], worst: Sequence[dict[str, Any]] = ()
) -> dict[str, Any]:
    """A class's figures as the results file names them."""
    return {
        "shots": measured.shots, "threshold_review": round(measured.threshold_review, 4),
        "threshold_auto": round(measured.threshold_auto, 4), "measured": measured.measured,
        "precision": measured.precision, "precision_low": measured.precision_low,
        "precision_high": measured.precision_high, "recall": measured.recall, "recall_low": measured.recall_low,
        "recall_high": measured.recall_high, "f1": measured.f1, "ap50": measured.ap50, "pr_curve": measured.pr_curve,
        "outlier_box_ids": outlier_box_ids, "worst": list(worst),
    }  # fmt: skip


def _tell(
    run: Run, image_id: int, objects: Sequence[Object], judged: dict[int, Judged], told: Told
) -> None:  # fmt: skip
    """Adds the suggestions of one image; none where people already spoke of the class."""
    image = run.image(image_id)
    for one in objects:
        spoken = [box.xyxy for box in (*image.boxes, *image.rejected) if box.class_id == one.class_id]
        if iou(one.xyxy[None], as_boxes(spoken)).max(initial=0.0) >= 0.5:
            continue
        mine = judged[one.class_id]
        measured = mine.taught.measured
        state = state_of(one.probability, measured.threshold_review, measured.threshold_auto)
        plain = {"class_id": one.class_id, "xyxy": _plain(one.xyxy), "probability": round(one.probability, 4)}
        if state is not None and one.stands:
            told.kept.append({
                **plain, "score": round(float(sigmoid(one.head)), 4), "source": SOURCES[one.source],
                "state": state, "neighbours": _neighbours(mine, one.row),
            })  # fmt: skip
        elif one.probability >= FINDABLE:
            told.dropped.append(plain)


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
