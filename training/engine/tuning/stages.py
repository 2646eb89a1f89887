"""Settings of stages beyond those of class models."""

from __future__ import annotations

from dataclasses import dataclass

from training.engine.tuning.settings import tuned


@dataclass(frozen=True, slots=True)
class SelfTrainingSettings:
    """When a class is fitted once more, on sure finds too."""

    likely: float = tuned(0.5, "probability", "of an object", "fewshot")
    common: float = tuned(
        0.25, "share of images", "tomatoes (.31), people (.41) gained; cars (.10), cows (.05) lost", "ablation"
    )
    least: int = tuned(4, "images", "of each half that must be sure, or none are used", "ablation")
    most: int = tuned(8, "images", "of each half that are used", "ablation")
    folds: int = tuned(5, "folds", "of the wider training set", "estimate")
    counts_from: float = tuned(0.02, "probability", "of a find that makes an image less sure", "estimate")


@dataclass(frozen=True, slots=True)
class PseudoLabelSettings:
    """Suggestions as training labels."""

    not_there: float = tuned(0.1, "probability", "below it background, above it painted grey", "estimate")


@dataclass(frozen=True, slots=True)
class MeasureSettings:
    """Figures of the test split."""

    resamples: int = tuned(200, "resamples", "of the test images, for intervals", "convention")


@dataclass(frozen=True, slots=True)
class SimilarSettings:
    """More like this."""

    cache_bytes: int = tuned(2_000_000_000, "bytes", "70 kB an image: about 30,000 images", "estimate")
    most_new: int = tuned(1, "images", "outside of the index, for a warm engine: .7 CPU s each", "estimate")
    most_images: int = tuned(2_000, "images", "of the index, for a warm engine: 1 ms each", "estimate")
    few: int = tuned(50, "rows", "below which their mean says more of one object than of the pictures", "estimate")
    same_object: float = tuned(0.5, "IoU", "rows of one object", "convention")
    depth: int = tuned(30, "rows", "ranked for each that is wanted: some lie on one object", "estimate")
    chunk: int = tuned(20_000, "rows", "added to the index at once", "estimate")
    most_within: int = tuned(20, "boxes", "of a search in one image", "estimate")
    candidates_within: int = tuned(80, "boxes", "of the head in one image", "estimate")
    least_within: float = tuned(0.68, "cosine", "of a match in one image", "estimate")
    part: float = tuned(0.4, "IoS", "with the query: a part of the same object", "estimate")
    size_range: float = tuned(0.35, "factor", "a match's side may be so much smaller or larger", "estimate")


@dataclass(frozen=True, slots=True)
class DetectSettings:
    """Plain detection with a trained or pretrained detector."""

    same_object: float = tuned(0.5, "IoU", "boxes of one object and class", "convention")
