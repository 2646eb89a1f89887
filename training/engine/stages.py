"""The stages of an autolabel run: source, verify, train, suggest."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from training.engine import model, runtime
from training.engine.bank import Neighbours
from training.engine.cache import Arrays
from training.engine.calibrate import Measured, unmeasured_threshold
from training.engine.dataset import Pseudo
from training.engine.features import Features
from training.engine.job import JobImage
from training.engine.learn import Taught, evidence_of, teach
from training.engine.objects import FINDABLE, Judged, Object, Sourced, objects_of
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
from training.engine.store import as_json
from training.engine.suggest import one_per_object, state_of
from training.engine.types import SOURCES, FloatArray, IntArray, View, as_boxes, iou, sigmoid
from training.engine.verify import Heard

NEAREST_SHOTS = 3
NEAREST_OTHERS = 2
NEIGHBOURS = NEAREST_SHOTS + NEAREST_OTHERS
FOUND_FROM = 0.5
NOT_THERE = 0.1
TOGETHER = 8  # images whose crops are looked at in one go


def source(run: Run) -> dict[int, Sourced]:
    """Each class's finder and verifier, and its candidates in images to label, boxes corrected.

    A class is taught before any image to label is looked at: its candidates there then need not keep the detector's features.
    """
    job = run.job
    splits = {class_id: lessons(job, class_id, run.sizes) for class_id in job.classes}

    def work() -> tuple[Any, Arrays]:
        targets = [image for image in job.targets if image.id in run.hashes]
        steps = len(targets) + sum(8 * len(split.images) for split in splits.values())
        done = 0

        def tick(count: int = 1) -> None:
            nonlocal done
            done += count
            run.emitter.progress("source", done, steps)

        finders: dict[int, Finder] = {}
        taught: dict[int, Taught] = {}
        facts: dict[str, Any] = {}
        arrays: Arrays = {}
        for class_id, split in splits.items():
            features = run.features.at(split.side)
            views = views_of(run.job, class_id, split.images, features, lambda: tick(5))
            finders[class_id], held, pull = taught_finder(run, class_id, split, views, tick)
            taught[class_id] = teach(class_id, split, evidence_of(Found.join(held), features, run.images), features)
            if taught[class_id].likeness is not None:
                words = f"The boxes of {job.classes[class_id]} are made alike: their points are compared too."
                run.emitter.log("made_alike", words, class_id=class_id)
            tick(2 * len(split.images))
            facts[str(class_id)] = {"pull": pull and asdict(pull), "taught": model.taught_facts(taught[class_id])}
            arrays.update(model.finder_arrays(finders[class_id], f"{class_id}_"))
            arrays.update({f"{class_id}_{name}": rows for name, rows in model.taught_arrays(taught[class_id]).items()})
        parts: dict[int, list[Heard]] = {class_id: [] for class_id in splits}
        sides = sorted({split.side for split in splits.values()})
        for image in targets:
            for side in sides:
                dense = run.features.at(side).dense(image)
                for class_id in [one for one, split in splits.items() if split.side == side]:
                    found = candidates(dense, finders[class_id], image.id, splits[class_id].keep)
                    parts[class_id].append(found.heard_by(taught[class_id].verifier))
            tick()
        for class_id, heard in parts.items():
            arrays.update(Heard.join(heard).arrays(f"{class_id}_"))
        return facts, arrays

    facts, arrays = run.stage("source", work)
    return {
        class_id: _sourced(class_id, facts[str(class_id)], arrays, split.side) for class_id, split in splits.items()
    }


def _sourced(class_id: int, facts: dict[str, Any], arrays: Arrays, side: int) -> Sourced:
    prefix = f"{class_id}_"
    own = {name.removeprefix(prefix): rows for name, rows in arrays.items() if name.startswith(prefix)}
    pull = Pull(**facts["pull"]) if facts["pull"] else None
    return Sourced(model.finder_of(own), model.taught_of(own, facts["taught"]), Heard.of_arrays(own, ""), pull, side)


def taught_finder(
    run: Run, class_id: int, split: Lessons, views: Sequence[View], tick: Callable[[int], None]
) -> tuple[Finder, list[Found], Pull | None]:
    """A class's finder, its candidates in held-out shot images, and whether its corrector earns its place there."""
    finder, held_finders = fit_finders(views, split, run.job.seed)
    images = {image.id: image for image in split.images}
    several = len(split.folds) > 1
    pulled, plain = [], []
    for fold, held in zip(split.folds, held_finders, strict=True):
        for image_id in sorted(fold):
            dense = run.features.at(split.side).dense(images[image_id])
            pulled.append(candidates(dense, held, image_id, split.keep))
            if several:
                plain.append(candidates(dense, replace(held, corrector=None), image_id, split.keep))
            tick(1)
    if not several:
        return finder, pulled, None
    pull = measure_pull(pulled, plain, images, class_id)
    return (finder, pulled, pull) if pull.helps else (replace(finder, corrector=None), plain, pull)


