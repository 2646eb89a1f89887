"""Traces: what the engine made of a draw, step by step, kept on disk so that figures, thresholds, calibration and
fusion can be studied in seconds without running it again.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.engine.ablation import OpenedRun, opened
from bench.engine.fewshot import Case, CaseSample, prepare
from training.engine.class_model.candidates import Candidates
from training.engine.class_model.objects import Verification, objects_of, with_count_prior
from training.engine.class_model.proposals import Proposer
from training.engine.core.arrays import FloatArray
from training.engine.core.boxes import as_boxes
from training.engine.core.dense import Dense
from training.engine.stages.propose import ClassProposals, propose
from training.engine.stages.self_training import self_train
from training.engine.stages.suggest import suggestions_of
from training.engine.stages.verify import verify
from training.engine.storage.files import Arrays, read_arrays, write_arrays
from training.engine.tuning import DEFAULTS, Tuning
from training.protocol.stages import trains_itself

LEAST_BOXES = 25
STATES = ("dropped", "review", "auto")


@dataclass(frozen=True, slots=True)
class Trace:
    """One draw. facts: plain values. arrays: by name, see `made`."""

    facts: dict[str, Any]
    arrays: Arrays

    @property
    def set_name(self) -> str:
        """Its set."""
        return str(self.facts["set"])

    def candidates(self, prefix: str) -> Candidates:
        """first: as they were verified; last: after self-training, where there was any."""
        return Candidates.of_arrays(self.arrays, f"{prefix}_")

    @property
    def name(self) -> str:
        """Set and class."""
        return f"{self.facts['set']}/{self.facts['class']}"


def classes_of(data: Path, least: int = LEAST_BOXES) -> list[str]:
    """All classes with so many boxes, as SET/CLASS."""
    names = []
    for file in sorted(data.glob("*/annotations.json")):
        coco = json.loads(file.read_text(encoding="utf-8"))
        counts: dict[int, int] = {}
        for row in coco["annotations"]:
            counts[row["category_id"]] = counts.get(row["category_id"], 0) + 1
        names += [
            f"{file.parent.name}/{row['name']}" for row in coco["categories"] if counts.get(row["id"], 0) >= least
        ]
    return names


def trace(case: Case, folder: Path, args: argparse.Namespace) -> Trace:
    """The trace of a case, from the folder or made now and kept there."""
    path = folder / f"{case.set_name}-{case.class_name}-{case.shots}-{case.seed}.npz".replace(" ", "_")
    if (there := _read(path)) is not None:
        return there
    coco, drawn = prepare(case, args.data, args.max_test)
    with tempfile.TemporaryDirectory(prefix="labelhub-bench-") as room:
        made = _make(opened(case, drawn, coco, Path(room), args, tuning_of(case, args)), case, drawn, args)
    write_arrays(path, {**made.arrays, "facts": np.array(json.dumps(made.facts))})
    return made


def kept(folder: Path) -> list[Trace]:
    """All traces of a folder."""
    return [one for path in sorted(folder.glob("*.npz")) if (one := _read(path)) is not None]


def _read(path: Path) -> Trace | None:
    arrays = read_arrays(path) if path.is_file() else None
    return None if arrays is None else Trace(json.loads(str(arrays.pop("facts"))), arrays)


def tuning_of(case: Case, args: argparse.Namespace) -> Tuning:
    """The engine's settings, with the fusion's weights that were chosen without the case's set, where they are
    given.
    """
    tuning = DEFAULTS
    if args.fusion:
        *weights, second, bias = json.loads(args.fusion.read_text(encoding="utf-8"))[case.set_name]
        verifier = replace(tuning.verifier, weights=tuple(weights), second_weight=second, bias=bias)
        tuning = replace(tuning, verifier=verifier)
    if args.detector:
        tuning = replace(tuning, detector=replace(tuning.detector, fast=args.detector))
    if args.second_gain is not None:
        tuning = replace(tuning, second_source=replace(tuning.second_source, least_gain=args.second_gain))
    return tuning


def _make(at: OpenedRun, case: Case, drawn: CaseSample, args: argparse.Namespace) -> Trace:
    began, start = time.process_time(), time.monotonic()
    job, tuning, emitter, class_id = at.run.job, at.run.tuning, at.run.emitter, drawn.class_id
    proposals = propose(job, at.readable, at.features, tuning, emitter)
    first = verify(job, proposals, at.features, tuning, emitter)
    again = first
    if trains_itself(job):
        again = first | self_train(job, at.readable, proposals, first, at.features, tuning, emitter)
    last = with_count_prior(job, again, tuning)
    cpu, elapsed = time.process_time() - began, time.monotonic() - start
    model, one = proposals[class_id].model, last[class_id]
    arrays = {
        **_truth(at, drawn), **_objects(at, proposals, last), **_table("first", first[class_id]),
        **_table("last", one), **_crops(at, proposals[class_id], first[class_id]),
        "curve": np.array(model.measured.pr_curve, dtype=np.float64).reshape(-1, 3),
    }  # fmt: skip
    if args.losses:
        arrays |= _raw(at, proposals[class_id])
    facts = {
        "set": case.set_name, "class": case.class_name, "shots": case.shots, "seed": case.seed,
        "boxes": model.measured.shots, "shot_images": len(drawn.given), "tested": len(drawn.rest),
        "cpu_s": round(cpu, 1), "wall_s": round(elapsed, 1), "side": model.input_size, "most": model.most_candidates,
        "review": one.measured.threshold_review, "auto": one.measured.threshold_auto,
        "held_out_review": model.measured.threshold_review, "measured": one.measured.measured,
        "overlap": model.rules.overlap, "nested": model.rules.nested, "alike": model.keypoint_verifier is not None,
        "corrected": model.proposer.corrector is not None, "self_trained": again[class_id] is not first[class_id],
        "second": model.second is not None, "second_gain": model.second_gain,
        "stretch": model.verifier.fusion.weight.tolist(), "bias": model.verifier.fusion.bias,
    }  # fmt: skip
    return Trace(facts, arrays)


def _truth(at: OpenedRun, drawn: CaseSample) -> Arrays:
    """The true boxes of the tested images (xyxy), with the number of their image."""
    names = {image.path.name: image.id for image in at.run.job.targets}
    rows = [
        (names[image["file_name"]], (x, y, x + w, y + h))
        for image in drawn.rest
        for x, y, w, h in drawn.truths[image["file_name"]]
    ]
    return {
        "truth_image": np.array([number for number, _ in rows], dtype=np.int64),
        "truth_xyxy": as_boxes([box for _, box in rows]),
        "tested_image": np.array(sorted(names.values()), dtype=np.int64),
    }


def _objects(at: OpenedRun, proposals: Mapping[int, ClassProposals], last: Mapping[int, Verification]) -> Arrays:
    """What the results file would hold."""
    rows: list[tuple[int, list[float], float, int]] = []
    settings = at.run.tuning.suppression
    for image, objects in objects_of(at.run.job, last, settings):
        found = suggestions_of(image, objects, proposals, last, settings)
        for one in found.suggestions:
            rows.append((image.id, one["xyxy"], one["probability"], STATES.index(one["state"])))
        rows += [(image.id, one["xyxy"], one["probability"], 0) for one in found.dropped]
    return {
        "object_image": np.array([row[0] for row in rows], dtype=np.int64),
        "object_xyxy": as_boxes([row[1] for row in rows]),
        "object_p": np.array([row[2] for row in rows], dtype=np.float64),
        "object_state": np.array([row[3] for row in rows], dtype=np.int64),
    }


def _table(prefix: str, one: Verification) -> Arrays:
    """Candidates with their scores and probabilities."""
    return {**one.candidates.arrays(f"{prefix}_"), f"{prefix}_p": one.probability}


def _crops(at: OpenedRun, proposals: ClassProposals, verified: Verification) -> Arrays:
    """Of each candidate whether its crop was looked at, and what its crop and its margin said; 0 where it was not."""
    model, candidates = proposals.model, proposals.candidates
    seen = verified.neighbours.max(axis=1, initial=-1) >= 0
    crop, margin = np.zeros((2, len(candidates)), dtype=np.float32)
    images = {image.id: image for image in at.run.job.targets}
    for image_id, rows in candidates.spans().items():
        mine = np.flatnonzero(seen[rows]) + rows.start
        if len(mine):
            features = at.features.crops(images[image_id], candidates.xyxy[mine])
            crop[mine], margin[mine] = model.verifier.crop.logits(features), model.bank.margin(features)
    return {"seen": seen, "crop": crop, "margin": margin}


def _raw(at: OpenedRun, proposals: ClassProposals) -> Arrays:
    """Every box that a source proposed, before and after correction, ahead of all joining and cutting."""
    model, features = proposals.model, at.features.at(proposals.model.input_size)
    parts: list[tuple[int, FloatArray, FloatArray]] = []
    for image in at.readable.targets(at.run.job):
        dense = features.dense(image)
        parts.append((image.id, *_raw_boxes(dense, model.proposer, model.most_candidates)))
    return {
        "raw_image": np.concatenate([np.full(len(boxes), number, dtype=np.int64) for number, boxes, _ in parts]),
        "raw_xyxy": np.concatenate([boxes for _, boxes, _ in parts]),
        "raw_corrected": np.concatenate([boxes for _, _, boxes in parts]),
    }


def _raw_boxes(dense: Dense, proposer: Proposer, most: int) -> tuple[FloatArray, FloatArray]:
    own, _ = proposer.head.boxes(dense, proposer.head.logits(dense), 2 * most)
    raw = np.concatenate([own.xyxy, dense.proposals.xyxy])
    return raw, raw if proposer.corrector is None else proposer.corrector(dense, raw)
