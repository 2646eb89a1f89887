"""Numbers and names that the worker, the pages and the engine agree on."""

from __future__ import annotations

SCHEMA = 1  # of the job file
KINDS = ("autolabel", "detect", "similar", "predict", "export", "check")
EXPORT_FORMATS = ("onnx", "openvino")  # of a trained detector
BUDGETS = ("fast", "best")
# Crop encoders, and the weights of each; the first is the default.
ENCODER_WEIGHTS = {
    "lite2": "efficientnet-lite2.pth",
    "lite0": "efficientnet-lite0.pth",
    "dinov2s": "dinov2_vits14_pretrain.pth",
}
ENCODERS = tuple(ENCODER_WEIGHTS)
AIMS = ("time", "balanced", "precision")  # of the review threshold: most time saved, best F1, few mistakes
TRAIN_MODES = ("auto", "always", "never")
MAX_EPOCHS = 1000
MIN_SHOTS = 5  # boxes; below this nothing about a class can be measured
AUTO_TRAIN_SHOTS = 20  # boxes from which `auto` trains a detector
FEW_IMAGES = 3  # shots in no more images than this cannot show how a class varies
MOST_LOADED_MODELS = 64  # in a warm engine, about two megabytes each; the one unused longest goes first
MOST_READY_IMAGES = 4  # kept ready for clicks in a warm engine, about ten megabytes each