def verify(run: Run, sourced: dict[int, Sourced]) -> dict[int, Judged]:
    """Each candidate's probability with its neighbours in the bank; image by image, so that each is opened once for all classes."""

    def work() -> tuple[Any, Arrays]:
        spans = {class_id: item.found.spans() for class_id, item in sourced.items()}
        targets = [image for image in run.job.targets if any(image.id in places for places in spans.values())]
        parts: dict[int, list[tuple[FloatArray, Neighbours]]] = {class_id: [] for class_id in sourced}
        objects: dict[int, list[FloatArray]] = {class_id: [] for class_id in sourced}
        # One decoded image is kept: points are compared image by image, right after the crops of each.
        together = TOGETHER if all(item.taught.likeness is None for item in sourced.values()) else 1
        for done in range(0, len(targets), together):
            several = [
                (image, {
                    class_id: item.found.take(spans[class_id][image.id])
                    for class_id, item in sourced.items() if image.id in spans[class_id]
                }) for image in targets[done : done + together]
            ]  # fmt: skip
            for (_, own), told in zip(several, judge(several, sourced, run.features), strict=True):
                for class_id, (one, near) in told.items():
                    parts[class_id].append((one, near))
                    keep = one_per_object(own[class_id].xyxy, one, sourced[class_id].taught.rules)
                    if sourced[class_id].taught.measured.measured == "none":
                        objects[class_id].append(one[keep])
                    _show_best(run, class_id, own[class_id], one)
            run.emitter.progress("verify", done + len(several), len(targets))
        facts, arrays = {}, {}
        for class_id, item in sourced.items():
            measured = item.taught.measured
            unmeasured = measured.measured == "none"
            facts[str(class_id)] = unmeasured_threshold(objects[class_id]) if unmeasured else measured.threshold_review
            nothing = Neighbours(np.zeros((0, NEIGHBOURS), np.int64), np.zeros((0, NEIGHBOURS), np.float32))
            whole = [(np.zeros(0, np.float32), nothing), *parts[class_id]]
            arrays[f"{class_id}_probability"] = np.concatenate([one for one, _ in whole])
            arrays[f"{class_id}_neighbours"] = np.concatenate([near.index for _, near in whole])
            arrays[f"{class_id}_similarity"] = np.concatenate([near.similarity for _, near in whole])
        return facts, arrays

    facts, arrays = run.stage("verify", work)
    judged = {}
    for class_id, item in sourced.items():
        measured = replace(item.taught.measured, threshold_review=facts[str(class_id)])
        names = ("probability", "neighbours", "similarity")
        judged[class_id] = Judged(
            replace(item.taught, measured=measured), *(arrays[f"{class_id}_{name}"] for name in names)
        )  # fmt: skip
    return judged


def judge(
    several: Sequence[tuple[JobImage, Mapping[int, Heard]]], sourced: Mapping[int, Sourced], features: Features
) -> list[dict[int, tuple[FloatArray, Neighbours]]]:
    """Some images' candidates of all classes; only where a good crop could still make a suggestion is the crop looked at."""
    bounds = [
        {class_id: sourced[class_id].taught.verifier.bounds(part) for class_id, part in own.items()} for _, own in several
    ]  # fmt: skip
    hopeful = [
        {class_id: np.flatnonzero(best >= sourced[class_id].taught.hopeless) for class_id, (_, best) in each.items()}
        for each in bounds
    ]
    crops = features.crops_of([
        (image, np.concatenate([as_boxes([]), *(own[class_id].xyxy[rows] for class_id, rows in chosen.items())]))
        for (image, own), chosen in zip(several, hopeful, strict=True)
    ])  # fmt: skip
    judged = []
    for (image, own), each, chosen, rest in zip(several, bounds, hopeful, crops, strict=True):
        told = {}
        for class_id, rows in chosen.items():
            mine, rest = rest[: len(rows)], rest[len(rows) :]
            told[class_id] = _judged(
                image, own[class_id], each[class_id][0], rows, mine, sourced[class_id].taught, features
            )
        judged.append(told)
    return judged


def _judged(
    image: JobImage,
    part: Heard,
    poor: FloatArray,
    rows: IntArray,
    crops: FloatArray,
    taught: Taught,
    features: Features,
) -> tuple[FloatArray, Neighbours]:
    """One class in one image. poor: (n,) probabilities without a look; rows: whose crops (their features) were looked at."""
    shape = (len(part), NEIGHBOURS)
    index, similarity = np.full(shape, -1, np.int64), np.full(shape, -1.0, np.float32)
    probability = poor
    if len(rows):
        probability[rows] = taught.verifier.probability(part.take(rows), crops, taught.bank.margin(crops))
        near = taught.bank.nearest(crops, NEAREST_SHOTS, NEAREST_OTHERS)
        index[rows], similarity[rows] = near.index, near.similarity
    if taught.likeness is not None:
        probability = taught.likeness.probability(
            part.xyxy, probability, taught.rules, partial(features.points, image)
        )  # fmt: skip
    return probability, Neighbours(index, similarity)


