"""Label errors found: a share of each kind is planted into true labels, and the engine's list is held against them.

`--fit SET ...` fits the weights of the list on these sets; what is reported should be other ones.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.engine.measure import HIT, STRICT, Box, overlap
from bench.engine.options import add_usual
from bench.engine.planted_errors import KINDS, Label, PlantedError, SpoiltSet, plant
from training.engine import runtime
from training.engine.class_model.logistic import fit_logistic
from training.engine.events import Emitter
from training.engine.label_errors.claims import NONE, Claims, claims_of
from training.engine.label_errors.evidence import Evidence
from training.engine.label_errors.ranking import LabelError, label_errors
from training.engine.run import Run, open_store
from training.engine.stages.cross_fit import cross_fit
from training.engine.stages.prepare import prepare
from training.engine.storage.feature_cache import FeatureCache
from training.engine.storage.files import read_arrays, write_arrays
from training.engine.tuning import DEFAULTS
from training.engine.vision.features import WeightStore
from training.protocol.job import XYXY, Job, JobBox, JobImage

SHARE = 0.05  # of all boxes, for each kind
FIRST = (20, 50)
IMAGES_STREAM = 7
L2 = 1.0


@dataclass(frozen=True, slots=True)
class Case:
    """A set with errors in it. files: path, width and height of each image."""

    name: str
    seed: int
    spoilt: SpoiltSet
    files: dict[int, tuple[Path, int, int]]
    classes: dict[int, str]

    @property
    def complete(self) -> dict[int, frozenset[int]]:
        """All images are called complete for all classes, as if nobody had noticed."""
        return dict.fromkeys(self.files, frozenset(self.classes))

    def job(self, room: Path, args: argparse.Namespace) -> Job:
        """The check of it."""
        images = tuple(
            JobImage(
                image, path, None, width, height, True,
                tuple(JobBox(None, one.class_id, corners(one.box)) for one in self.spoilt.labels[image]), (),
                frozenset(self.classes),
            ) for image, (path, width, height) in self.files.items()
        )  # fmt: skip
        return Job("bench", "check", room, args.cache_dir, args.weights_dir, self.classes, images, device=args.device)


def corners(box: Box) -> XYXY:
    """A COCO box as xyxy."""
    return (box[0], box[1], box[0] + box[2], box[1] + box[3])


def spoilt_set(folder: Path, seed: int, most: int) -> Case:
    """At most so many images of a set, the same for each seed, with errors planted by the seed."""
    coco = json.loads((folder / "annotations.json").read_text(encoding="utf-8"))
    chosen = sorted(np.random.default_rng(IMAGES_STREAM).permutation(len(coco["images"]))[:most])
    rows = [coco["images"][place] for place in chosen]
    files = {row["id"]: (folder / "images" / row["file_name"], row["width"], row["height"]) for row in rows}
    truth: dict[int, list[Label]] = {image: [] for image in files}
    for row in coco["annotations"]:
        if row["image_id"] in truth and min(row["bbox"][2:]) > 1:
            truth[row["image_id"]].append(Label(tuple(row["bbox"]), row["category_id"]))
    used = {label.class_id for labels in truth.values() for label in labels}
    classes = {row["id"]: row["name"] for row in coco["categories"] if row["id"] in used}
    sizes = {image: (width, height) for image, (_path, width, height) in files.items()}
    return Case(folder.name, seed, plant(truth, sizes, SHARE, seed), files, classes)


def evidence_of(case: Case, args: argparse.Namespace) -> Evidence:
    """From --keep where it is there, else made, which takes minutes, and put there."""
    kept = args.keep / f"{case.name}-{case.seed}-{args.most}.npz"
    arrays = read_arrays(kept)
    if arrays is not None:
        return Evidence.unpack(arrays.pop("classes"), arrays)
    runtime.prepare_environment(args.cache_dir / "ultralytics")
    runtime.seed_everything(0)
    runtime.use_threads()
    with tempfile.TemporaryDirectory() as room, Path(os.devnull).open("w") as nowhere:
        emitter, job = Emitter(nowhere), case.job(Path(room), args)
        weights, cache = WeightStore(args.weights_dir, emitter), FeatureCache(args.cache_dir / "features")
        store, device = open_store(job.workdir, "", emitter), runtime.pick_device(args.device)
        run = Run(job, emitter, device, store, weights, cache)
        readable = prepare(job, emitter)
        found = cross_fit(job, readable, run.features(readable.hashes), run.tuning, emitter)
    classes, arrays = found.pack()
    write_arrays(kept, {"classes": np.asarray(classes)} | arrays)
    return found


# --- right or wrong ---------------------------------------------------------------------------------------------------
def points_at(case: Case, error: LabelError) -> PlantedError | None:
    """The planted error that a row of the list is about, whatever it proposes."""
    label = None if error.place is None else case.spoilt.labels[error.image][error.place]
    for one in case.spoilt.errors:
        if one.image != error.image:
            continue
        if label is not None and one.label == label:
            return one
        if label is None and one.kind == "missing" and one.truth and _lies_on(error, one.truth, HIT):
            return one
    return None


def mends(error: LabelError, planted: PlantedError) -> bool:
    """Whether taking the proposal would bring the true label back."""
    if error.kind != planted.kind:
        return False
    if planted.truth is None:
        return True
    if error.kind == "wrong_class":
        return error.proposed == planted.truth.class_id
    right = error.class_id == planted.truth.class_id
    return right and _lies_on(error, planted.truth, STRICT if error.kind == "loose" else HIT)


def _lies_on(error: LabelError, truth: Label, least: float) -> bool:
    assert error.xyxy is not None
    x1, y1, x2, y2 = error.xyxy
    return overlap((x1, y1, x2 - x1, y2 - y1), truth.box) >= least


@dataclass(frozen=True, slots=True)
class Row:
    """The first rows of a list. errors: about a planted error; mended: whose proposal is right; planted: in all."""

    case: str
    seed: int
    kind: str
    first: int
    listed: int
    errors: int
    mended: int
    planted: int

    def line(self) -> str:
        """As a row of the table."""
        share = [f"{part / max(self.listed, 1):.2f}" for part in (self.errors, self.mended)]
        return (
            f"| {self.case} | {self.seed} | {self.kind} | {self.first} | {self.listed} | {share[0]} | {share[1]} "
            f"| {self.mended / max(self.planted, 1):.2f} | {self.planted} |"
        )


HEAD = (
    "| set | seed | kind | first | listed | an error is there | its proposal is right | recall | planted |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


def figures(case: Case, listed: Sequence[LabelError]) -> list[Row]:
    """Of all kinds together, and of each kind's own list."""
    rows = []
    for kind in ("all", *KINDS):
        own = [error for error in listed if kind in ("all", error.kind)]
        planted = sum(kind in ("all", one.kind) for one in case.spoilt.errors)
        for first in FIRST:
            pairs = [(error, points_at(case, error)) for error in own[:first]]
            errors = sum(one is not None for _, one in pairs)
            mended = sum(one is not None and mends(error, one) for error, one in pairs)
            rows.append(Row(case.name, case.seed, kind, first, len(pairs), errors, mended, planted))
    return rows


