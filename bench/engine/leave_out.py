"""All sets of the data folder: the draws from which constants are chosen by leaving out one set after another.

`python bench/engine/leave_out.py --report docs/bench/leave_out.md` runs the engine over every class with 25 boxes and
more, keeps a trace of each draw (bench/engine/traces.py) and prints figures by set. Seeds 0-2 choose, seeds 3 and 4 are
only reported. A draw that has a trace is not run again, whatever the code: give every state of it a folder of its own.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


from bench.engine.fewshot import Case
from bench.engine.losses import Losses, losses_of
from bench.engine.measure import Bin, Figures, Guess, calibration, figures, pooled
from bench.engine.options import add_usual
from bench.engine.traces import Trace, classes_of, trace
from training.engine.core.boxes import as_boxes

CHOOSING, REPORTED = (0, 1, 2), (3, 4)
LEAST_TRUE = 5  # true boxes in the tested images; of fewer, a draw says nothing
HEADS = (
    "F1", "best F1", "precision", "recall", "recall kept", "AP50", "mean IoU", "F1 at .75", "ECE", "bias",
    "auto P", "auto share", "time saved", "CPU s",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Result:
    """A draw's figures. bias: the mean of probability less hit over its suggestions. saved: share of the drawing
    time.
    """

    trace: Trace
    figures: Figures
    losses: Losses | None

    @property
    def bias(self) -> float:
        """How much too high its probabilities are."""
        bins = self.figures.bins
        return sum(one.promised - one.hits for one in bins) / max(sum(one.count for one in bins), 1)

    @property
    def saved(self) -> float:
        """Share of the time that drawing all by hand takes."""
        return self.figures.minutes_saved / max(self.figures.minutes_by_hand, 1e-9)

    def row(self) -> list[float | None]:
        """In the order of HEADS."""
        one = self.figures
        return [
            one.f1, one.best_f1, one.precision, one.recall, one.recall_all, one.ap50, one.mean_iou, one.f1_strict,
            one.ece, self.bias, one.auto_precision, one.auto_share, self.saved, self.trace.facts["cpu_s"],
        ]  # fmt: skip


def result(one: Trace) -> Result:
    """A trace's figures."""
    arrays = one.arrays
    truths: dict[str, list[list[float]]] = {str(number): [] for number in arrays["tested_image"]}
    for number, box in zip(arrays["truth_image"], arrays["truth_xyxy"], strict=True):
        truths[str(number)].append(_xywh(box))
    guesses = [
        Guess(str(number), _xywh(box), float(p), kept=bool(state > 0), auto=bool(state == 2))
        for number, box, p, state in zip(
            *(arrays[f"object_{name}"] for name in ("image", "xyxy", "p", "state")), strict=True
        )
    ]
    return Result(one, figures(guesses, truths), losses_of(one) if "raw_image" in arrays else None)


def _xywh(box: Sequence[float]) -> list[float]:
    x1, y1, x2, y2 = (float(edge) for edge in as_boxes([box])[0])
    return [x1, y1, x2 - x1, y2 - y1]


def _by(results: Sequence[Result], key: Callable[[Result], str]) -> dict[str, list[Result]]:
    out: dict[str, list[Result]] = {}
    for one in results:
        out.setdefault(key(one), []).append(one)
    return out


def class_means(results: Sequence[Result]) -> list[float | None]:
    """Means over classes, each of them a mean over its draws, so that no class of many draws decides."""
    rows = []
    for own in _by(results, lambda one: one.trace.name).values():
        columns = zip(*(one.row() for one in own), strict=True)
        rows.append([_mean(column) for column in columns])
    return [_mean(column) for column in zip(*rows, strict=True)]


