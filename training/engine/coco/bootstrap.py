"""How far AP may be chance: a bootstrap over images (Efron 1979), each resample counted by pycocotools itself."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Hashable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np

TAILS = (2.5, 97.5)  # percent: what a 95 % interval leaves out on either side
Range = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class Intervals:
    """Ends of 95 % intervals; None where no resample could be measured, or all are alike: so few say nothing of
    chance.
    """

    ap: Range
    ap50: Range


class Resampler:
    """One class's matches, of which some images are counted, some twice, some not at all."""

    def __init__(self, evaluation: Any, keys: Sequence[Hashable]) -> None:
        """evaluation: as coco.metrics.matched leaves it, with its images in the order of `keys`."""
        self._rows = dict(zip(keys, evaluation.evalImgs[: len(keys)], strict=True))  # the first area is all sizes
        self._evaluation = copy(evaluation)
        self._params = copy(evaluation.params)
        self._params.areaRng, self._params.areaRngLbl = self._params.areaRng[:1], self._params.areaRngLbl[:1]
        self._params.maxDets = self._params.maxDets[-1:]

    def of(self, draw: Sequence[Hashable]) -> tuple[float, float] | None:
        """AP and AP50 of the drawn images; None where they hold no true box."""
        rows = [self._rows[key] for key in draw if key in self._rows]
        one, params = copy(self._evaluation), copy(self._params)
        params.imgIds = list(range(len(rows)))
        one.params = one._paramsEval = params
        one.evalImgs = rows
        with contextlib.redirect_stdout(io.StringIO()):
            one.accumulate()
        precision = one.eval["precision"][:, :, 0, 0, 0]
        if not rows or (precision < 0).any():
            return None
        return float(precision.mean()), float(precision[0].mean())


def intervals(
    groups: Mapping[str, Sequence[Resampler]], images: Sequence[Hashable], count: int, seed: int
) -> dict[str, Intervals]:
    """By group of classes, whose AP is the mean of theirs; all are counted on the same resamples of the images."""
    rng = np.random.default_rng([seed, len(images)])
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in groups}
    for _ in range(count):
        draw = [images[place] for place in rng.integers(len(images), size=len(images))] if images else []
        known: dict[int, tuple[float, float] | None] = {}
        for name, classes in groups.items():
            for one in classes:
                if id(one) not in known:
                    known[id(one)] = one.of(draw)
            values = [value for one in classes if (value := known[id(one)]) is not None]
            if values:
                ap, ap50 = np.mean(values, axis=0)
                found[name].append((float(ap), float(ap50)))
    return {name: Intervals(*_ends(values)) for name, values in found.items()}


def _ends(values: Sequence[tuple[float, float]]) -> tuple[Range, Range]:
    ap, ap50 = (_range([value[place] for value in values]) for place in (0, 1))
    return ap, ap50


def _range(values: Sequence[float]) -> Range:
    if len(set(values)) < 2:
        return None, None
    low, high = np.percentile(values, TAILS)
    return float(low), float(high)
