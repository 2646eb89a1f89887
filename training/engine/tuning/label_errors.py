"""Settings of the search for label errors."""

from __future__ import annotations

from dataclasses import dataclass

from training.engine.tuning.class_model import ShotSplitSettings, ViewSettings
from training.engine.tuning.settings import tuned


@dataclass(frozen=True, slots=True)
class LabelErrorSettings:
    """How images are held out, and what calls a label wrong."""

    detector: str = tuned(
        "yolo26m.pt", "file", "in place of the fast one: nobody waits for it, and it sees more", "estimate"
    )
    folds: int = tuned(5, "folds", "of each class's images; more cost time", "estimate")
    shot_images: int = tuned(80, "images", "that a class is fitted on", "estimate")
    empty_images: int = tuned(20, "images", "without the class that it is fitted on", "estimate")
    variations: int = tuned(0, "views", "of an image with boxes: there are many boxes, and views cost most", "estimate")
    same_thing: float = tuned(0.25, "IoU", "from which a find may be what a box of its class means", "estimate")
    hit: float = tuned(0.5, "IoU", "of a box with what lies there", "convention")
    tight: float = tuned(0.75, "IoU", "with the tighter box, below which a box is loose", "convention")
    spread: float = tuned(0.03, "IoU", "added to the usual distance from the usual overlap", "estimate")
    clip: float = tuned(8.0, "log odds", "beyond which nothing is believed more", "estimate")
    least_found: float = tuned(-2.0, "log odds", "of a find that may be a missing box", "estimate")
    least: float = tuned(0.05, "probability", "of an error that is listed", "estimate")
    most: int = tuned(2000, "errors", "listed at once", "estimate")
    wrong_class: tuple[float, ...] = tuned(
        (0.6, -0.8, -0.3, 0.4, -2.0), "per figure, and bias", "in the order of the claims' figures", "estimate"
    )  # fmt: skip
    spurious: tuple[float, ...] = tuned(
        (-1.0, 0.5, -0.2, -2.0, -2.0), "per figure, and bias", "in the order of the claims' figures", "estimate"
    )  # fmt: skip
    missing: tuple[float, ...] = tuned(
        (0.8, -0.2, 0.8, -2.0, -2.0), "per figure, and bias", "in the order of the claims' figures", "estimate"
    )  # fmt: skip
    loose: tuple[float, ...] = tuned(
        (0.5, -0.5, -2.0, 0.0, 0.4, -3.0), "per figure, and bias", "in the order of the claims' figures", "estimate"
    )  # fmt: skip

    @property
    def weights(self) -> dict[str, tuple[float, ...]]:
        """By kind of error."""
        return {name: getattr(self, name) for name in ("wrong_class", "spurious", "missing", "loose")}

    @property
    def views(self) -> ViewSettings:
        """Of the fits of each fold."""
        return ViewSettings(most_per_image=self.variations)

    @property
    def shot_split(self) -> ShotSplitSettings:
        """Of the fits of each fold."""
        return ShotSplitSettings(
            most_folds=self.folds, most_shot_images=self.shot_images, most_empty_images=self.empty_images
        )
