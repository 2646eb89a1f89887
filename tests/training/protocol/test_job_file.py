"""Job files: what is right is parsed, what is wrong is refused with the name of the field."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from training.protocol import job_file
from training.protocol.errors import BadJob

GOOD: dict[str, Any] = {
    "schema": 1, "run": "r", "kind": "autolabel", "workdir": "/w", "cache_dir": "/c", "weights_dir": "/p",
    "device": "auto", "budget": "fast", "seed": 3, "classes": [{"id": 7, "name": "disc"}],
    "images": [
        {"id": 1, "path": "/a.png", "sha256": None, "width": None, "height": None, "target": False,
         "boxes": [{"id": 11, "class_id": 7, "xyxy": [1, 2, 3, 4]}], "rejected": [], "complete_for": [7]},
        {"id": 2, "path": "/b.png"},
    ],
}  # fmt: skip


def test_regions_go_there_and_back() -> None:
    raw = copy.deepcopy(GOOD)
    raw["images"][0]["regions"] = [{"id": None, "class_id": 7, "xyxy": [0, 0, 90, 40]}]
    job = job_file.parse(raw)
    assert job.images[0].regions_of(7) == [(0, 0, 90, 40)]
    assert job.images[0].regions_of(8) == job.images[1].regions_of(7) == []
    assert job_file.parse(job_file.dump(job)) == job


def test_good_job_with_defaults() -> None:
    job = job_file.parse(GOOD)
    assert (job.seed, job.train.mode, job.train.base, job.images[1].target) == (3, "auto", "yolo26n", True)
    assert job.aim == "time"
    assert job.images[0].shots_of(7)[0].xyxy == (1, 2, 3, 4)
    assert job.count_shots() == 1


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (["schema"], 2, "schema"),
        (["schema"], None, "schema"),
        (["kind"], "train", "kind"),
        (["workdir"], "relative", "workdir"),
        (["workdir"], None, "workdir"),
        (["device"], "tpu", "device"),
        (["budget"], "huge", "budget"),
        (["aim"], "speed", "aim"),
        (["seed"], True, "seed"),
        (["classes"], [], "classes"),
        (["classes"], "disc", "classes"),
        (["classes", 0, "name"], "", "classes[0].name"),
        (["images", 0], "x", "images[0]"),
        (["images", 1, "id"], 1, "images[1].id"),
        (["images", 0, "path"], "a.png", "images[0].path"),
        (["images", 0, "sha256"], "xyz", "images[0].sha256"),
        (["images", 0, "width"], 0, "images[0].width"),
        (["images", 0, "target"], 1, "images[0].target"),
        (["images", 0, "complete_for"], ["7"], "images[0].complete_for"),
        (["images", 0, "regions"], [{"class_id": 7, "xyxy": [1, 2, 3]}], "images[0].regions[0].xyxy"),
        (["images", 0, "boxes", 0, "xyxy"], [1, 2, 3], "images[0].boxes[0].xyxy"),
        (["images", 0, "boxes", 0, "xyxy"], [3, 2, 1, 4], "images[0].boxes[0].xyxy"),
        (["images", 0, "boxes", 0, "xyxy"], [1, 2, float("nan"), 4], "images[0].boxes[0].xyxy"),
        (["images", 0, "boxes", 0, "class_id"], "7", "images[0].boxes[0].class_id"),
        (["train"], {"mode": "sometimes"}, "train.mode"),
        (["train"], {"epochs": 0}, "train.epochs"),
        (["train"], {"image_size": 9}, "train.image_size"),
        (["train"], {"keep_base": "yes"}, "train.keep_base"),
        (["train"], {"keep_base": 1}, "train.keep_base"),
        (["augment"], {"rotate_deg": 400}, "augment.rotate_deg"),
        (["augment"], {"flip": "yes"}, "augment.flip"),
        (["detect"], {"conf": 2}, "detect.conf"),
        (["detect"], {"class_map": {"a": 7}}, "detect.class_map.a"),
    ],
)
def test_bad_field_is_named(path: list[Any], value: Any, field: str) -> None:
    raw = copy.deepcopy(GOOD)
    place = raw
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(BadJob) as caught:
        job_file.parse(raw)
    assert caught.value.data["field"] == field
    assert field in caught.value.text


@pytest.mark.parametrize(("train", "kept"), [({}, False), ({"keep_base": None}, False), ({"keep_base": True}, True)])
def test_base_classes_are_kept_only_when_asked(train: dict[str, Any], kept: bool) -> None:
    assert job_file.parse({**GOOD, "train": train}).train.keep_base is kept


@pytest.mark.parametrize("raw", [[], "x", 3, None])
def test_not_even_an_object(raw: Any) -> None:
    with pytest.raises(BadJob):
        job_file.parse(raw)


@pytest.mark.parametrize("detect", [{}, {"trained": "/d.pt"}])
def test_detect_needs_a_detector_with_its_hash(detect: dict[str, Any]) -> None:
    with pytest.raises(BadJob):
        job_file.parse({**GOOD, "kind": "detect", "detect": detect})


@pytest.mark.parametrize(("content", "word"), [(None, "cannot be read"), ("{", "not JSON")])
def test_file_itself(tmp_path: Any, content: str | None, word: str) -> None:
    path = tmp_path / "job.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(BadJob, match=word):
        job_file.load(path)


@pytest.mark.parametrize(
    "more",
    [
        {"train": {"mode": "always", "epochs": 3, "keep_base": True}, "augment": {"rotate_deg": 30}},
        {"aim": "precision"},
        {"kind": "detect", "detect": {"weights": "yolo26n", "conf": 0.1, "class_map": {"2": 7}}},
        {"kind": "detect", "detect": {"trained": "/d.pt", "trained_sha256": "0" * 64}},
        {"kind": "similar", "similar": {"image": 1, "xyxy": [1, 2, 3, 4], "within": True}},
    ],
)
def test_a_job_is_the_same_when_it_was_written_and_read(more: dict[str, Any]) -> None:
    job = job_file.parse(GOOD | more)
    assert job_file.parse(json.loads(json.dumps(job_file.dump(job)))) == job
