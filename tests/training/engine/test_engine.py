"""The engine as a whole, as the worker sees it: a job file in, events and results out."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.training.engine.conftest import (
    ROOT,
    SIZE,
    Outcome,
    Scene,
    engine_command,
    run_engine,
    run_here,
    shot,
    target,
)
from training.engine.core.boxes import as_boxes, iou
from training.engine.runtime import load_yolo

MakeJob = Callable[..., dict[str, Any]]
MODEL_LIMIT = 2_000_000


@pytest.fixture(scope="session")
def whole(make_job: MakeJob, scenes: list[Scene], tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Four shot images and six to label, run as a process."""
    images = [shot(place + 1, scene) for place, scene in enumerate(scenes[:4])]
    images += [target(place + 1, scene) for place, scene in enumerate(scenes) if place >= 6]
    return run_engine(make_job(tmp_path_factory.mktemp("whole"), images))


def test_events_keep_the_contract(whole: Outcome) -> None:
    assert whole.code == 0, whole.stderr
    finished = [event["stage"] for event in whole.of("stage") if event["state"] == "finished"]
    assert finished == ["prepare", "propose", "verify", "suggest"]
    percents = [event["percent"] for event in whole.of("progress")]
    assert percents == sorted(percents)
    assert {event["name"] for event in whole.of("weights")} == {
        "yolo26m.pt", "yolov8s-worldv2.pt", "efficientnet-lite2.pth",
    }  # fmt: skip
    assert whole.of("memory")[0]["rss_mb"] > 0
    assert whole.events[-1]["kind"] == "done"


def test_the_discs_are_found_and_the_squares_are_not(whole: Outcome, scenes: list[Scene]) -> None:
    found = {image["id"]: image["suggestions"] for image in whole.suggestions["images"]}
    assert sorted(found) == [7, 8, 9, 10, 11, 12]
    hits = wrong = truths = 0
    for image_id, suggestions in found.items():
        scene = scenes[image_id - 1]
        truths += len(scene.discs)
        for one in suggestions:
            overlap = iou(as_boxes([one["xyxy"]]), as_boxes(scene.discs)).max()
            hits += overlap >= 0.5
            wrong += overlap < 0.5
            assert one["state"] in ("auto", "review")
            assert one["source"] in ("head", "generic", "detector")
            similarities = [near["similarity"] for near in one["neighbours"]]
            shots, others = similarities[:3], similarities[3:]
            assert len(others) == 2
            assert (shots, others) == (sorted(shots, reverse=True), sorted(others, reverse=True))
    assert hits >= 0.7 * truths
    assert wrong <= 0.3 * truths


def test_results_say_what_made_them(whole: Outcome) -> None:
    facts = whole.suggestions
    disc = facts["classes"]["7"]
    assert disc["measured"] == "loo"
    assert disc["recall_low"] <= disc["recall"] <= disc["recall_high"]
    assert {case["image_id"] for case in disc["worst"]} <= set(range(1, 5))  # the shots' images
    assert all(len(weight["sha256"]) == 64 for weight in facts["info"]["weights"])
    assert set(facts["info"]["seconds"]) == {"prepare", "propose", "verify", "suggest"}
    model = whole.workdir / "model" / "class-7.npz"
    assert model.stat().st_size < MODEL_LIMIT
    with np.load(model, allow_pickle=False) as arrays:
        assert len(arrays.files) > 5


def test_resume_skips_finished_stages_and_ends_the_same(whole: Outcome) -> None:
    before = whole.suggestions
    (whole.workdir / "stages" / "suggest.json").unlink()
    job = json.loads((whole.workdir / "job.json").read_text(encoding="utf-8"))
    again = run_here(job)
    states = {event["stage"]: event["state"] for event in again.of("stage")}
    assert states == {"prepare": "skipped", "propose": "skipped", "verify": "skipped", "suggest": "finished"}
    assert (again.suggestions["images"], again.suggestions["classes"]) == (before["images"], before["classes"])


def test_a_run_begun_by_older_code_is_taken_up(whole: Outcome, tmp_path: Path) -> None:
    job = json.loads((whole.workdir / "job.json").read_text(encoding="utf-8"))
    shutil.copytree(whole.workdir, tmp_path, dirs_exist_ok=True)
    job["workdir"] = str(tmp_path)
    old = tmp_path / "stages" / "propose.json"
    raw = json.dumps(job).encode()
    for path in old.parent.glob("*.json"):
        facts = json.loads(path.read_text(encoding="utf-8")) | {"fingerprint": hashlib.sha256(raw).hexdigest()}
        path.write_text(json.dumps(facts), encoding="utf-8")
    old.write_text(json.dumps({"fingerprint": hashlib.sha256(raw).hexdigest(), "arrays": True, "value": {}}))
    again = run_here(job)
    assert again.code == 0
    states = {event["stage"]: event["state"] for event in again.of("stage")}
    assert states == {"prepare": "skipped", "propose": "finished", "verify": "finished", "suggest": "finished"}
    assert [event["code"] for event in again.of("log")][:1] == ["stage_outdated"]
    assert again.suggestions["images"] == whole.suggestions["images"]


