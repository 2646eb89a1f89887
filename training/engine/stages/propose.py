"""Stage: proposals, places where a class may be, before anybody judged them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

from training.engine.class_model import serialization
from training.engine.class_model.candidates import Heard
from training.engine.class_model.fit import Taught, evidence_of, teach
from training.engine.class_model.objects import Sourced
from training.engine.class_model.proposals import Finder, Found, Pull, candidates, fit_finders, measure_pull, views_of
from training.engine.class_model.shot_split import Lessons, lessons
from training.engine.core.dense import View
from training.engine.run import Run
from training.engine.storage.files import Arrays


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
            facts[str(class_id)] = {
                "pull": pull and asdict(pull),
                "taught": serialization.taught_facts(taught[class_id]),
            }
            arrays.update(serialization.finder_arrays(finders[class_id], f"{class_id}_"))
            arrays.update(
                {f"{class_id}_{name}": rows for name, rows in serialization.taught_arrays(taught[class_id]).items()}
            )
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
    return Sourced(
        serialization.finder_of(own),
        serialization.taught_of(own, facts["taught"]),
        Heard.of_arrays(own, ""),
        pull,
        side,
    )


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
