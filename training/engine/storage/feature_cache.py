"""Features on disk, shared by all runs: written whole or not at all, read only when whole, the oldest go when it is
full.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np

from training.engine.core.arrays import FloatArray
from training.engine.core.dense import Dense, Level, Proposals
from training.engine.storage.files import Arrays, read_arrays, write_arrays
from training.engine.tuning import DEFAULTS
from training.engine.tuning.vision import CacheSettings


class FeatureCache:
    """Arrays by key in a folder tree."""

    def __init__(self, folder: Path, limit: int | None = None, settings: CacheSettings = DEFAULTS.cache) -> None:
        self.folder = folder
        self._limit = settings.most_bytes if limit is None else limit
        self._share = self._limit // settings.pruned_every
        self._written = 0

    def path(self, *parts: Any) -> Path:
        """Where the arrays of this key lie."""
        name = hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()
        return self.folder / name[:2] / f"{name}.npz"

    def get(self, *parts: Any) -> Arrays | None:
        """The arrays of this key, marked as used, or None."""
        path = self.path(*parts)
        arrays = read_arrays(path)
        if arrays is not None:
            with contextlib.suppress(OSError):
                os.utime(path)
        return arrays

    def put(self, arrays: Arrays, *parts: Any) -> None:
        """Keeps arrays under this key; a full disk is no reason to fail a run, and a long run prunes on its way."""
        with contextlib.suppress(OSError):
            write_arrays(self.path(*parts), arrays)
        self._written += sum(array.nbytes for array in arrays.values())
        if self._written > self._share:
            self.prune()

    def prune(self) -> None:
        """Removes what was unused longest until the folder fits its limit."""
        self._written = 0
        entries = []
        for path in self.folder.glob("??/*.npz"):
            try:
                found = path.stat()
            except OSError:
                continue
            entries.append((found.st_mtime, found.st_size, path))
        total = sum(size for _, size, _ in entries)
        for _, size, path in sorted(entries):
            if total <= self._limit:
                return
            path.unlink(missing_ok=True)
            total -= size


def pack_dense(dense: Dense) -> Arrays:
    """Dense features as plain arrays."""
    arrays: Arrays = {
        "boxes": dense.proposals.xyxy,
        "score": dense.proposals.score,
        "classes": dense.classes.astype(np.float16),
        "frame": np.array([dense.scale, *dense.pad, *dense.size], dtype=np.float64),
        "shapes": np.array([[lv.height, lv.width, lv.stride, lv.edge] for lv in dense.levels], dtype=np.int64),
    }
    for place, level in enumerate(dense.levels):
        arrays[f"codes{place}"] = level.codes
        arrays[f"scale{place}"] = level.scale
    return arrays


def unpack_dense(arrays: Arrays) -> Dense:
    """The inverse of pack_dense."""
    levels = tuple(
        Level(arrays[f"codes{place}"], arrays[f"scale{place}"], int(height), int(width), int(stride), int(edge))
        for place, (height, width, stride, edge) in enumerate(arrays["shapes"])
    )
    scale, pad_x, pad_y, width, height = (float(value) for value in arrays["frame"])
    proposals = Proposals.of(arrays["boxes"], arrays["score"], "generic")
    classes = arrays["classes"].astype(np.float32)
    return Dense(levels, proposals, classes, scale, (pad_x, pad_y), (int(width), int(height)))


def pack_crops(known: dict[str, FloatArray]) -> Arrays:
    """Crop features by box name as plain arrays."""
    names = list(known)
    rows = np.stack([known[name] for name in names]) if names else np.zeros((0, 1), dtype=np.float32)
    return {"names": np.array(names, dtype=np.str_), "rows": rows.astype(np.float16)}


def unpack_crops(arrays: Arrays | None) -> dict[str, FloatArray]:
    """The inverse of pack_crops; nothing known gives an empty dictionary."""
    if arrays is None:
        return {}
    return {str(name): row.astype(np.float32) for name, row in zip(arrays["names"], arrays["rows"], strict=True)}
