"""The engine's lines as rows: every event that matters, progress and memory at most once a second, written in
batches.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections

from labelhub.live.notify import run_group, wake
from training.protocol import events
from training.runner.claims import Claim

SPARSE_GAP_S = 1.0
FLUSH_GAP_S = 0.4
MOST_LOGS = 200
Prompt = events.StageChange | events.Epoch | events.Suggestions | events.Error  # shown at once
Sparse = events.Progress | events.Memory  # only the latest counts


class Journal:
    """Takes lines, keeps what people will want to see, and writes it through the claim."""

    def __init__(self, claim: Claim, stray: Path, memory: Callable[[], float | None] = lambda: None) -> None:
        """`memory`: megabytes that the engine and what it started hold, for the engine knows only its own."""
        self._claim = claim
        self._memory = memory
        self._stray = stray
        self._waiting: list[tuple[str, Mapping[str, object]]] = []
        self._latest: dict[str, tuple[str, Mapping[str, object]]] = {}
        self._written: dict[str, float] = {}
        self._row: dict[str, Any] = {}
        self._logs = 0
        self._urgent = False
        self._flushed = 0.0
        self.error: events.Error | None = None
        self.summary: events.Summary | None = None
        self.suggestions: events.Suggestions | None = None

    def take(self, line: bytes) -> None:
        """Reads one line; what is no event of the contract goes to the engine's log file, not to people."""
        read = events.decode(line)
        if read is None:
            with self._stray.open("ab") as file:
                file.write(line if line.endswith(b"\n") else line + b"\n")
            return
        event, t = read
        self._note(event)
        self._urgent |= isinstance(event, Prompt)
        match event:
            case events.End():
                return  # the run is done when its results are stored: the worker says so itself
            case events.Log():
                self._logs += 1
                if self._logs > MOST_LOGS:
                    return
            case events.Memory():
                event = replace(event, group_mb=self._memory())
        if isinstance(event, Sparse):
            self._latest[event.kind] = events.stored(event, t)
            self._move_sparse()
        else:
            self._waiting.append(events.stored(event, t))

    def say(self, code: str, text: str, level: str = "info", **data: Any) -> None:
        """A word of the worker's own, in the same form as the engine's."""
        self._waiting.append(events.stored(events.Log(level, code, text, data)))
        self._urgent = True

    def _note(self, event: events.Event) -> None:
        match event:
            case events.StageChange():
                self._row["stage"] = event.stage[:20]
            case events.Progress():
                self._row["stage"] = event.stage[:20]
                self._row["percent"] = min(99.9, max(0.0, event.percent))
                self._row["eta_s"] = event.eta_s
            case events.Error():
                self.error = event
            case events.Summary():
                self.summary = event
            case events.Suggestions():
                self.suggestions = event

    def _move_sparse(self) -> None:
        now = time.monotonic()
        for kind in list(self._latest):
            if now - self._written.get(kind, -math.inf) >= SPARSE_GAP_S:
                self._waiting.append(self._latest.pop(kind))
                self._written[kind] = now

    def flush(self, *, force: bool = False) -> None:
        """Writes what waits when it is time. Keeps it when the database is away. Raises LostRun."""
        now = time.monotonic()
        self._move_sparse()
        if not (self._waiting or self._row) or not (force or self._urgent or now - self._flushed >= FLUSH_GAP_S):
            return
        if not (self._waiting or force) and now - self._flushed < SPARSE_GAP_S:
            return  # only the row's numbers moved: once a second is enough
        try:
            self._claim.append(self._waiting, **self._row)
        except (OperationalError, InterfaceError):
            close_old_connections()
            return
        self._waiting, self._row, self._urgent, self._flushed = [], {}, False, now
        wake(run_group(self._claim.run_id))
