"""Numbers and names that the worker, the pages and the engine agree on."""

from __future__ import annotations

SCHEMA = 1  # of the job file
KINDS = ("autolabel", "detect", "similar")
BUDGETS = ("fast", "best")
ENCODERS = ("lite2", "lite0", "dinov2s")
TRAIN_MODES = ("auto", "always", "never")
MAX_EPOCHS = 1000
MIN_SHOTS = 5  # boxes; below this nothing about a class can be measured
AUTO_TRAIN_SHOTS = 20  # boxes from which `auto` trains a detector
FEW_IMAGES = 3  # shots in no more images than this cannot show how a class varies
