"""Waiting for what a worker does, and saying how far it is."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Protocol, TypeVar

from labelhub_client.errors import JobFailure
from labelhub_client.wire import Call, Sleep, Steps, ask

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 3.0


@dataclass(frozen=True, slots=True)
class Progress:
    """what: in a word or two. done of total: images, bytes or percent, as the work has it; total 0 where unknown."""

    what: str
    done: float
    total: float


Listener = Callable[[Progress], None]


class Job(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def state(self) -> str: ...


J = TypeVar("J", bound=Job)


def ignore(progress: Progress) -> None:
    """Nobody listens."""


def wait(call: Call[J], until: Container[str], report: Callable[[J], None]) -> Steps[J]:
    """Asks again and again until the state is one of these; the pauses grow."""
    pause = FIRST_PAUSE_S
    while True:
        job = yield from ask(call)
        report(job)
        if job.state in until:
            return job
        yield Sleep(pause)
        pause = min(pause * 1.3, LONGEST_PAUSE_S)


def require(job: J, state: str, reason: str) -> J:
    """Raises JobFailure where it ended in another state."""
    if job.state != state:
        raise JobFailure(reason or f"It is {job.state}.", job)
    return job
