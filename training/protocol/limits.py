"""Numbers and names that the worker, the pages and the engine agree on."""

from __future__ import annotations

TRAIN_MODES = ("auto", "always", "never")
BUDGETS = ("fast", "best")
MAX_EPOCHS = 1000
MIN_SHOTS = 5
FEW = 5  # boxes; below this nothing about a class can be measured
ENCODERS = ("lite2", "lite0", "dinov2s")
SPARSE = frozenset({"progress", "memory"})
KINDS = SPARSE | {"stage", "epoch", "found", "weights", "log", "summary", "error", "done"}
