"""Click to box: what each source of boxes gives for one click, and what the engine answers.

`python bench/engine/clicks.py --report docs/bench/clicks.md`. A click lies at a true box's centre, off by a seed
(normal, a fifth of half a side). Class models learn from ten shots (voc100: five), drawn as in fewshot.py; clicks go to
boxes of other images. MobileSAM stands beside the engine's own sources. "Left out": each set with the settings that the
other sets would choose from a grid.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from statistics import mean, median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from bench.engine.ablation import OpenedRun, opened
from bench.engine.fewshot import FEW, Case, CaseSample, prepare
from bench.engine.measure import corners
from bench.engine.options import add_usual
from bench.engine.segmenter import Segmenter
from training.engine.core.arrays import FloatArray
from training.engine.core.boxes import as_boxes, iou
from training.engine.core.clicks import SOURCES, ClickBoxes, Point, anchors_near, rank
from training.engine.stages.propose import propose
from training.engine.stages.verify import verify
from training.engine.tuning import DEFAULTS
from training.engine.tuning.clicks import ClickSettings
from training.engine.vision import weights

SETS = {
    "raccoon": ("raccoon",), "tomato": ("tomato",), "bccd": ("Platelets",), "voc100": ("person", "chair", "car"),
    "microcontrollers": ("ESP8266", "Arduino_Nano"),
}  # fmt: skip
SIDE = DEFAULTS.detector.fast_sizes[0]
JITTER = 0.2  # half sides, standard deviation
MOST_OFF = 0.8  # half sides
STRICT = 0.75
LIKELY = 0.5  # probability of a candidate that answers alone, where sources answer in turn
NAMES = (*SOURCES, "mask")
OWN, ANY_CLASS = SOURCES, SOURCES[1:]
SETTINGS = replace(DEFAULTS.clicks, trust=(*DEFAULTS.clicks.trust, 1.0), power=(*DEFAULTS.clicks.power, 0.5))
STEPS = {
    "detector": "an image made ready (detector)", "rank": "a click",
    "encoder": "MobileSAM: its encoder, an image", "mask": "its masks, a click",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Click:
    """A click, the true box (4,) that it means, and what all sources say."""

    point: Point
    truth: FloatArray
    boxes: ClickBoxes


@dataclass(slots=True)
class ClickSet:
    """The clicks of one set, and seconds by step."""

    clicks: list[Click] = field(default_factory=list)
    seconds: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    @contextmanager
    def timing(self, name: str) -> Iterator[None]:
        """Notes the seconds of a step, of the clock and of the processor."""
        clock, cpu = time.perf_counter(), time.process_time()
        yield
        self.seconds.setdefault(name, []).append((time.perf_counter() - clock, time.process_time() - cpu))


def jittered(box: FloatArray, rng: np.random.Generator) -> Point:
    """A click on a true box."""
    off = np.clip(rng.normal(0, JITTER, 2), -MOST_OFF, MOST_OFF)
    x, y = (box[:2] + box[2:]) / 2 + off * (box[2:] - box[:2]) / 2
    return float(x), float(y)


def gather(name: str, class_name: str, args: argparse.Namespace, into: ClickSet) -> None:
    """Fits the class, and asks every source about the clicks."""
    case = Case(name, class_name, FEW.get(name, 10), args.seed)
    coco, drawn = prepare(case, args.data, 0)
    drawn = _with_boxes(drawn, args.images)
    with tempfile.TemporaryDirectory(prefix="labelhub-bench-") as folder:
        ready = opened(case, drawn, coco, Path(folder), args)
        _ask(ready, drawn, args, into)


def _with_boxes(drawn: CaseSample, most: int) -> CaseSample:
    rest = [image for image in drawn.rest if drawn.truths[image["file_name"]]][:most]
    return replace(drawn, rest=rest)


def _ask(case: OpenedRun, drawn: CaseSample, args: argparse.Namespace, into: ClickSet) -> None:
    run = case.run
    proposals = propose(run.job, case.readable, case.features, run.tuning, run.emitter)
    verified = verify(run.job, proposals, case.features, run.tuning, run.emitter)[drawn.class_id]
    spans = verified.candidates.spans()
    models = case.features._models
    segmenter = _segmenter(run.device, args)
    rng = np.random.default_rng(args.seed)
    for image in run.job.targets:
        pixels = models.pixels(image)
        with into.timing("detector"):
            dense, anchors = models.detector.look(pixels, SIDE)
        with into.timing("encoder"):
            embedding = segmenter.embed(pixels)
        rows = spans.get(image.id, slice(0, 0))
        always = ClickBoxes.join([
            ClickBoxes.of(verified.candidates.xyxy[rows], verified.probability[rows], "model"),
            ClickBoxes.of(dense.proposals.xyxy, dense.proposals.score, "proposal"),
        ])  # fmt: skip
        for box in as_boxes([corners(one) for one in drawn.truths[image.path.name][: args.clicks]]):
            point = jittered(box, rng)
            with into.timing("mask"):
                xyxy, score = segmenter.boxes(embedding, point)
            with into.timing("rank"):
                own = ClickBoxes.join([always, anchors_near(anchors, point, SETTINGS)])
                rank(own, point, SETTINGS)
            masks = ClickBoxes(xyxy, score, np.full(len(xyxy), NAMES.index("mask"), dtype=np.int64))
            into.clicks.append(Click(point, box, ClickBoxes.join([own, masks]).around(point)))


def _segmenter(device: str, args: argparse.Namespace) -> Segmenter:
    found = weights.resolve("mobile_sam", args.weights_dir)
    return Segmenter(found.path, found.weight.sha256, device, args.cache_dir / "networks", DEFAULTS)


# --- figures ----------------------------------------------------------------------------------------------------------
def only(click: Click, names: Sequence[str]) -> ClickBoxes:
    """What some sources say."""
    wanted = [NAMES.index(name) for name in names]
    return click.boxes.take(np.flatnonzero(np.isin(click.boxes.source, wanted)))


def overlaps(clicks: Sequence[Click], names: Sequence[str], settings: ClickSettings, depth: int = 1) -> list[float]:
    """The overlap of the first box answered with the truth (of the best of the first `depth`), click by click."""
    found = []
    for click in clicks:
        answer = rank(only(click, names), click.point, settings).xyxy[:depth]
        found.append(float(iou(answer, click.truth[None]).max(initial=0.0)))
    return found


def best_there(clicks: Sequence[Click], names: Sequence[str]) -> list[float]:
    """The overlap of the best box that the sources hold: what no choice among them exceeds."""
    return [float(iou(only(click, names).xyxy, click.truth[None]).max(initial=0.0)) for click in clicks]


def in_turn(clicks: Sequence[Click], settings: ClickSettings) -> list[float]:
    """One source after the other: the model's candidate where it is likely, else a proposal, else an anchor's box."""
    found = []
    for click in clicks:
        model = only(click, ["model"])
        sure = model.take(np.flatnonzero(model.score >= LIKELY))
        first = next((one for one in (sure, only(click, ["proposal"]), only(click, ["anchor"])) if len(one)), model)
        answer = rank(first, click.point, settings).xyxy[:1]
        found.append(float(iou(answer, click.truth[None]).max(initial=0.0)))
    return found


def value(found: Sequence[float]) -> float:
    """What settings are chosen by: mean overlap and share over .75 alike."""
    return mean(found) + mean(one >= STRICT for one in found)


def chosen(sets: Sequence[ClickSet]) -> ClickSettings:
    """The settings of the grid that are best on some sets, with and without a class's model; the engine's for none."""
    if not sets:
        return SETTINGS
    grid = [
        replace(SETTINGS, trust=(model, 1.0, 1.0, 1.0), power=(0.5, 1.0, anchor, 0.5), spread=spread, sharpness=sharp)
        for model, anchor, spread, sharp in product((1.0, 3.0), (0.25, 0.5), (0.2, 0.3), (1.0, 2.0, 4.0))
    ]
    return max(
        grid,
        key=lambda one: mean(value(overlaps(of.clicks, use, one)) for of in sets for use in (OWN, ANY_CLASS)),
    )


def worded(found: Sequence[float]) -> str:
    """Mean overlap / share over .75."""
    return f"{mean(found):.3f} / {mean(one >= STRICT for one in found):.2f}"


def table(sets: Mapping[str, ClickSet]) -> str:
    """As Markdown, a row for each way to choose."""
    rows: dict[str, list[list[float]]] = {
        "candidate of the class's model": [overlaps(one.clicks, ["model"], SETTINGS) for one in sets.values()],
        "proposal": [overlaps(one.clicks, ["proposal"], SETTINGS) for one in sets.values()],
        "anchors about the click": [overlaps(one.clicks, ["anchor"], SETTINGS) for one in sets.values()],
        "MobileSAM's masks": [overlaps(one.clicks, ["mask"], SETTINGS) for one in sets.values()],
        "model, else proposal, else anchor": [in_turn(one.clicks, SETTINGS) for one in sets.values()],
        "**all, voting (the engine)**": [overlaps(one.clicks, OWN, SETTINGS) for one in sets.values()],
        "the same, settings of the other sets": [
            overlaps(one.clicks, OWN, chosen([other for other in sets.values() if other is not one]))
            for one in sets.values()
        ],
        "the same, best of the five answered": [
            overlaps(one.clicks, OWN, SETTINGS, SETTINGS.most) for one in sets.values()
        ],
        "**without a class's model**": [overlaps(one.clicks, ANY_CLASS, SETTINGS) for one in sets.values()],
        "all and MobileSAM, voting": [overlaps(one.clicks, NAMES, SETTINGS) for one in sets.values()],
        "without a model, with MobileSAM": [
            overlaps(one.clicks, (*ANY_CLASS, "mask"), SETTINGS) for one in sets.values()
        ],
        "best box there is": [best_there(one.clicks, OWN) for one in sets.values()],
        "best of MobileSAM's": [best_there(one.clicks, ["mask"]) for one in sets.values()],
    }
    head = [f"| mean IoU / share over .75 | {' | '.join(sets)} | mean |", "|---|" + "---|" * (len(sets) + 1)]
    head.append(f"| clicks | {' | '.join(str(len(one.clicks)) for one in sets.values())} | |")
    for name, of_sets in rows.items():
        both = f"{mean(map(mean, of_sets)):.3f} / {mean(mean(o >= STRICT for o in one) for one in of_sets):.2f}"
        head.append(f"| {name} | {' | '.join(map(worded, of_sets))} | {both} |")
    return "\n".join(head)


def prices(sets: Mapping[str, ClickSet]) -> str:
    """Medians of a warm engine, in words."""
    all_of: dict[str, list[tuple[float, float]]] = {}
    for one in sets.values():
        for name, seconds in one.seconds.items():
            all_of.setdefault(name, []).extend(seconds)
    parts = [
        f"{STEPS[name]} {1000 * median(clock for clock, _ in of):.0f} ms ({median(cpu for _, cpu in of):.3f} CPU s)"
        for name, of in all_of.items()
    ]
    return f"Median: {'; '.join(parts)}."


def main(arguments: list[str] | None = None) -> int:
    """Prints a line per class, then the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--images", type=int, default=10, help="of each class, at most")
    parser.add_argument("--clicks", type=int, default=6, help="in each image, at most")
    add_usual(parser)
    parser.add_argument("--report", type=Path, help="write the table into this file")
    args = parser.parse_args(arguments)
    sets: dict[str, ClickSet] = {}
    for name in args.sets:
        sets[name] = ClickSet()
        for class_name in SETS[name]:
            gather(name, class_name, args, sets[name])
            print(f"{name}/{class_name}: {len(sets[name].clicks)} clicks", flush=True)
    text = f"{table(sets)}\n\n{prices(sets)}"
    print(text)
    if args.report:
        head = f"# Click to box\nMade by `python bench/engine/clicks.py`, seed {args.seed}."
        args.report.write_text(f"{head}\n\n{text}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
