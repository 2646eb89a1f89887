"""The engine's lines as rows: every event that matters, progress and memory at most once a second, written in batches."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections

from labelhub.live.notify import run_group, wake
from training.protocol.limits import KINDS, SPARSE
from training.runner.claims import Claim

SPARSE_GAP_S = 1.0
FLUSH_GAP_S = 0.4
PROMPT = frozenset({"stage", "epoch", "error"})  # shown at once
MOST_LOGS = 200
HELD_BACK = frozenset({"done"})  # the run is done when its results are stored: the worker says so itself
LARGEST_EVENT = 100_000


class Journal:
    """Takes lines, keeps what people will want to see, and writes it through the claim."""

    def __init__(self, claim: Claim, stray: Path, memory: Callable[[], float | None] = lambda: None) -> None:
        """`memory`: megabytes that the engine and what it started hold, for the engine knows only its own."""
        self._claim = claim
        self._memory = memory
        self._stray = stray
        self._waiting: list[tuple[str, dict[str, Any]]] = []
        self._latest: dict[str, dict[str, Any]] = {}
        self._written: dict[str, float] = {}
        self._row: dict[str, Any] = {}
        self._logs = 0
        self._urgent = False
        self._flushed = 0.0
        self.error: dict[str, Any] | None = None
        self.summary: dict[str, Any] | None = None
        self.done = False

    def take(self, line: bytes) -> None:
        """Reads one line; what is no event of the contract goes to the engine's log file, not to people."""
        event = _parse(line)
        if event is None:
            with self._stray.open("ab") as file:
                file.write(line if line.endswith(b"\n") else line + b"\n")
            return
        kind = event.pop("kind")
        self._note(kind, event)
        if kind in HELD_BACK:
            return
        if kind == "log":
            self._logs += 1
            if self._logs > MOST_LOGS:
                return
        if kind in SPARSE:
            self._latest[kind] = event | {"group_mb": self._memory()} if kind == "memory" else event
            self._move_sparse()
        else:
            self._waiting.append((kind, event))
        self._urgent |= kind in PROMPT

    def say(self, code: str, text: str, level: str = "info", **data: Any) -> None:
        """A word of the worker's own, in the same form as the engine's."""
        self._waiting.append(("log", {"level": level, "code": code, "data": data, "text": text}))
        self._urgent = True

    def _note(self, kind: str, event: dict[str, Any]) -> None:
        match kind:
            case "stage":
                self._row["stage"] = str(event.get("stage", ""))[:20]
            case "progress":
                self._row["stage"] = str(event.get("stage", ""))[:20]
                self._row["percent"] = min(99.9, max(0.0, _number(event.get("percent")) or 0.0))
                self._row["eta_s"] = _number(event.get("eta_s"))
            case "error":
                self.error = event
            case "summary":
                self.summary = event
            case "done":
                self.done = True

    def _move_sparse(self) -> None:
        now = time.monotonic()
        for kind in list(self._latest):
            if now - self._written.get(kind, -math.inf) >= SPARSE_GAP_S:
                self._waiting.append((kind, self._latest.pop(kind)))
                self._written[kind] = now

    def flush(self, *, force: bool = False) -> None:
        """Writes what waits when it is time. Keeps it when the database is away. Raises Lost."""
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


def _parse(line: bytes) -> dict[str, Any] | None:
    if len(line) > LARGEST_EVENT or b"\\u0000" in line:  # PostgreSQL's JSON holds no NUL,
        return None
    try:
        event = json.loads(line, parse_constant=lambda _name: None, parse_float=_finite)  # and no NaN or infinity
    except ValueError:
        return None
    return event if isinstance(event, dict) and event.get("kind") in KINDS else None


def _finite(digits: str) -> float | None:
    value = float(digits)
    return value if math.isfinite(value) else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
