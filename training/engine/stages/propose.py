"""Stage: proposals, places where a class may be, before anybody judged them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

from training.engine.class_model import serialization
from training.engine.class_model.candidates import Candidates
from training.engine.class_model.fit import ClassModel, fit_class_model, with_crop_features
from training.engine.class_model.objects import ClassProposals
from training.engine.class_model.proposals import (
    CandidateFeatures,
    CorrectorGain,
    Proposer,
    find_candidates,
    fit_proposers,
    measure_gain,
    views_of,
)
from training.engine.class_model.shot_split import ShotSplit, split_shots
from training.engine.core.dense import View
from training.engine.run import Run
from training.engine.storage.files import Arrays
from training.protocol.stages import PROPOSE


def source(run: Run) -> dict[int, ClassProposals]:
    """Each class's finder and verifier, and its candidates in images to label, boxes corrected.

    A class is taught before any image to label is looked at: its candidates there then need not keep the detector's features.
    """
    job = run.job
    splits = {class_id: split_shots(job, class_id, run.sizes) for class_id in job.classes}

    def work() -> tuple[Any, Arrays]:
        targets = [image for image in job.targets if image.id in run.hashes]
        steps = len(targets) + sum(8 * len(split.images) for split in splits.values())
        done = 0

        def tick(count: int = 1) -> None:
            nonlocal done
            done += count
            run.emitter.progress(PROPOSE.name, done, steps)

        proposers: dict[int, Proposer] = {}
        models: dict[int, ClassModel] = {}
        facts: dict[str, Any] = {}
        arrays: Arrays = {}
        for class_id, split in splits.items():
            features = run.features.at(split.side)
            views = views_of(run.job, class_id, split.images, features, lambda: tick(5))
            proposers[class_id], held_out, gain = fit_proposer(run, class_id, split, views, tick)
            models[class_id] = fit_class_model(
                class_id, split, with_crop_features(CandidateFeatures.join(held_out), features, run.images), features
            )
            if models[class_id].keypoint_verifier is not None:
                text = f"The boxes of {job.classes[class_id]} are made alike: their points are compared too."
                run.emitter.log("made_alike", text, class_id=class_id)
            tick(2 * len(split.images))
            facts[str(class_id)] = {
                "pull": gain and asdict(gain),
                "taught": serialization.model_facts(models[class_id]),
            }
            arrays.update(serialization.proposer_arrays(proposers[class_id], f"{class_id}_"))
            arrays.update(
                {f"{class_id}_{name}": rows for name, rows in serialization.model_arrays(models[class_id]).items()}
            )
        parts: dict[int, list[Candidates]] = {class_id: [] for class_id in splits}
        sides = sorted({split.side for split in splits.values()})
        for image in targets:
            for side in sides:
                dense = run.features.at(side).dense(image)
                for class_id in [one for one, split in splits.items() if split.side == side]:
                    found = find_candidates(dense, proposers[class_id], image.id, splits[class_id].most_candidates)
                    parts[class_id].append(found.scored_by(models[class_id].verifier))
            tick()
        for class_id, parts_of_class in parts.items():
            arrays.update(Candidates.join(parts_of_class).arrays(f"{class_id}_"))
        return facts, arrays

    facts, arrays = run.stage(PROPOSE.name, work)
    return {
        class_id: _class_proposals(class_id, facts[str(class_id)], arrays, split.side)
        for class_id, split in splits.items()
    }


def _class_proposals(class_id: int, facts: dict[str, Any], arrays: Arrays, side: int) -> ClassProposals:
    prefix = f"{class_id}_"
    own = {name.removeprefix(prefix): rows for name, rows in arrays.items() if name.startswith(prefix)}
    gain = CorrectorGain(**facts["pull"]) if facts["pull"] else None
    return ClassProposals(
        serialization.proposer_of(own),
        serialization.model_of(own, facts["taught"]),
        Candidates.of_arrays(own, ""),
        gain,
        side,
    )


def fit_proposer(
    run: Run, class_id: int, split: ShotSplit, views: Sequence[View], tick: Callable[[int], None]
) -> tuple[Proposer, list[CandidateFeatures], CorrectorGain | None]:
    """A class's finder, its candidates in held-out shot images, and whether its corrector earns its place there."""
    proposer, held_out_proposers = fit_proposers(views, split, run.job.seed)
    images = {image.id: image for image in split.images}
    several = len(split.folds) > 1
    corrected, plain = [], []
    for fold, held_out in zip(split.folds, held_out_proposers, strict=True):
        for image_id in sorted(fold):
            dense = run.features.at(split.side).dense(images[image_id])
            corrected.append(find_candidates(dense, held_out, image_id, split.most_candidates))
            if several:
                plain.append(find_candidates(dense, replace(held_out, corrector=None), image_id, split.most_candidates))
            tick(1)
    if not several:
        return proposer, corrected, None
    gain = measure_gain(corrected, plain, images, class_id)
    return (proposer, corrected, gain) if gain.helps else (replace(proposer, corrector=None), plain, gain)
