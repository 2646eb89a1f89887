"""Why an engine ended, in plain words."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_noop

from training.protocol import events
from training.protocol.errors import BadResults

CGROUP_EVENTS = Path("/sys/fs/cgroup/memory.events")
OUT_OF_MEMORY = gettext_noop(
    "The machine ran out of memory, and the system ended the engine. Free memory, choose a smaller base detector or "
    "image "
    "size, or label fewer images at once."
)
KILLED = gettext_noop(
    "The engine was killed from outside, most often by the system for lack of memory. Free memory, choose a smaller "
    "base "
    "detector or image size, or label fewer images at once."
)


@dataclass(frozen=True, slots=True)
class Failure:
    """A code for programs and a sentence for people, with the data that it is said again with; `detail` is for the
    log.
    """

    code: str
    text: str
    detail: str = ""
    data: dict[str, Any] = field(default_factory=dict)

    def as_event(self) -> tuple[str, Mapping[str, object]]:
        """For the run's journal."""
        return events.stored(events.Error(self.code, self.text, self.data))


def oom_kills() -> int | None:
    """How many processes of this container the kernel has ended for memory so far; None where it does not tell."""
    try:
        pairs = dict(line.split() for line in CGROUP_EVENTS.read_text(encoding="ascii").splitlines())
        return int(pairs["oom_kill"])
    except (OSError, ValueError, KeyError):
        return None


def explain(exit_code: int, error: events.Error | None, log_tail: str, oom_before: int | None) -> Failure:
    """The engine's own word if it had one, else what its exit code and the system say."""
    last = next((line.strip() for line in reversed(log_tail.splitlines()) if line.strip()), "")
    if error is not None:
        return Failure(error.code[:40], error.text, last)
    if exit_code == -signal.SIGKILL or exit_code == 128 + signal.SIGKILL:
        now = oom_kills()
        if oom_before is not None and now is not None and now > oom_before:
            return Failure("out_of_memory", OUT_OF_MEMORY, last)
        return Failure("killed", KILLED, last)
    if "MemoryError" in last or "out of memory" in last.lower() or "std::bad_alloc" in last:
        return Failure("out_of_memory", OUT_OF_MEMORY, last)
    word = last[:300] or "–"
    if exit_code < 0:
        name = _signal_name(-exit_code)
        text = f"The engine crashed ({name}). Its log: {word}"
        return Failure("crashed", text, last, {"signal": name, "last": word})
    if exit_code == 0:
        return Failure("no_results", gettext_noop("The engine ended without leaving results."), last)
    text = f"The engine stopped unexpectedly (exit code {exit_code}). Its last word: {word}"
    return Failure("crashed", text, last, {"exit_code": exit_code, "last": word})


def bad_results(error: BadResults) -> Failure:
    """It ended well, and left what cannot be used."""
    return Failure(error.code, error.text, data=error.data)


def silent(seconds: float) -> Failure:
    """It neither spoke nor ended."""
    minutes = round(seconds / 60)
    text = f"The engine gave no sign of life for {minutes} minutes and was ended."
    return Failure("silent", text, data={"minutes": minutes})


def worker_lost(attempts: int) -> Failure:
    """Its worker died, again and again."""
    return Failure(
        "worker_lost",
        f"The worker of this run stopped {attempts} times without a word. Most often the machine ran out of memory or "
        "was "
        "switched off; the run can be tried again.",
        data={"attempts": attempts},
    )


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
