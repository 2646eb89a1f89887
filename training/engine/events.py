"""Events of a run as JSON lines: one emitter that keeps progress monotone, sparse and safe to call from threads."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

PROGRESS_GAP_S = 0.25
MEMORY_GAP_S = 2.0
MAX_FOUND = 30


class Emitter:
    """Writes events to a text stream. `weights` says how much of the whole run each stage is (any unit)."""

    def __init__(self, out: TextIO, stages: dict[str, float] | None = None) -> None:
        self._out = out
        self._lock = threading.Lock()
        self._start = time.monotonic()
        self._shares = stages or {}
        self._percent = 0.0
        self._last_progress = 0.0
        self._found = 0
        self._closed: set[str] = set()

    def plan(self, stages: dict[str, float]) -> None:
        """Says which stages come and how much of the whole each is."""
        self._shares = stages

    @property
    def elapsed(self) -> float:
        """Seconds since the run started."""
        return time.monotonic() - self._start

    def emit(self, kind: str, **fields: Any) -> None:
        """Writes one event line at once."""
        line = json.dumps({"kind": kind, "t": round(self.elapsed, 3), **fields}, ensure_ascii=False, default=float)
        with self._lock:
            self._out.write(line + "\n")
            self._out.flush()

    def log(self, code: str, text: str, level: str = "info", **data: Any) -> None:
        """Tells people something that is neither progress nor the end."""
        self.emit("log", level=level, code=code, data=data, text=text)

    def stage(self, name: str, state: str, seconds: float | None = None) -> None:
        """Marks a stage as started, finished or skipped."""
        if state in ("finished", "skipped"):
            self._closed.add(name)
        names = list(self._shares)
        index = names.index(name) if name in names else 0
        self.emit(
            "stage", stage=name, state=state, seconds=None if seconds is None else round(seconds, 3),
            index=index, count=max(len(names), 1),
        )  # fmt: skip

    def progress(self, stage: str, done: float, total: float, *, force: bool = False) -> None:
        """Reports how far a stage is; drops what comes too fast, never goes backwards."""
        now = time.monotonic()
        if not force and done < total and now - self._last_progress < PROGRESS_GAP_S:
            return
        self._last_progress = now
        whole = sum(self._shares.values()) or 1.0
        behind = sum(share for name, share in self._shares.items() if name in self._closed and name != stage)
        part = min(done / total, 1.0) if total else 1.0
        percent = min(100.0 * (behind + part * self._shares.get(stage, 0.0)) / whole, 99.9)
        self._percent = max(self._percent, percent)
        eta = self.elapsed * (100.0 - self._percent) / self._percent if self._percent > 0.5 else None
        self.emit(
            "progress", stage=stage, done=done, total=total, percent=round(self._percent, 2),
            eta_s=None if eta is None else round(eta, 1),
        )  # fmt: skip

    def found(self, image: int, class_id: int, xyxy: list[float], probability: float) -> None:
        """Shows an example as it comes; silent after the first thirty of a run."""
        if self._found < MAX_FOUND:
            self._found += 1
            self.emit("found", image=image, xyxy=xyxy, probability=probability, **{"class": class_id})

    @contextmanager
    def watching_memory(self, device: str = "cpu") -> Iterator[None]:
        """Sends a memory event now and every two seconds while the block runs."""
        stop = threading.Event()

        def watch() -> None:
            while True:
                self.emit("memory", device=device, rss_mb=rss_mb(), gpu_mb=gpu_mb(device))
                if stop.wait(MEMORY_GAP_S):
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
        return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)
    except (OSError, ValueError, IndexError):
        return 0.0


def gpu_mb(device: str) -> float | None:
    """Memory that torch holds on the GPU, or None without one."""
    if not device.startswith("cuda"):
        return None
    import torch

    return round(torch.cuda.memory_reserved() / 1e6, 1)