def _show_best(run: Run, class_id: int, part: Heard, probability: FloatArray) -> None:
    best = int(probability.argmax())
    if probability[best] >= FOUND_FROM:
        run.emitter.found(int(part.image[best]), class_id, _plain(part.xyxy[best]), round(float(probability[best]), 4))


def _plain(box: FloatArray) -> list[float]:
    return [round(float(edge), 2) for edge in box]


def train(run: Run, sourced: dict[int, Sourced], judged: dict[int, Judged]) -> None:
    """Fine-tunes a detector on people's boxes and what the class models are sure of."""
    from training.engine.train import fine_tune

    run.stage("train", lambda: (fine_tune(run, pseudo_labels(run, sourced, judged)), {}))


def pseudo_labels(run: Run, sourced: dict[int, Sourced], judged: dict[int, Judged]) -> list[Pseudo]:
    """Target images of which nobody spoke, with boxes that would be accepted unseen.

    All other boxes that may be the class are not to be learnt from; where people rejected boxes, only they teach.
    """
    sure: dict[int, list[tuple[int, tuple[float, float, float, float]]]] = {}
    unsure: dict[int, list[FloatArray]] = {}
    for image, objects in objects_of(run.job, sourced, judged):
        if image.boxes or image.rejected:
            continue
        for one in objects:
            measured = judged[one.class_id].taught.measured
            state = state_of(one.probability, measured.threshold_review, measured.threshold_auto)
            if one.stands and state == "auto":
                x1, y1, x2, y2 = (float(edge) for edge in one.xyxy)
                sure.setdefault(image.id, []).append((one.class_id, (x1, y1, x2, y2)))
            elif one.probability >= NOT_THERE:
                unsure.setdefault(image.id, []).append(one.xyxy)
    return [
        Pseudo(run.images[image_id], tuple(boxes), as_boxes(unsure.get(image_id, [])))
        for image_id, boxes in sure.items()
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """What an image is told: suggestions, and what is none but can be looked for: the unlikely, and what a rival beat."""

    kept: list[dict[str, Any]]
    dropped: list[dict[str, Any]]

    def of_image(self, image_id: int) -> dict[str, Any]:
        """As the results file has it, most probable first."""
        kept, dropped = (sorted(rows, key=lambda one: -one["probability"]) for rows in (self.kept, self.dropped))
        return {"id": image_id, "suggestions": kept, "dropped": dropped}


def suggest(run: Run, sourced: dict[int, Sourced], judged: dict[int, Judged]) -> None:
    """Writes suggestions.json and each class's model. Images go into the file one by one: all at once would fill the memory."""
    job = run.job
    results, part = job.workdir / "suggestions.json", job.workdir / ".suggestions.json.part"
    if results.is_file() and run.store.load("suggest") is not None:
        run.emitter.stage("suggest", "skipped")
        return
    run.store.drop("suggest")

    def work() -> tuple[Any, Arrays]:
        total = 0
        with part.open("w", encoding="utf-8") as file:
            file.write('{"images": [')
            for place, (image, objects) in enumerate(objects_of(job, sourced, judged)):
                told = _told(image, objects, judged)
                total += len(told.kept)
                file.write((", " if place else "") + as_json(told.of_image(image.id)))
        for class_id, item in sourced.items():
            about = {
                "name": job.classes[class_id], "seed": job.seed, "budget": job.budget,
                "detector": run.features.at(item.side).detector_key, "encoder": run.features.encoder_key,
                "weights": run.shelf.used(), "versions": runtime.versions(),
            }  # fmt: skip
            model.save(job.workdir / "model", class_id, item.finder, judged[class_id].taught, about)
        run.emitter.log("suggested", f"{total} suggestions in {len(job.targets)} images.", suggestions=total)
        return {"suggestions": total}, {}

    _ = run.features
    run.stage("suggest", work)
    with part.open("a", encoding="utf-8") as file:
        file.write(f'], "classes": {as_json(_classes(sourced, judged))}, "info": {as_json(_info(run))}}}')
    os.replace(part, results)


def _classes(sourced: dict[int, Sourced], judged: dict[int, Judged]) -> dict[str, Any]:
    return {
        str(class_id): {
            **class_summary(one.taught.measured, one.taught.outliers, one.taught.worst),
            "corrected": sourced[class_id].finder.corrector is not None,
            "made_alike": one.taught.likeness is not None,
            "held_out_iou": asdict(pull) if (pull := sourced[class_id].pull) else None,
        }
        for class_id, one in judged.items()
    }


def _info(run: Run) -> dict[str, Any]:
    return {
        "seconds": run.seconds, "versions": runtime.versions(), "weights": run.shelf.used(),
        "device": runtime.device_words(run.device), "seed": run.job.seed, "budget": run.job.budget,
    }  # fmt: skip


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


def _told(image: JobImage, objects: Sequence[Object], judged: dict[int, Judged]) -> Told:
    """The suggestions of one image; none where people already spoke of the class."""
    told = Told([], [])
    for one in objects:
        drawn = as_boxes([box.xyxy for box in image.boxes if box.class_id == one.class_id])
        if iou(one.xyxy[None], drawn).max(initial=0.0) >= 0.5:
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
    return told


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
