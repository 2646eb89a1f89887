"""Events of a run as JSON lines: one emitter that keeps progress monotone, sparse and safe to call from threads."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

from training.engine.tuning import PROGRESS
from training.engine.tuning.progress import ProgressSettings
from training.protocol.events import Event, FoundBox, Log, Memory, Progress, StageChange, encode
from training.protocol.stages import SUGGESTIONS, Stage

MEGABYTE = 1e6


class _Clock:
    """Guesses when a part of a run ends, from the share of its work that this attempt did itself."""

    def __init__(self, share: float, least_done: float) -> None:
        self._least_done = least_done
        self._todo = share  # without what an earlier attempt had finished
        self._done = 0.0
        self._start = time.monotonic()

    def stage(self, share: float, state: str) -> None:
        """Counts a stage that was finished now, or before this attempt."""
        if state == "skipped":
            self._todo -= share
        elif state == "finished":
            self._done += share

    def left(self, more: float) -> float | None:
        """Seconds; `more`: what of the stage at work is done. None while that is too little to tell."""
        done = self._done + more
        if self._todo <= 0 or done / self._todo < self._least_done:
            return None
        return max((time.monotonic() - self._start) * (self._todo - done) / done, 0.0)


class Emitter:
    """Writes events to a text stream; `stages` are those that come, in order."""

    def __init__(self, out: TextIO, stages: Sequence[Stage] = (), settings: ProgressSettings = PROGRESS) -> None:
        self._settings = settings
        self._out = out
        self._lock = threading.Lock()
        self._start = time.monotonic()
        self._stages = {stage.name: stage for stage in stages}
        self._percent = 0.0
        self._last_progress = 0.0
        self._found = 0
        self._closed: set[str] = set()
        self._clocks: dict[str, _Clock] = {}

    def plan(self, stages: Sequence[Stage]) -> None:
        """Says which stages come, in order."""
        self._stages = {stage.name: stage for stage in stages}

    @property
    def elapsed(self) -> float:
        """Seconds since the run started."""
        return time.monotonic() - self._start

    def emit(self, event: Event) -> None:
        """Writes one event line at once."""
        line = encode(event, self.elapsed)
        with self._lock:
            self._out.write(line + "\n")
            self._out.flush()

    def log(self, code: str, text: str, level: str = "info", **data: Any) -> None:
        """Tells people something that is neither progress nor the end."""
        self.emit(Log(level, code, text, data))

    def stage(self, name: str, state: str, seconds: float | None = None) -> None:
        """Marks a stage as started, finished or skipped."""
        self._clock(name).stage(self._share(name), state)
        if state in ("finished", "skipped"):
            self._closed.add(name)
        names = list(self._stages)
        index = names.index(name) if name in names else 0
        self.emit(StageChange(name, state, None if seconds is None else round(seconds, 3), index, max(len(names), 1)))

    def progress(self, stage: str, done: float, total: float, *, force: bool = False) -> None:
        """Reports how far a stage is; drops what comes too fast, never goes backwards."""
        now = time.monotonic()
        if not force and done < total and now - self._last_progress < self._settings.gap_s:
            return
        self._last_progress = now
        whole = sum(one.share for one in self._stages.values()) or 1.0
        behind = sum(one.share for one in self._stages.values() if one.name in self._closed and one.name != stage)
        part = min(done / total, 1.0) if total else 1.0
        percent = min(100.0 * (behind + part * self._share(stage)) / whole, self._settings.most_percent)
        self._percent = max(self._percent, percent)
        eta = self._clock(stage).left(part * self._share(stage))
        self.emit(
            Progress(
                stage,
                done,
                total,
                round(self._percent, 2),
                None if eta is None else round(eta, 1),
                self._part(stage),
            )
        )

    def found(self, image: int, class_id: int, xyxy: list[float], probability: float) -> None:
        """Shows an example as it comes; silent after the first of a run, see ProgressSettings."""
        if self._found < self._settings.most_found:
            self._found += 1
            self.emit(FoundBox(image, class_id, xyxy, probability))

    def _share(self, stage: str) -> float:
        return self._stages[stage].share if stage in self._stages else 0.0

    def _part(self, stage: str) -> str:
        return self._stages[stage].part if stage in self._stages else SUGGESTIONS

    def _clock(self, stage: str) -> _Clock:
        part = self._part(stage)
        if part not in self._clocks:
            share = sum(one.share for one in self._stages.values() if one.part == part)
            self._clocks[part] = _Clock(share, self._settings.least_done)
        return self._clocks[part]

    @contextmanager
    def watching_memory(self, device: str = "cpu") -> Iterator[None]:
        """Sends a memory event now and then while the block runs."""
        stop = threading.Event()

        def watch() -> None:
            while True:
                self.emit(Memory(device, rss_mb(), gpu_mb(device)))
                if stop.wait(self._settings.memory_gap_s):
                    return

        thread = threading.Thread(target=watch, daemon=True, name="memory")
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(timeout=1.0)


def rss_mb() -> float:
    """Resident memory of this process in megabytes (0 where the system does not tell)."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            pages = int(statm.read().split()[1])
        return round(pages * os.sysconf("SC_PAGE_SIZE") / MEGABYTE, 1)
    except (OSError, ValueError, IndexError):
        return 0.0


def gpu_mb(device: str) -> float | None:
    """Memory that torch holds on the GPU, or None without one."""
    if not device.startswith("cuda"):
        return None
    import torch

    return round(torch.cuda.memory_reserved() / MEGABYTE, 1)
