"""Settings of the frozen networks, of local features, of how shots are varied, and of the cache of features."""

from __future__ import annotations

from dataclasses import dataclass, replace

from training.engine.tuning.settings import tuned


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """The frozen detector, and its generic proposals."""

    fast: str = tuned("yolo26m.pt", "file", "26n, a fifth less time a run, F1 .681 for .723", "leave_out")
    best: str = tuned("yolo26l.pt", "file", "finds most where time does not count", "sources")
    second: str = tuned("yolov8s-worldv2.pt", "file", "another pretraining sees what the first misses", "sources")
    second_side: int = tuned(640, "pixels", "at which the second detector sees images", "estimate")
    fast_sizes: tuple[int, ...] = tuned((640, 1280), "pixels", "sides that a class may get", "sources")
    best_sizes: tuple[int, ...] = tuned((640, 1280, 1920), "pixels", "sides that a class may get", "sources")
    object_size: float = tuned(24.0, "pixels", "of the input that most objects should span (root of area)", "sources")
    smaller: int = tuned(25, "per cent", "of the shots may be smaller than that", "estimate")
    least_score: float = tuned(0.004, "score", "of a generic proposal: nearly all that is any thing", "sources")
    overlap: float = tuned(0.7, "IoU", "from which of two generic proposals the better stays", "convention")
    most_proposals: int = tuned(25, "boxes", "generic, per image: further ones find hardly more", "sources")
    most_anchors: int = tuned(300, "anchors", "turned into boxes before suppression", "convention")

    def weights(self, budget: str) -> str:
        """The detector's file."""
        return self.best if budget == "best" else self.fast

    def with_weights(self, budget: str, name: str) -> DetectorSettings:
        """The same with another detector's file."""
        return replace(self, best=name) if budget == "best" else replace(self, fast=name)

    def sizes(self, budget: str) -> tuple[int, ...]:
        """Input sizes, smallest first."""
        return self.best_sizes if budget == "best" else self.fast_sizes


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    """The crop encoder."""

    context: float = tuned(0.1, "sides", "of the box around it, in its crop", "fewshot")
    fast_side: int = tuned(
        224, "pixels", "of a crop at most where time counts; else as the network was trained", "fewshot"
    )
    early_stages: tuple[int, int] = tuned((2, 5), "stages", "of EfficientNet, at strides 8 and 16", "fewshot")
    early_share: float = tuned(
        1 / 11,
        "share of a feature's square",
        "helps cells, costs no draw of ten over .005 of F1; 1/5 cost one",
        "fewshot",
    )
    snap: int = tuned(16, "parts of a side", "grid of cached crops: a box that hardly moved is known", "estimate")

    def crop_side(self, trained_at: int, budget: str) -> int:
        """Pixels of a crop's side, for a network that was trained at so many."""
        return trained_at if budget == "best" else min(trained_at, self.fast_side)


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """How frozen networks are asked."""

    gpu_batch: int = tuned(32, "pictures", "of one call on a GPU", "estimate")


@dataclass(frozen=True, slots=True)
class SiftSettings:
    """Local features of a box, and when two of them are the same point."""

    side: int = tuned(256, "pixels", "longer side of the crop", "fewshot")
    most: int = tuned(200, "points", "the strongest of a box", "fewshot")
    contrast: float = tuned(0.02, "contrast", "below which a point is dropped", "fewshot")
    margin: float = tuned(0.03, "sides", "around the box in its crop", "estimate")
    ratio: float = tuned(0.85, "ratio", "of the nearest distance to the second, for a match without doubt", "paper")
    off: float = tuned(5.0, "pixels of a crop", "that a point may lie off its place", "fewshot")
    tries: int = tuned(500, "iterations", "of RANSAC", "estimate")
    least: int = tuned(4, "points", "to compare at all", "estimate")


@dataclass(frozen=True, slots=True)
class AugmentationSettings:
    """How far a varied picture of a shot differs, beyond what people ask."""

    zoom: tuple[float, float] = tuned((0.6, 1.8), "factor", "shots come at few sizes, finds at many", "fewshot")
    shift: float = tuned(0.5, "share of what the zoom leaves", "each way", "estimate")
    noise: float = tuned(8.0, "grey levels", "strongest sensor noise", "estimate")
    least_left: float = tuned(0.4, "share of the area", "of a box at the edge that still counts", "estimate")


@dataclass(frozen=True, slots=True)
class CacheSettings:
    """Features on disk."""

    most_bytes: int = tuned(8_000_000_000, "bytes", "of all runs together", "estimate")
    pruned_every: int = tuned(10, "parts of the limit", "written between two looks at the folder", "estimate")
    most_in_memory: int = tuned(200_000_000, "bytes", "of a warm engine: the last ten to twenty images", "estimate")