# --- weights ----------------------------------------------------------------------------------------------------------
def fitted(cases: Sequence[tuple[Case, Evidence]]) -> dict[str, tuple[float, ...]]:
    """Weights of each kind's figures, and a bias, from what was planted."""
    rows: dict[str, list[tuple[np.ndarray, list[bool]]]] = {kind: [] for kind in KINDS}
    for case, evidence in cases:
        for kind, claims in claims_of(evidence, case.complete, DEFAULTS.label_errors).items():
            hits = [_is_planted(case, evidence, kind, claims, row) for row in range(len(claims.box))]
            rows[kind].append((claims.figures, hits))
    found = {}
    for kind, parts in rows.items():
        x, y = np.concatenate([x for x, _ in parts]), np.concatenate([np.array(y, dtype=bool) for _, y in parts])
        linear = fit_logistic(x.astype(np.float32), y, np.ones(len(y), np.float32), L2)
        found[kind] = (*(round(float(one), 2) for one in linear.weight), round(float(linear.bias), 2))
    return found


def _is_planted(case: Case, evidence: Evidence, kind: str, claims: Claims, row: int) -> bool:
    box, found = int(claims.box[row]), int(claims.found[row])
    source = evidence.found if box == NONE else evidence.boxes
    at = found if box == NONE else box
    place = None if box == NONE else int(evidence.boxes.place[box])
    x1, y1, x2, y2 = (float(edge) for edge in evidence.found.xyxy[found]) if found != NONE else (0.0, 0.0, 1.0, 1.0)
    proposed = int(claims.class_id[row]) if kind == "wrong_class" else None
    error = LabelError(int(source.image[at]), kind, place, int(source.class_id[at]), proposed, (x1, y1, x2, y2), 0.0)
    planted = points_at(case, error)
    return planted is not None and planted.kind == kind


def report(rows: Sequence[Row], args: argparse.Namespace, weights: Mapping[str, tuple[float, ...]] | None) -> str:
    """The tables as Markdown."""
    lines = [f"Sets {', '.join(args.sets)}, at most {args.most} images each, seeds {args.seeds}.", "", HEAD]
    lines += [row.line() for row in rows]
    if weights is not None:
        lines += [
            "",
            f"Weights fitted on {', '.join(args.fit)}:",
            *(f"- {kind}: {own}" for kind, own in weights.items()),
        ]
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Plants, looks, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="*", default=["bccd", "voc100", "packaged_products", "aquarium"])
    parser.add_argument("--fit", nargs="*", default=[], metavar="SET")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--most", type=int, default=100, help="at most so many images of a set")
    parser.add_argument("--keep", type=Path, help="folder for what models said, so that only the list is made again")
    parser.add_argument("--report", type=Path, help="a file to write the tables to")
    data = add_usual(parser)
    args = parser.parse_args(arguments)
    args.keep = args.keep or data / "bench" / "label_errors"
    weights = None
    if args.fit:
        cases = [spoilt_set(args.data / name, seed, args.most) for name in args.fit for seed in args.seeds]
        weights = fitted([(case, evidence_of(case, args)) for case in cases])
        print(weights)
    rows: list[Row] = []
    for name in args.sets:
        for seed in args.seeds:
            start, case = time.process_time(), spoilt_set(args.data / name, seed, args.most)
            evidence = evidence_of(case, args)
            rows += figures(case, label_errors(evidence, case.complete, DEFAULTS.label_errors))
            print(f"{name} {seed}: {time.process_time() - start:.0f} CPU s", file=sys.stderr, flush=True)
    text = report(rows, args, weights)
    print(text)
    if args.report:
        args.report.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