def _mean(values: Sequence[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return float(mean(there)) if there else None


def _bins(results: Sequence[Result]) -> list[Bin]:
    return pooled([one.figures.bins for one in results])


def table(results: Sequence[Result]) -> str:
    """A row per set, then the mean over classes; calibration of a row is that of its suggestions together."""
    lines = ["| set | classes | draws | " + " | ".join(HEADS) + " |", "|---" * (len(HEADS) + 3) + "|"]
    by_set = _by(results, lambda one: one.trace.set_name)
    for name, own in by_set.items():
        lines.append(_line(name, own))
    lines.append(_line("**all classes**", results))
    sets = [
        _mean([class_means(own)[0] for own in by_set.values()]),
        _mean([class_means(own)[12] for own in by_set.values()]),
    ]
    lines.append(f"\nMean over sets: F1 {_number(sets[0])}, time saved {_number(sets[1])}.")
    return "\n".join(lines)


def _line(name: str, own: Sequence[Result]) -> str:
    cells = class_means(own)
    bins = _bins(own)
    cells[8] = calibration(bins)
    cells[9] = sum(one.promised - one.hits for one in bins) / max(sum(one.count for one in bins), 1)
    auto = [one.figures for one in own if one.figures.auto_precision is not None]
    cells[10] = _mean([one.auto_precision for one in auto])
    classes = len({one.trace.name for one in own})
    return f"| {name} | {classes} | {len(own)} | " + " | ".join(map(_number, cells)) + " |"


def by_class(results: Sequence[Result]) -> str:
    """A row per class: the figures that choose."""
    heads = ("F1", "best F1", "precision", "recall", "recall kept", "F1 at .75", "time saved")
    places = (0, 1, 2, 3, 4, 7, 12)
    lines = ["| set / class | draws | " + " | ".join(heads) + " |", "|---" * (len(heads) + 2) + "|"]
    for name, own in _by(results, lambda one: one.trace.name).items():
        cells = class_means(own)
        lines.append(f"| {name} | {len(own)} | " + " | ".join(_number(cells[place]) for place in places) + " |")
    return "\n".join(lines)


def loss_table(results: Sequence[Result]) -> str:
    """Where true boxes are lost, set by set: shares of all true boxes of the draws that were followed."""
    followed = [one for one in results if one.losses is not None]
    if not followed:
        return ""
    names = Losses.__slots__[1:]
    lines = [
        "| set | true boxes | " + " | ".join(name.replace("_", " ") for name in names) + " |",
        "|---" * (len(names) + 2) + "|",
    ]
    groups = {**_by(followed, lambda one: one.trace.set_name), "**all**": followed}
    for name, own in groups.items():
        rows = [one.losses for one in own if one.losses is not None]
        total = sum(row.truths for row in rows)
        shares = [sum(getattr(row, field) for row in rows) / max(total, 1) for field in names]
        lines.append(f"| {name} | {total} | " + " | ".join(f"{share:.3f}" for share in shares) + " |")
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def report(results: Sequence[Result]) -> str:
    """All tables."""
    parts = []
    for what, seeds in (("Seeds that choose", CHOOSING), ("Seeds that are only reported", REPORTED)):
        own = [one for one in results if one.trace.facts["seed"] in seeds]
        if own:
            numbers = ", ".join(str(seed) for seed in sorted({one.trace.facts["seed"] for one in own}))
            parts += [f"## {what} ({numbers})", table(own), by_class(own)]
    lost = loss_table(results)
    return "\n\n".join([*parts, *(["## Where true boxes are lost", lost] if lost else [])])


def main(arguments: list[str] | None = None) -> int:
    """Runs what has no trace yet, prints a line each, then the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    data = add_usual(parser)
    parser.add_argument("--sets", nargs="+", metavar="SET/CLASS", help="all classes of 25 boxes and more by default")
    parser.add_argument("--shots", type=int, default=10)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(CHOOSING))
    parser.add_argument("--max-test", type=int, default=60, help="test images of a draw at most (0: all)")
    parser.add_argument("--folder", type=Path, default=data / "bench" / "traces", help="where traces are kept")
    parser.add_argument("--losses", action="store_true", help="follow every true box from proposal to suggestion")
    parser.add_argument("--fusion", type=Path, help="weights by left-out set, as bench/engine/fusion.py keeps them")
    parser.add_argument("--detector", help="another frozen detector in place of the usual one")
    parser.add_argument("--second-gain", type=float, help="least gain of a second source: -9 always, 9 never")
    parser.add_argument("--report", type=Path, help="write the tables into this file")
    args = parser.parse_args(arguments)
    results = []
    for seed in args.seeds:
        for name in args.sets or classes_of(args.data):
            set_name, class_name = name.split("/", 1)
            one = result(trace(Case(set_name, class_name, args.shots, seed), args.folder, args))
            if len(one.trace.arrays["truth_image"]) < LEAST_TRUE:
                print(f"{name} K {args.shots} seed {seed}: too few true boxes are left to be found", flush=True)
                continue
            results.append(one)
            said = one.figures
            print(
                f"{name} K {args.shots} seed {seed}: P {said.precision:.3f} R {said.recall:.3f} F1 {said.f1:.3f} (best"
                f" {said.best_f1:.3f}) kept {said.recall_all:.3f} saved {one.saved:.3f}, CPU "
                f"{one.trace.facts['cpu_s']:.0f} s,"
                f" wall {one.trace.facts['wall_s']:.0f} s",
                flush=True,
            )
    text = report(results)
    print(text)
    if args.report:
        head = (
            f"# All sets, K = {args.shots}\nMade by `python bench/engine/leave_out.py`; what the columns mean is in"
            " ../engine/figures.md."
        )
        args.report.write_text(f"{head}\n\n{text}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