def test_same_seed_same_result(whole: Outcome, tmp_path: Path) -> None:
    job = json.loads((whole.workdir / "job.json").read_text(encoding="utf-8"))
    again = run_here({**job, "workdir": str(tmp_path)})
    assert again.suggestions["images"] == whole.suggestions["images"]


def test_term_ends_it_within_five_seconds(make_job: MakeJob, scenes: list[Scene], tmp_path: Path) -> None:
    job = make_job(tmp_path / "w", [shot(1, scenes[0]), target(2, scenes[1])], cache_dir=str(tmp_path / "empty"))
    engine = subprocess.Popen(
        engine_command(job), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    for line in engine.stdout or ():
        if json.loads(line)["kind"] == "weights":
            break
    start = time.monotonic()
    engine.terminate()
    assert engine.wait(timeout=5) == -signal.SIGTERM
    assert time.monotonic() - start < 5


def odd_picture(path: Path, kind: str) -> None:
    rng = np.random.default_rng(0)
    grey = rng.integers(0, 255, (SIZE[1], SIZE[0]), dtype=np.uint8)
    if kind == "16 bit":
        Image.fromarray(grey.astype(np.uint16) * 256).save(path)
    else:
        Image.fromarray(grey).convert(kind).save(path)


@pytest.mark.parametrize("size", [(16, 16), (1, 400), (9000, 40), (11000, 9100)])
def test_tiny_and_huge_pictures_are_looked_at(
    make_job: MakeJob, scenes: list[Scene], tmp_path: Path, size: tuple[int, int]
) -> None:
    path = tmp_path / "odd.png"
    Image.new("RGB", size, (120, 120, 120)).save(path)
    done = run_here(make_job(tmp_path / "w", [shot(1, scenes[0]), shot(2, scenes[1]), {"id": 3, "path": str(path)}]))
    assert done.code == 0
    width, height = size
    for one in done.suggestions["images"][0]["suggestions"]:
        x1, y1, x2, y2 = one["xyxy"]
        assert 0 <= x1 < x2 <= width
        assert 0 <= y1 < y2 <= height


@pytest.mark.parametrize(
    "box",
    [
        [100.0, 100.0, 103.0, 103.0],
        [300.0, 220.0, 360.0, 260.0],
        [-20.0, -20.0, 340.0, 260.0],
        [400.0, 300.0, 420.0, 330.0],
    ],
    ids=["three pixels", "over the edge", "larger than the image", "outside"],
)
def test_odd_shots_are_no_crash(make_job: MakeJob, scenes: list[Scene], tmp_path: Path, box: list[float]) -> None:
    odd = shot(1, scenes[0], boxes=[{"id": 5, "class_id": 7, "xyxy": box}])
    done = run_here(make_job(tmp_path / "w", [odd, shot(2, scenes[1]), target(3, scenes[2])]))
    assert done.code == 0 or done.of("error")[0]["text"]
    if done.code == 0:
        assert [image["id"] for image in done.suggestions["images"]] == [3]


def test_a_class_that_is_nowhere_is_hardly_suggested(make_job: MakeJob, scenes: list[Scene], tmp_path: Path) -> None:
    images = [shot(place + 1, scene) for place, scene in enumerate(scenes[:4])]
    rng = np.random.default_rng(3)
    for number in range(10, 13):
        path = tmp_path / f"empty-{number}.png"
        Image.fromarray(rng.integers(90, 140, (240, 320, 3), dtype=np.uint8)).save(path)
        images.append({"id": number, "path": str(path), "target": True})
    done = run_here(make_job(tmp_path / "w", images))
    assert sum(len(image["suggestions"]) for image in done.suggestions["images"]) <= 1


@pytest.mark.parametrize(("kind", "suffix"), [("16 bit", "png"), ("CMYK", "jpg"), ("L", "png")])
def test_odd_pictures_are_labelled_too(
    make_job: MakeJob, scenes: list[Scene], tmp_path: Path, kind: str, suffix: str
) -> None:
    path = tmp_path / f"odd.{suffix}"
    odd_picture(path, kind)
    job = make_job(tmp_path / "w", [shot(1, scenes[0]), {"id": 2, "path": str(path)}])
    assert run_here(job).code == 0


@pytest.mark.parametrize(
    ("case", "shots_more", "targets"),
    [
        ("one shot", {}, [1]),
        ("not complete", {"complete_for": []}, [1]),
        ("three pixels", {"boxes": [{"id": 1, "class_id": 7, "xyxy": [5, 5, 8, 8]}]}, [1]),
        ("outside the image", {"boxes": [{"id": 1, "class_id": 7, "xyxy": [900, 900, 950, 950]}]}, [1]),
        ("no targets", {}, []),
    ],
)
def test_little_to_learn_from_is_no_crash(
    make_job: MakeJob, scenes: list[Scene], tmp_path: Path, case: str, shots_more: dict[str, Any], targets: list[int]
) -> None:
    images = [shot(1, scenes[0], **shots_more), *(target(2, scenes[place]) for place in targets)]
    done = run_here(make_job(tmp_path, images))
    assert done.code == 0, case
    assert done.suggestions["classes"]["7"]["measured"] == "none"
    assert [event["code"] for event in done.of("log")][:1] == ["few_shots"]


def test_people_who_spoke_are_not_asked_again(make_job: MakeJob, scenes: list[Scene], tmp_path: Path) -> None:
    boxes = [{"id": 90 + place, "class_id": 7, "xyxy": box} for place, box in enumerate(scenes[7].discs)]
    images = [shot(place + 1, scene) for place, scene in enumerate(scenes[:4])]
    images += [target(8, scenes[7], rejected=boxes), target(9, scenes[8], boxes=[{**boxes[0], "class_id": 8}])]
    suggestions = run_here(make_job(tmp_path, images)).suggestions["images"][0]["suggestions"]
    assert all(iou(as_boxes([one["xyxy"]]), as_boxes(scenes[7].discs)).max() < 0.5 for one in suggestions)


def test_nothing_is_suggested_or_unlearned_where_nobody_looks(
    make_job: MakeJob, scenes: list[Scene], tmp_path: Path
) -> None:
    """Half of each shot image is a crowd, its discs undrawn, and the images are complete all the same."""
    images = []
    for place, scene in enumerate(scenes[:4]):
        drawn, crowd = scene.discs[:1], scene.discs[1:]
        boxes = [{"id": 10 * place + 1, "class_id": 7, "xyxy": box} for box in drawn]
        images.append(shot(place + 1, scene, boxes=boxes, regions=[{"class_id": 7, "xyxy": box} for box in crowd]))
    looked, passed = scenes[7].discs[0], scenes[7].discs[1:]
    images.append(target(8, scenes[7], regions=[{"class_id": 7, "xyxy": box} for box in passed]))
    found = run_here(make_job(tmp_path, images)).suggestions["images"][0]["suggestions"]
    places = as_boxes([one["xyxy"] for one in found])
    assert iou(places, as_boxes([looked])).max(initial=0) > 0.5
    assert iou(places, as_boxes(passed)).max(initial=0) < 0.5


def test_a_broken_target_is_named_and_left_out(make_job: MakeJob, scenes: list[Scene], tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"not an image")
    done = run_here(make_job(tmp_path / "w", [shot(1, scenes[0]), {"id": 2, "path": str(broken)}]))
    assert done.code == 0
    assert any(event["code"] == "bad_image" and "broken.png" in event["text"] for event in done.of("log"))
    assert done.suggestions["images"] == [{"id": 2, "suggestions": [], "dropped": []}]


@pytest.mark.parametrize(
    ("images", "code"),
    [
        ([], "no_shots"),
        ([{"id": 1, "path": "/nowhere.png", "boxes": [{"id": 1, "class_id": 7, "xyxy": [0, 0, 9, 9]}]}], "bad_image"),
    ],
)
def test_nothing_to_learn_from_is_a_sentence(make_job: MakeJob, tmp_path: Path, images: list[Any], code: str) -> None:
    done = run_here(make_job(tmp_path, images))
    assert (done.code, done.events[-1]["kind"], done.events[-1]["code"]) == (1, "error", code)


def test_a_bad_job_is_an_error_event(tmp_path: Path) -> None:
    done = run_engine({"schema": 1, "kind": "autolabel", "workdir": str(tmp_path)})
    assert (done.code, done.events[-1]["code"]) == (1, "bad_job")


def test_training_tells_epochs_and_its_detector_detects(make_job: MakeJob, scenes: list[Scene], tmp_path: Path) -> None:
    images = [shot(place + 1, scene) for place, scene in enumerate(scenes[:8])] + [target(20, scenes[10])]
    train = {"mode": "always", "epochs": 2, "image_size": 160}
    augment = {"rotate_deg": 30, "flip": True, "brightness": 0.3, "noise": True}
    done = run_engine(make_job(tmp_path / "train", images, train=train, augment=augment))
    assert done.code == 0, done.stderr
    assert [event["epoch"] for event in done.of("epoch")] == [1, 2]
    assert {"box", "cls"} <= set(done.of("epoch")[0]["losses"])
    summary = done.of("summary")[0]["model"]
    assert summary["parameters"] > summary["gradients"] > 0
    facts = json.loads((done.workdir / "model" / "detector.json").read_text(encoding="utf-8"))
    reported = [event["kind"] for event in done.events]
    assert reported.index("suggestions") < reported.index("epoch")  # nobody waits for training
    assert done.of("suggestions")[0]["count"] == sum(len(one["suggestions"]) for one in done.suggestions["images"])
    assert "train" not in done.suggestions["info"]["seconds"]
    assert facts["seconds"] > 0
    assert [one["name"] for one in facts["weights"]] == ["yolo26n.pt"]
    assert facts["class_ids"] == [7]
    assert len(facts["curves"]["epoch"]) == len(facts["curves"]["box"]) == 2
    assert not (done.workdir / "train").exists()
    sure = sum(one["state"] == "auto" for image in done.suggestions["images"] for one in image["suggestions"])
    assert facts["pseudo_boxes"] == sure
    assert facts["train_images"] + facts["validation_images"] == 8 + (sure > 0)

    detect = {
        "trained": str(done.workdir / "model" / "detector.pt"), "trained_sha256": facts["sha256"], "conf": 0.001,
        "class_map": {"0": 7},
    }  # fmt: skip
    job = make_job(tmp_path / "detect", [target(1, scenes[10])], kind="detect", detect=detect)
    found = run_here(job)
    assert found.code == 0
    assert [image["id"] for image in found.suggestions["images"]] == [1]
    refused = run_here({**job, "workdir": str(tmp_path / "x"), "detect": {**detect, "trained_sha256": "0" * 64}})
    assert (refused.code, refused.events[-1]["code"]) == (1, "bad_job")


def test_a_detector_that_keeps_its_base_knows_both_and_finds_only_what_has_a_name_here(
    make_job: MakeJob, scenes: list[Scene], weights_dir: Path, tmp_path: Path
) -> None:
    images = [shot(place + 1, scene) for place, scene in enumerate(scenes[:4])] + [target(20, scenes[10])]
    train = {"mode": "always", "epochs": 1, "image_size": 160, "keep_base": True}
    classes = [{"id": 7, "name": "disc"}, {"id": 8, "name": "Person"}]
    images[0]["boxes"] += [{"id": 99, "class_id": 8, "xyxy": scenes[0].squares[0]}]
    tests = [shot(place + 30, scene, complete_for=[7, 9]) for place, scene in enumerate(scenes[8:10])]
    tests[0]["boxes"] += [{"id": None, "class_id": 9, "xyxy": scenes[8].squares[0]}]
    names = [*classes, {"id": 9, "name": "Bicycle"}]
    done = run_engine(make_job(tmp_path / "train", images, classes=classes, train=train, test=tests, names=names))
    assert done.code == 0, done.stderr
    figures = json.loads((done.workdir / "measured.json").read_text(encoding="utf-8"))
    detector = figures["detector"]
    assert {row["id"]: (row["base"], row["images"]) for row in detector["classes"]} == {7: (False, 2), 9: (True, 2)}
    assert detector["base"]["boxes"] + detector["novel"]["boxes"] == detector["combined"]["boxes"]
    assert [row["id"] for row in figures["models"]["classes"]] == [7]
    facts = json.loads((done.workdir / "model" / "detector.json").read_text(encoding="utf-8"))
    assert facts["classes"][:3] == ["disc", "Person", "bicycle"]
    assert facts["class_ids"] == [7, 8] + [None] * 79
    assert facts["base_classes"] == facts["classes"][1:]
    assert facts["agreement"]["images"] <= 1
    kept, before = (
        load_yolo(path).model.float().state_dict()
        for path in (done.workdir / "model" / "detector.pt", weights_dir / "yolo26n.pt")
    )
    changed = {name for name, value in before.items() if not value.equal(kept[name])}
    assert len(changed) == 12  # weight and bias of the last class convolution, at three levels of two heads
    for name in changed:
        assert before[name][1:].equal(kept[name][2:])  # "person" is the project's now

    trained = {"trained": str(done.workdir / "model" / "detector.pt"), "trained_sha256": facts["sha256"], "conf": 0.001}
    named = [{"id": 7, "name": "disc"}, {"id": 9, "name": "Bicycle"}]
    for name, class_map in (("mapped", {"0": 7, "2": 9}), ("named", {})):
        detect = {**trained, "class_map": class_map}
        job = make_job(tmp_path / name, [target(1, scenes[10])], kind="detect", classes=named, detect=detect)
        found = run_here(job)
        assert found.code == 0
        assert {one["class_id"] for one in found.suggestions["images"][0]["suggestions"]} <= {7, 9}
        assert not [event for event in found.of("log") if event["code"] == "no_class_matches"]
