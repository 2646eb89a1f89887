"""What goes over the wire, as values: calls, answers, and the steps between them.

Nothing here opens a connection. A procedure is a generator that yields calls, pauses and items, and is sent answers;
the sync and the async client carry out the same ones.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeAlias, TypeVar
from urllib.parse import parse_qs, urlsplit

from labelhub_client.errors import LabelHubError, Unreachable
from labelhub_client.parsing import parse

T = TypeVar("T")
U = TypeVar("U")
BUSY = (429, 503)
PATIENCE_S = 120.0  # how long a busy server is asked again
ONCE = "Idempotency-Key"
ONCE_AT_WORK = b'"idempotency_at_work"'  # a code: the first one that was sent is not through yet
TRIES = 3  # of a call that may be sent again, where the connection breaks
AT_WORK_S = 2.0  # between two looks whether the first one is through


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a multipart body, from memory or from the disk."""

    name: str
    content: bytes | Path
    field: str = "files"


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request. template: the path as the OpenAPI names it; place: what stands in its braces.

    answer: what the body is parsed as, None for no body or a file; listed: the body is a page of such. to: the file
    that the body is written to, behind what is there where the server answers 206.
    """

    method: str
    template: str
    answer: type[T] | None = None
    place: Mapping[str, int] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    parts: tuple[Part, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    listed: bool = False
    to: Path | None = None

    @property
    def path(self) -> str:
        return self.template.format(**self.place)


@dataclass(frozen=True, slots=True)
class Answer:
    """headers: names in lower case. content: empty where it went into a file."""

    status: int
    headers: Mapping[str, str]
    content: bytes = b""

    def json(self) -> Any:
        return json.loads(self.content)


@dataclass(frozen=True, slots=True)
class Sleep:
    seconds: float


@dataclass(frozen=True, slots=True)
class Item(Generic[T]):
    """One row of a stream."""

    value: T


@dataclass(frozen=True, slots=True)
class End(Generic[T]):
    """The end of a procedure, with what it returns."""

    value: T


Step: TypeAlias = Call[Any] | Sleep
# What yields items of T and returns U: Steps without items, Stream without a return value.
Procedure: TypeAlias = Generator[Step | Item[T], Answer | None, U]
Steps: TypeAlias = Generator[Step, Answer | None, T]
Stream: TypeAlias = Generator[Step | Item[T], Answer | None, None]


def advance(steps: Procedure[T, U], answer: Answer | Unreachable | None) -> Step | Item[T] | End[U]:
    """The next step of a procedure, given the answer to its last."""
    try:
        return steps.throw(answer) if isinstance(answer, Unreachable) else steps.send(answer)
    except StopIteration as end:
        return End(end.value)


def once(call: Call[T]) -> Call[T]:
    """The same, done once by the server however often it is sent."""
    return replace(call, headers={**call.headers, ONCE: uuid.uuid4().hex})


def exchange(call: Call[Any]) -> Steps[Answer]:
    """Sends a call, again where the server is busy, and where the connection breaks if it may be sent `once`. Raises
    LabelHubError, Unreachable.
    """
    waited, tries = 0.0, 1
    while True:
        try:
            answer = yield call
        except Unreachable:
            if ONCE not in call.headers or tries == TRIES:
                raise
            yield Sleep(2.0**tries)
            tries += 1
            continue
        assert answer is not None
        pause = _pause(answer)
        if not pause or waited + pause > PATIENCE_S:
            break
        waited += pause
        yield Sleep(pause)
    if answer.status >= 400:
        raise error_of(answer)
    return answer


def _pause(answer: Answer) -> float:
    """Seconds until a call should be sent again, 0 where it should not."""
    if answer.status == 409 and ONCE_AT_WORK in answer.content:
        return AT_WORK_S
    return float(answer.headers.get("retry-after") or 0) if answer.status in BUSY else 0.0


def ask(call: Call[T]) -> Steps[T]:
    answer = yield from exchange(call)
    assert call.answer is not None
    return parse(call.answer, answer.json())


def rows(call: Call[T]) -> Stream[T]:
    """All rows of a list, page after page."""
    following: Call[T] | None = call
    while following is not None:
        page = (yield from exchange(following)).json()
        for row in page["results"]:
            assert call.answer is not None
            yield Item(parse(call.answer, row))
        address = page["next"]
        following = replace(call, query=parse_qs(urlsplit(address).query)) if address else None


def collect(stream: Stream[T]) -> Steps[list[T]]:
    """The items of a stream as a list."""
    found: list[T] = []
    step = advance(stream, None)
    while not isinstance(step, End):
        answer = None
        if isinstance(step, Item):
            found.append(step.value)
        else:
            answer = yield step
        step = advance(stream, answer)
    return found


def mapped(stream: Stream[T], change: Callable[[T], U]) -> Stream[U]:
    """The stream with each item changed."""
    step = advance(stream, None)
    while not isinstance(step, End):
        answer = yield Item(change(step.value)) if isinstance(step, Item) else step
        step = advance(stream, answer)


def error_of(answer: Answer) -> LabelHubError:
    """From problem details (RFC 9457), or from whatever a proxy has said."""
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        body = {"detail": answer.content[:200].decode("utf-8", "replace")}
    return LabelHubError(
        answer.status, str(body.get("code", "")), str(body.get("detail", "")), str(body.get("field", "")), body
    )
