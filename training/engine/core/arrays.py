"""Array types, the check of shapes, log odds and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
ByteArray = npt.NDArray[np.uint8]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
EPSILON = 1e-9  # keeps a division by a sum or a size finite
LEAST_PROBABILITY = 1e-6  # keeps log odds finite; what is nearer to 0 or 1 is taken as this far from it


def need(condition: bool, what: str) -> None:
    """Raises ValueError naming what is wrong with a value's shape."""
    if not condition:
        raise ValueError(what)


def logit(probability: Any) -> FloatArray:
    """Log odds, finite also at 0 and 1."""
    p = np.clip(np.asarray(probability, dtype=np.float64), LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    return np.asarray(np.log(p / (1 - p)), dtype=np.float32)


def sigmoid(value: Any) -> FloatArray:
    """The inverse of logit."""
    z = np.clip(np.asarray(value, dtype=np.float64), -60, 60)
    return np.asarray(1 / (1 + np.exp(-z)), dtype=np.float32)
