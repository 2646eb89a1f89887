"""Questions to a warm engine and its answers, there and back; what makes no sense is refused by its field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from training.protocol.errors import BadJob
from training.protocol.job import StoredModel
from training.protocol.serving import CLICK, READY, Answer, ClickedBox, JobQuestion, Question, asked

MODEL = StoredModel(7, Path("/models/7.npz"), "a" * 64, {"budget": "fast"})


@pytest.mark.parametrize(
    "question",
    [
        Question("1", Path("/a.jpg"), (MODEL,), Path("/cache"), Path("/weights")),
        Question("2", Path("/a.jpg"), (), Path("/cache"), Path("/weights"), "cuda:1", READY),
        Question("3", Path("/a.jpg"), (MODEL,), Path("/cache"), Path("/weights"), "cpu", CLICK, (10.5, 20.0)),
    ],
)
def test_a_question_comes_as_it_was_sent(question: Question) -> None:
    assert Question.of(question.line()) == asked(question.line()) == question


def test_a_job_comes_as_it_was_sent() -> None:
    question = JobQuestion("4", Path("/runs/4/job.json"))
    assert asked(question.line()) == question
    with pytest.raises(BadJob):
        asked('{"id": "4", "job": "job.json"}')


@pytest.mark.parametrize(
    ("part", "field"),
    [({"kind": "draw"}, "kind"), ({"kind": "click"}, "point"), ({"point": [1, 2]}, "point"),
     ({"kind": "click", "point": [1]}, "point"), ({"kind": "click", "point": [1, "x"]}, "point"),
     ({"image": "a.jpg"}, "image")],
)  # fmt: skip
def test_what_is_no_question_is_refused(part: dict[str, Any], field: str) -> None:
    line = Question("1", Path("/a.jpg"), (), Path("/cache"), Path("/weights")).line()
    with pytest.raises(BadJob) as refused:
        Question.of(json.dumps(json.loads(line) | part))
    assert refused.value.data["field"] == field


def test_an_answer_comes_as_it_was_sent() -> None:
    box: ClickedBox = {"xyxy": [1.0, 2.0, 3.0, 4.0], "score": 0.5, "source": "anchor"}
    answer = Answer("1", [64, 48], [], 0.25, {}, [box])
    assert Answer.of(answer.line()) == answer
    assert Answer.of("a library prints this") is None
