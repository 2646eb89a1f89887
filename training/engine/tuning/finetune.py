"""Settings of fine-tuning: the training set, the trainer, and the comparison with the base detector."""

from __future__ import annotations

from dataclasses import dataclass

from training.engine.tuning.settings import tuned


@dataclass(frozen=True, slots=True)
class TrainingSetSettings:
    """Copies of images for the trainer."""

    longest_side: int = tuned(1280, "pixels", "of a copy: the trainer sees less", "estimate")
    few_images: int = tuned(8, "images", "with boxes; fewer serve for training and validation both", "estimate")
    validation: float = tuned(0.2, "share", "of the images with boxes that are held out", "convention")
    least_held: int = tuned(2, "images", "held out", "estimate")
    most_repeats: int = tuned(4, "times per epoch", "an image of a rare class is shown", "paper")


@dataclass(frozen=True, slots=True)
class TrainerSettings:
    """Ultralytics' trainer."""

    frozen_layers: int = tuned(10, "layers", "the backbone: few pictures teach it nothing good", "anchor")
    batch: int = tuned(8, "pictures", "fits a small machine", "anchor")
    noise: float = tuned(0.02, "of full light", "strongest sensor noise of a batch", "estimate")
    patience: int = tuned(
        4, "parts of all epochs", "without gain, then it stops, where held-out images tell", "estimate"
    )
    least_patience: int = tuned(5, "epochs", "without gain before it may stop", "estimate")
    lowest: float = tuned(0.001, "score", "least that a detector is asked for", "convention")
    least_size: float = tuned(0.5, "pixels", "least side of a box that counts as one", "estimate")
    keeping_rate: float = tuned(0.01, "learning rate", "few rows learn, and from few pictures: fast", "base_kept")
    keeping_momentum: float = tuned(0.9, "factor", "of AdamW, as is usual", "convention")


@dataclass(frozen=True, slots=True)
class AgreementSettings:
    """The new detector beside its base."""

    images: int = tuned(50, "images", "at most, in which both look", "estimate")
    sure: float = tuned(0.5, "score", "from which the base was sure", "convention")
    lowest: float = tuned(0.01, "score", "down to which the new one is asked", "estimate")
    same_object: float = tuned(0.5, "IoU", "boxes of one object and class", "convention")


@dataclass(frozen=True, slots=True)
class TimingSettings:
    """How long a converted detector takes for a picture."""

    before: int = tuned(3, "looks", "that do not count: the first ones set things up", "convention")
    looks: int = tuned(20, "looks", "whose median counts", "estimate")
