"""What each source of boxes finds and costs: `python bench/engine/sources.py --report docs/bench/sources.md`.

Recall of true boxes (IoU .5) in up to 100 images, whatever the probability: what no source proposes, nothing later can
find. Sources are the generic detector's proposals (class ignored), the class's own head, both joined and corrected as
the engine keeps them, and the same at twice the pixels. What one more source brings stands beside the seconds that it
takes for 100 images.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from bench.engine.ablation import OpenedRun, opened
from bench.engine.fewshot import ANCHORED, FEW, Case, prepare
from bench.engine.options import add_usual
from training.engine.class_model.proposals import find_candidates, fit_proposers, views_of
from training.engine.class_model.shot_split import ShotSplit, split_shots
from training.engine.core.arrays import FloatArray
from training.engine.core.boxes import as_boxes, iou

SIDES = (640, 1280)
TIMED = 8  # fresh passes of the detector whose mean is taken
IMAGES = 100


@dataclass(frozen=True, slots=True)
class Reach:
    """Recall of each source at one side, and seconds: of one pass of the detector, of teaching the head, of the head in
    one image.
    """

    generic: float
    head: float
    kept: float
    boxes: float
    pass_s: float
    fit_s: float
    head_s: float

    @property
    def head_cost(self) -> float:
        """Seconds that the head takes for 100 images, its teaching included."""
        return self.fit_s + IMAGES * self.head_s


@dataclass(frozen=True, slots=True)
class Row:
    """One class at both sides. own: the side that its shots choose."""

    name: str
    plain: Reach
    large: Reach
    own: int

    @property
    def head_brings(self) -> float:
        """Points of recall that the head and the corrector add to the generic detector."""
        return 100 * (self.plain.kept - self.plain.generic)

    @property
    def pixels_bring(self) -> float:
        """Points of recall that twice the pixels add to both sources."""
        return 100 * (self.large.kept - self.plain.kept)


def reach(case: OpenedRun, class_id: int, side: int, truths: dict[str, list[list[float]]]) -> Reach:
    """Fits the class at this input size and looks through all targets."""
    run, tuning = case.run, case.run.tuning
    split = split_shots(run.job, class_id, case.readable.sizes, tuning.shot_split)
    split = ShotSplit(split.images, split.folds[:1], split.most_candidates, side)
    features = case.features.at(side)
    pass_s = _pass_seconds(case, side)
    views = views_of(run.job, class_id, split.images, features, lambda: None, tuning.views)
    start = time.monotonic()
    proposer, _ = fit_proposers(views, split, run.job.seed, tuning)
    fit_s = time.monotonic() - start + pass_s * (len(views) - len(split.images))
    found: dict[str, list[bool]] = {"generic": [], "head": [], "kept": []}
    boxes, spent = [], 0.0
    for image in run.job.targets:
        true = as_boxes([[x, y, x + w, y + h] for x, y, w, h in truths[image.path.name]])
        dense = features.dense(image)
        start = time.monotonic()
        kept = find_candidates(dense, proposer, image.id, split.most_candidates, tuning.proposals)
        spent += time.monotonic() - start
        own, _ = proposer.head.boxes(dense, proposer.head.logits(dense), 2 * split.most_candidates)
        boxes.append(len(kept.xyxy))
        for name, several in (("generic", dense.proposals.xyxy), ("head", own.xyxy), ("kept", kept.xyxy)):
            found[name] += _covered(true, several)
    recall = {name: float(np.mean(hits)) for name, hits in found.items()}
    return Reach(**recall, boxes=mean(boxes), pass_s=pass_s, fit_s=fit_s, head_s=spent / len(boxes))


def _covered(true: FloatArray, boxes: FloatArray) -> list[bool]:
    return [bool(one >= 0.5) for one in iou(true, boxes).max(axis=1, initial=0.0)]


def _pass_seconds(case: OpenedRun, side: int) -> float:
    """Mean seconds of a fresh pass, after one that loads the network."""
    detector, images = case.features._models.detector, case.run.job.targets[: TIMED + 1]
    pixels = [case.features._models.pixels(image) for image in images]
    detector.dense(pixels[0], side)
    start = time.monotonic()
    for one in pixels[1:]:
        detector.dense(one, side)
    return (time.monotonic() - start) / max(len(pixels) - 1, 1)


def table(rows: list[Row]) -> str:
    """As Markdown, means over seeds in each row."""
    lines = [
        "| set / class | generic | own head | joined, corrected, kept | boxes kept | at 1280 px | side chosen"
        " | head: points of recall / s for 100 images | 1280 px: points / s |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    names = list(dict.fromkeys(row.name for row in rows))
    for name in names:
        several = [row for row in rows if row.name == name]

        def of(value: str, side: str = "plain", several: list[Row] = several) -> float:
            return float(mean(getattr(getattr(row, side), value) for row in several))

        head = f"{mean(row.head_brings for row in several):+.1f} / {of('head_cost'):.1f}"
        pixels = f"{mean(row.pixels_bring for row in several):+.1f} / {IMAGES * of('pass_s', 'large'):.0f}"
        side = ", ".join(sorted({str(row.own) for row in several}))
        lines.append(
            f"| {name} | {of('generic'):.3f} | {of('head'):.3f} | {of('kept'):.3f} | {of('boxes'):.0f}"
            f" | {of('kept', 'large'):.3f} | {side} | {head} | {pixels} |"
        )
    generic = IMAGES * mean(row.plain.pass_s for row in rows)
    lines.append(
        f"\nThe generic detector takes {generic:.0f} s for 100 images at 640 px; the head reads the same pass."
    )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Prints a line per case, then the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="+", default=list(ANCHORED), metavar="SET/CLASS")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    add_usual(parser)
    parser.add_argument("--report", type=Path, help="write the table into this file")
    args = parser.parse_args(arguments)
    rows = []
    for name in args.sets:
        set_name, class_name = name.split("/", 1)
        for seed in args.seeds:
            case = Case(set_name, class_name, FEW.get(set_name, 10), seed)
            coco, drawn = prepare(case, args.data, IMAGES)
            with tempfile.TemporaryDirectory(prefix="labelhub-bench-") as folder:
                ready = opened(case, drawn, coco, Path(folder), args)
                settings = ready.run.tuning.shot_split
                own = split_shots(ready.run.job, drawn.class_id, ready.readable.sizes, settings).side
                plain, large = (reach(ready, drawn.class_id, side, drawn.truths) for side in SIDES)
            rows.append(Row(name, plain, large, own))
            print(f"{name} seed {seed}: {plain} at 1280 {large}", flush=True)
    text = table(rows)
    print(text)
    if args.report:
        seeds = ", ".join(map(str, args.seeds))
        head = (
            f"# Sources\nMade by `python bench/engine/sources.py`, seeds {seeds}: recall of true boxes (IoU .5) in up "
            "to 100 images,"
            " whatever the probability. The head's seconds hold its teaching and the variations of its shots."
        )
        args.report.write_text(f"{head}\n\n{text}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
