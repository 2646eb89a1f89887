"""Settings of click to box."""

from __future__ import annotations

from dataclasses import dataclass

from training.engine.tuning.settings import tuned


@dataclass(frozen=True, slots=True)
class ClickSettings:
    """Which of the boxes about a click is meant. trust, power: by source, in the order of core.clicks.SOURCES."""

    trust: tuple[float, ...] = tuned((3.0, 1.0, 1.0), "weight", "of a source's vote", "clicks")
    power: tuple[float, ...] = tuned((0.5, 1.0, 0.25), "exponent", "of a source's score", "clicks")
    spread: float = tuned(0.3, "half sides", "that clicks lie off the centre of what they mean", "clicks")
    sharpness: float = tuned(2.0, "exponent", "of an overlap that votes", "clicks")
    anchor_reach: float = tuned(3.0, "strides", "of an anchor's centre from the click", "clicks")
    same: float = tuned(0.8, "IoU", "from which an alternative is none", "estimate")
    most: int = tuned(5, "boxes", "answered", "convention")
