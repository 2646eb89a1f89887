"""A warm engine answers for one picture as a run would, and goes on after a picture that is none."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.training.engine.conftest import Outcome, Scene, run_here, shot, target
from training.engine import serve as module
from training.engine.__main__ import explain
from training.engine.core.boxes import as_boxes, iou
from training.engine.tuning import DEFAULTS
from training.protocol.hashing import sha256_of
from training.protocol.job import StoredModel
from training.protocol.serving import CLICK, READY, Answer, Question


@pytest.fixture(scope="module")
def learned(
    make_job: Callable[..., dict[str, Any]], scenes: list[Scene], tmp_path_factory: pytest.TempPathFactory
) -> Outcome:
    images = [shot(place + 1, scene) for place, scene in enumerate(scenes[:4])] + [target(9, scenes[8])]
    return run_here(make_job(tmp_path_factory.mktemp("learned"), images))


@pytest.fixture
def ask(learned: Outcome, cache_dir: Path, weights_dir: Path) -> Callable[..., list[Answer]]:
    file = learned.workdir / "model/class-7.npz"
    stored = StoredModel(7, file, sha256_of(file), json.loads(file.with_suffix(".json").read_text()))

    def asked(*images: Path, model: StoredModel = stored, **more: Any) -> list[Answer]:
        out = io.StringIO()
        given = {"models": (model,), "cache_dir": cache_dir, "weights_dir": weights_dir} | more
        lines = [Question(str(n), image, **given).line() + "\n" for n, image in enumerate(images)]
        module.serve(lines, out, explain)
        answers = [Answer.of(line) for line in out.getvalue().splitlines()]
        assert [answer.id for answer in answers if answer] == [str(n) for n in range(len(images))]
        return [answer for answer in answers if answer]

    return asked


def test_it_finds_the_objects_of_each_picture(ask, scenes, learned):
    answers = ask(*(scene.path for scene in scenes[5:9]))
    for answer, scene in zip(answers, scenes[5:9], strict=True):
        assert tuple(answer.size) == (320, 240)
        boxes = as_boxes([row["xyxy"] for row in answer.suggestions])
        assert (iou(as_boxes(scene.discs), boxes).max(axis=1, initial=0) > 0.5).all()
        assert not answer.error
    [of_run] = learned.suggestions["images"]
    last = answers[-1].suggestions
    np.testing.assert_allclose([row["xyxy"] for row in last], [row["xyxy"] for row in of_run["suggestions"]], atol=0.02)
    assert last[0]["neighbours"] == of_run["suggestions"][0]["neighbours"]


def test_nothing_is_kept_of_a_picture(ask, scenes, cache_dir):
    before = sorted(cache_dir.rglob("*.npz"))
    ask(scenes[11].path)
    assert sorted(cache_dir.rglob("*.npz")) == before


def test_after_what_is_no_picture_the_next_is_answered(ask, scenes, tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    bad, missing, good = ask(tmp_path / "a.jpg", tmp_path / "b.jpg", scenes[5].path)
    assert [bad.error["code"], missing.error["code"]] == ["bad_image", "bad_image"]
    assert good.suggestions
    assert not good.error


@pytest.mark.parametrize("with_model", [True, False])
def test_a_click_gives_the_box_of_what_is_there(ask, scenes, with_model):
    for scene in scenes[5:7]:
        disc = scene.discs[0]
        point = ((disc[0] + disc[2]) / 2 + 4, (disc[1] + disc[3]) / 2 - 3)
        more = {} if with_model else {"models": ()}
        [answer] = ask(scene.path, kind=CLICK, point=point, **more)
        assert not answer.error
        assert iou(as_boxes([answer.boxes[0]["xyxy"]]), as_boxes([disc])).max() > 0.75
        assert len(answer.boxes) <= DEFAULTS.clicks.most
        assert all(0 <= box["score"] <= 1 for box in answer.boxes)


def test_an_image_is_looked_at_once_for_all_its_clicks(ask, scenes, monkeypatch):
    looks = []
    look = module.Features.look
    monkeypatch.setattr(module.Features, "look", lambda *given: looks.append(1) or look(*given))
    ready, *clicks = ask(*[scenes[5].path] * 4, kind=READY)
    assert ready.boxes == []
    assert len(looks) == 1
    assert all(click.seconds < ready.seconds / 2 for click in clicks)


def test_of_many_images_the_last_are_kept_ready(ask, scenes, monkeypatch):
    monkeypatch.setattr("training.engine.ready_images.MOST_READY_IMAGES", 1)
    looks = []
    look = module.Features.look
    monkeypatch.setattr(module.Features, "look", lambda *given: looks.append(1) or look(*given))
    ask(scenes[5].path, scenes[5].path, scenes[6].path, scenes[5].path, kind=READY, models=())
    assert len(looks) == 3


def test_what_is_no_question_is_answered_too():
    out = io.StringIO()
    module.serve(["hello\n", '{"id": 3}\n'], out, explain)
    assert [json.loads(line)["error"]["code"] for line in out.getvalue().splitlines()] == ["bad_job", "bad_job"]


def test_a_model_is_loaded_once(ask, scenes, monkeypatch):
    loaded = []
    load = module.predict.load
    monkeypatch.setattr(module.predict, "load", lambda *given: loaded.append(1) or load(*given))
    ask(*[scenes[5].path] * 3)
    assert len(loaded) == 1
