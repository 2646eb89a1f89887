"""A warm engine answers for one picture as a run would, and goes on after a picture that is none."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.training.engine.conftest import Outcome, Scene, run_here, shot, target, write_job
from training.engine import serve as module
from training.engine.__main__ import explain
from training.engine.core.boxes import as_boxes, iou
from training.engine.tuning import DEFAULTS
from training.protocol.hashing import sha256_of
from training.protocol.job import StoredModel
from training.protocol.serving import CLICK, READY, Answer, JobQuestion, Question


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


@pytest.mark.parametrize("kind", ["autolabel", "similar", "detect"])
def test_a_job_in_a_warm_engine_gives_what_one_of_its_own_gives(make_job, scenes, tmp_path, kind):
    """Asked after a question and another job, whose networks it shares."""
    images = [shot(place + 1, scene) for place, scene in enumerate(scenes[:3])] + [target(9, scenes[8])]
    more = {
        "autolabel": {},
        "similar": {"similar": {"image": 1, "xyxy": scenes[0].discs[0], "within": True}},
        "detect": {"detect": {"weights": "yolo26n", "conf": 0.001, "class_map": {"32": 7}}},
    }[kind]
    own = run_here(make_job(tmp_path / "own", images, kind=kind, **more))
    jobs = [write_job(make_job(tmp_path / name, images, kind=kind, **more)) for name in ("first", "second")]
    given = {"models": (), "cache_dir": Path(json.loads(jobs[0].read_text())["cache_dir"])}
    given["weights_dir"] = Path(json.loads(jobs[0].read_text())["weights_dir"])
    lines = [Question("0", scenes[5].path, kind=READY, **given).line(), *(JobQuestion("j", job).line() for job in jobs)]
    out = io.StringIO()
    module.serve([line + "\n" for line in lines], out, explain)
    assert [answer.error for line in out.getvalue().splitlines() if (answer := Answer.of(line))] == [{}, {}, {}]
    assert '"kind": "done"' in out.getvalue()
    names = "matches" if kind == "similar" else "images"
    for job in jobs:
        found = json.loads((job.parent / "suggestions.json").read_text())
        assert found[names] == own.suggestions[names]
        assert found["info"]["weights"] == own.suggestions["info"]["weights"]


def test_a_job_that_fails_says_so_and_leaves_the_engine(make_job, scenes, tmp_path):
    broken = write_job(make_job(tmp_path / "a", [target(9, scenes[8])]))
    fine = write_job(make_job(tmp_path / "b", [target(9, scenes[8])], kind="detect",
                              detect={"weights": "yolo26n", "class_map": {"32": 7}}))  # fmt: skip
    out = io.StringIO()
    module.serve([JobQuestion(str(n), job).line() + "\n" for n, job in enumerate((broken, fine))], out, explain)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["code"] for line in lines if line.get("kind") == "error"] == ["no_shots"]
    assert [answer.error for line in lines if (answer := Answer.of(json.dumps(line)))] == [{"code": "failed"}, {}]


def test_a_search_over_images_that_nobody_looked_at_is_left(make_job, scenes, tmp_path):
    images = [target(place + 1, scene, sha256=sha256_of(scene.path)) for place, scene in enumerate(scenes[:4])]
    wanted = {"similar": {"image": 1, "xyxy": scenes[0].discs[0]}}
    given = make_job(tmp_path / "a", images, kind="similar", **wanted)
    folder = {"cache_dir": str(tmp_path / "cache")}
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache/networks").symlink_to(Path(given["cache_dir"]) / "networks")
    out = io.StringIO()
    module.serve([JobQuestion("0", write_job(given | folder)).line() + "\n"], out, explain)
    assert [json.loads(line)["error"] for line in out.getvalue().splitlines()] == [{"code": "not_at_hand"}]
    run_here(given | folder)
    again = write_job(given | folder | {"workdir": str(tmp_path / "b")})
    out = io.StringIO()
    module.serve([JobQuestion("0", again).line() + "\n"], out, explain)
    assert json.loads(out.getvalue().splitlines()[-1])["error"] == {}
