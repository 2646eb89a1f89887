"""Settings of what a run says of its progress; no result depends on them."""

from __future__ import annotations

from dataclasses import dataclass

from training.engine.tuning.settings import tuned


@dataclass(frozen=True, slots=True)
class ProgressSettings:
    """How often a run says how far it is, and from when it guesses its end."""

    gap_s: float = tuned(
        0.25, "seconds", "between two events of one stage: a page need not be drawn more often", "estimate"
    )
    memory_gap_s: float = tuned(2.0, "seconds", "between two looks at the memory", "estimate")
    most_found: int = tuned(30, "boxes", "shown as examples while the run goes on", "estimate")
    least_done: float = tuned(0.005, "share", "of a part that must be done before its end is guessed", "estimate")
    most_percent: float = tuned(99.9, "percent", "shown before the run has ended", "convention")
