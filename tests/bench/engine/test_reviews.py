"""What the order of questions saves, and which questions are asked."""

from __future__ import annotations

import random
from typing import Any

import pytest

from bench.engine.reviews import ANSWERS, asked, saved


def suggestion(image: str, probability: float, shot: int = 1) -> dict[str, Any]:
    near = [{"positive": True, "image_id": shot, "xyxy": [0, 0, 1, 1]}]
    return {"image": image, "probability": probability, "kept": True, "neighbours": near}


@pytest.mark.parametrize(
    ("useful", "chance", "answers"),
    [
        ([0.5, 0.7, 0.7, 0.7], [0.5, 0.6, 0.65, 0.7], 40),
        ([0.5, 0.6, 0.7, 0.8], [0.5, 0.6, 0.7, 0.75], 10),
        ([0.5, 0.6, 0.7, 0.8], [0.5, 0.6, 0.7, 0.8], 0),
        ([0.5, 0.6, 0.7, 0.8], [0.5, 0.4, 0.4, 0.5], 60),
        ([0.5, 0.5, 0.5, 0.5], [0.5, 0.6, 0.7, 0.8], -60),
        ([0.5, 0.6, 0.7, 0.8], [0.5, 0.6, 0.7, 0.9], -20),
    ],
)
def test_answers_saved(useful: list[float], chance: list[float], answers: float) -> None:
    assert saved(useful, chance) == pytest.approx(answers)


def test_the_useful_order_asks_the_doubtful_and_spreads_over_images() -> None:
    rows = [suggestion("a", 0.5) for _ in range(30)] + [suggestion(f"b{n}", 0.6) for n in range(30)]
    rows += [suggestion(f"c{n}", 0.99) for n in range(30)]
    chosen = asked(rows, "useful", random.Random(0))
    assert len(chosen) == ANSWERS
    assert sum(row["image"] == "a" for row in chosen) < 8
    assert sum(row["image"].startswith("c") for row in chosen) < 5


def test_only_what_is_suggested_is_asked_about() -> None:
    rows = [suggestion("a", 0.5), {**suggestion("b", 0.3), "kept": False}]
    for order in ("useful", "chance"):
        assert [row["image"] for row in asked(rows, order, random.Random(0))] == ["a"]
