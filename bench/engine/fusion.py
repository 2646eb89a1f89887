"""The weights of the fusion, chosen by leaving out one set after another: `python bench/engine/fusion.py FOLDER`.

Reads the traces that bench/engine/leave_out.py left in FOLDER, fits the eight weights and the bias to what candidates
truly were, once on all sets and once without each, and prints what the fixed weights and the left-out ones bring, ahead
of keypoints and the count prior. `--out` keeps the left-out weights, with which leave_out.py can run the engine.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from bench.engine.leave_out import CHOOSING, LEAST_TRUE
from bench.engine.measure import Guess, figures
from bench.engine.traces import Trace, kept
from training.engine.class_model.logistic import Linear, fit_logistic
from training.engine.class_model.suppression import SuppressionRules, suppress
from training.engine.class_model.verifier import signals, usual_fusion
from training.engine.core.arrays import FloatArray, IntArray
from training.engine.core.boxes import iou
from training.engine.tuning import DEFAULTS

NAMES = ("crop", "pooled features", "head", "detector", "margin", "agreement", "affinity", "second source")
HIT = 0.5
PRIOR = 100.0  # per squared change from the weights of today; 30 to 300 bring as much
BIAS_PRIOR = 0.01
ROWS = 300.0  # weight of a draw, whatever its number of candidates


@dataclass(frozen=True, slots=True)
class Draw:
    """A trace's candidates whose crops were looked at: their signals, whether they hit, and where they lie."""

    trace: Trace
    rows: FloatArray
    hit: FloatArray
    image: IntArray
    xyxy: FloatArray
    rules: SuppressionRules

    @classmethod
    def of(cls, trace: Trace) -> Draw:
        """From a trace."""
        arrays, seen = trace.arrays, trace.arrays["seen"]
        candidates = trace.candidates("first").take(seen)
        rows = signals(
            arrays["crop"][seen],
            candidates.roi,
            candidates.affinity,
            candidates,
            arrays["margin"][seen],
            DEFAULTS.verifier,
        )
        hit = np.zeros(len(candidates), dtype=np.float32)
        for number in np.unique(arrays["truth_image"]):
            mine = candidates.image == number
            truths = arrays["truth_xyxy"][arrays["truth_image"] == number]
            hit[mine] = iou(candidates.xyxy[mine], truths).max(axis=1, initial=0.0)
        rules = SuppressionRules(trace.facts["overlap"], trace.facts["nested"], DEFAULTS.suppression.inside)
        return cls(trace, rows, hit, candidates.image, candidates.xyxy, rules)

    def objects(self, fusion: Linear) -> IntArray:
        """Rows that stay when each object keeps one box."""
        scores = fusion.logits(self.rows)
        keep = []
        for number in np.unique(self.image):
            mine = np.flatnonzero(self.image == number)
            keep.append(mine[suppress(self.xyxy[mine], scores[mine], self.rules)])
        return np.concatenate([np.zeros(0, dtype=np.int64), *keep])

    def figures(self, fusion: Linear) -> tuple[float, float]:
        """Best F1 and the area under the curve of what these weights find."""
        scores = fusion.logits(self.rows)
        truths: dict[str, list[list[float]]] = {str(number): [] for number in self.trace.arrays["tested_image"]}
        for number, box in zip(self.trace.arrays["truth_image"], self.trace.arrays["truth_xyxy"], strict=True):
            truths[str(number)].append(_xywh(box))
        guesses = [
            Guess(str(self.image[row]), _xywh(self.xyxy[row]), float(scores[row])) for row in self.objects(fusion)
        ]
        return best_f1_and_ap(guesses, truths)


def best_f1_and_ap(guesses: Sequence[Guess], truths: dict[str, list[list[float]]]) -> tuple[float, float]:
    """Of raw scores: calibration is no matter here."""
    scores = np.array([one.score for one in guesses])
    ranked = [
        Guess(one.image, one.box, float(p), kept=False)
        for one, p in zip(guesses, 1 / (1 + np.exp(-scores)), strict=True)
    ]
    found = figures(ranked, truths)
    return found.best_f1, found.ap50


def _xywh(box: FloatArray) -> list[float]:
    x1, y1, x2, y2 = (float(edge) for edge in box)
    return [x1, y1, x2 - x1, y2 - y1]


def own_fusion(draw: Draw) -> Linear:
    """What the engine used: today's weights as the draw's held-out shots stretched and shifted them."""
    facts = draw.trace.facts
    return Linear(np.array(facts["stretch"], dtype=np.float32), float(facts["bias"]))


def fit(draws: Sequence[Draw]) -> Linear:
    """Weights for all these draws: each weighs the same, and a set with many not much more than one with few."""
    counts: dict[str, int] = {}
    for draw in draws:
        counts[draw.trace.set_name] = counts.get(draw.trace.set_name, 0) + 1
    rows, hits, weights = [], [], []
    for draw in draws:
        chosen = draw.objects(own_fusion(draw))
        rows.append(draw.rows[chosen])
        hits.append(draw.hit[chosen] >= HIT)
        share = ROWS / max(len(chosen), 1) / counts[draw.trace.set_name] ** 0.5
        weights.append(np.full(len(chosen), share, dtype=np.float32))
    usual = usual_fusion(DEFAULTS.verifier)
    return fit_logistic(
        np.concatenate(rows), np.concatenate(hits), np.concatenate(weights), PRIOR, prior=usual.weight,
        bias_l2=BIAS_PRIOR, prior_bias=usual.bias,
    )  # fmt: skip


def words(fusion: Linear) -> str:
    """The weights in words."""
    own = ", ".join(f"{name} {value:.2f}" for name, value in zip(NAMES, fusion.weight, strict=True))
    return f"{own}, bias {fusion.bias:.2f}"


def main(arguments: list[str] | None = None) -> int:
    """Prints the weights, then what they bring, set by set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, help="keep the weights of each left-out set in this JSON file")
    args = parser.parse_args(arguments)
    draws = [
        Draw.of(one) for one in kept(args.folder)
        if one.facts["seed"] in CHOOSING and len(one.arrays["truth_image"]) >= LEAST_TRUE
    ]  # fmt: skip
    print(f"All {len(draws)} draws: {words(fit(draws))}")
    names = sorted({draw.trace.set_name for draw in draws})
    left_out = {name: fit([draw for draw in draws if draw.trace.set_name != name]) for name in names}
    print("| set | draws | best F1 | left out | AP50 | left out |\n|---|---|---|---|---|---|")
    rows = []
    for name in names:
        own = [draw for draw in draws if draw.trace.set_name == name]
        before = [draw.figures(own_fusion(draw)) for draw in own]
        after = [draw.figures(left_out[name]) for draw in own]
        pairs = [(b[0], a[0], b[1], a[1]) for b, a in zip(before, after, strict=True)]
        rows += pairs
        print(
            f"| {name} | {len(own)} | "
            + " | ".join(f"{mean(column):.3f}" for column in zip(*pairs, strict=True))
            + " |"
        )
    print(
        f"| **all** | {len(rows)} | " + " | ".join(f"{mean(column):.3f}" for column in zip(*rows, strict=True)) + " |"
    )
    if args.out:
        plain = {name: [*map(float, one.weight), one.bias] for name, one in left_out.items()}
        args.out.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
