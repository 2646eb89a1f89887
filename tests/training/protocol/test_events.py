"""Lines of a run: every event comes back as it was; what is none of the contract's is nobody's."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from training.protocol import events

EVENTS: list[events.Event] = [
    events.StageChange("verify", "finished", 1.5, 2, 4),
    events.Progress("verify", 3, 10, 42.5, None, "suggestions"),
    events.Memory("cpu", 120.5),
    events.Epoch(1, 60, {"box": 1.5, "cls": None}, {"map": 0.4}, 2.5, 100.0),
    events.FoundBox(3, 7, [1.0, 2.0, 3.0, 4.0], 0.9),
    events.Weights("yolo26n.pt", "0" * 64, "folder", "AGPL-3.0"),
    events.Log("warning", "few_shots", "Few.", {"shots": 2}),
    events.Summary({"name": "yolo26n", "layers": 10}),
    events.Suggestions(5, 3, 12.25),
    events.Error("disk_full", "The disk is full.", {"type": "OSError"}),
    events.End(20.0),
]


def test_every_kind_has_an_example() -> None:
    assert {type(event) for event in EVENTS} == set(get_args(events.Event))


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.kind)
def test_an_event_comes_back_as_it_was(event: events.Event) -> None:
    assert events.decode(events.encode(event, 1.23456).encode()) == (event, 1.235)


def test_a_class_has_its_name_of_old_in_the_line() -> None:
    assert events.stored(EVENTS[4]) == (
        "found", {"image": 3, "class": 7, "xyxy": [1.0, 2.0, 3.0, 4.0], "probability": 0.9},
    )  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"Downloading ...",
        b"[1]",
        b'{"kind": "secret"}',
        b'{"kind": "progress", "stage": "verify"}',
        b'{"kind": "done", "seconds": "long"}',
        b'{"kind": "log", "level": "info", "code": "x", "text": "nul \\u0000"}',
        b'{"kind": "done", "seconds": ' + b" " * events.LONGEST_LINE + b"1}",
    ],
)
def test_what_is_no_event_is_none(line: bytes) -> None:
    assert events.decode(line) is None


def test_numbers_that_are_not_finite_are_none() -> None:
    line = b'{"kind": "epoch", "epoch": 1, "epochs": 2, "losses": {"box": NaN, "cls": 1e999}, "t": 0}'
    assert events.decode(line) == (events.Epoch(1, 2, {"box": None, "cls": None}), 0.0)


def test_an_engine_that_says_more_or_less_is_understood() -> None:
    line = json.dumps({"kind": "epoch", "epoch": 1, "epochs": 2, "mood": "good"}).encode()
    assert events.decode(line) == (events.Epoch(1, 2), 0.0)
