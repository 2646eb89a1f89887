"""A call that the server does once may be sent again where the connection breaks; any other is not."""

from __future__ import annotations

import json

import pytest

from labelhub_client import Unreachable, calls
from labelhub_client.wire import ONCE, TRIES, Answer, Call, End, Sleep, advance, exchange, once

AT_WORK = Answer(409, {}, json.dumps({"detail": "Still at work.", "code": "idempotency_at_work"}).encode())


def test_a_broken_connection_and_a_first_one_at_work_are_waited_for_under_one_key() -> None:
    steps = exchange(once(calls.upload(1, [])))
    first = advance(steps, None)
    assert isinstance(first, Call)
    assert first.headers[ONCE] != once(calls.upload(1, [])).headers[ONCE]
    for answer in (Unreachable("it broke"), AT_WORK):
        assert isinstance(advance(steps, answer), Sleep)
        assert advance(steps, None) == first
    good = Answer(200, {}, b"{}")
    assert advance(steps, good) == End(good)


def test_it_ends_where_nobody_answers() -> None:
    steps = exchange(once(calls.upload(1, [])))
    step = advance(steps, None)
    for _try in range(TRIES - 1):
        assert isinstance(advance(steps, Unreachable("nobody")), Sleep)
        step = advance(steps, None)
    assert isinstance(step, Call)
    with pytest.raises(Unreachable):
        advance(steps, Unreachable("nobody"))


def test_what_might_double_is_not_sent_again() -> None:
    steps = exchange(calls.create_project("Cats"))
    advance(steps, None)
    with pytest.raises(Unreachable):
        advance(steps, Unreachable("it broke"))
