"""The command's COCO side: what is read, what is refused in a sentence, what is written."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.training.engine.conftest import SIZE, Scene
from training.engine.autolabel import Options, autolabel, evaluation_text
from training.engine.coco.listing import BadShots
from training.engine.coco.shots import read, targets_under


def coco(scenes: list[Scene]) -> dict[str, Any]:
    annotations = []
    for place, scene in enumerate(scenes, start=1):
        for x1, y1, x2, y2 in scene.discs:
            annotations.append({
                "id": len(annotations) + 1, "image_id": place, "category_id": 3, "bbox": [x1, y1, x2 - x1, y2 - y1],
            })  # fmt: skip
    images = [{"id": place, "file_name": scene.path.name} for place, scene in enumerate(scenes, start=1)]
    return {"images": images, "annotations": annotations, "categories": [{"id": 3, "name": "disc"}]}


@pytest.fixture
def folder(scenes: list[Scene], tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    for scene in scenes:
        shutil.copyfile(scene.path, folder / scene.path.name)
    return folder


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: c.pop("images"), "no list of images"),
        (lambda c: c.update(annotations=[]), "has no box"),
        (lambda c: c["annotations"][0].update(bbox=[1, 2, 3]), "annotation 1 needs a bbox"),
        (lambda c: c["annotations"][0].update(image_id=99), "names image 99"),
        (lambda c: c["annotations"][0].update(category_id=99), "names category 99"),
        (lambda c: c["images"][0].update(file_name="gone.png"), "gone.png lies neither"),
        (lambda c: c["categories"][0].pop("name"), "needs a name"),
    ],
)
def test_bad_shots_get_a_sentence(scenes: list[Scene], folder: Path, tmp_path: Path, change: Any, words: str) -> None:
    content = coco(scenes[:2])
    change(content)
    path = tmp_path / "shots.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(BadShots, match=words):
        read(path, folder)


def test_shots_are_left_out_also_as_copies(scenes: list[Scene], folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "shots.json"
    path.write_text(json.dumps(coco(scenes[:2])), encoding="utf-8")
    shutil.copyfile(scenes[0].path, folder / "copy-of-a-shot.png")
    names = [target.name for target in targets_under(folder, read(path, folder))]
    assert sorted(names) == sorted(scene.path.name for scene in scenes[2:])


def test_out_is_coco(scenes: list[Scene], folder: Path, tmp_path: Path, weights_dir: Path, cache_dir: Path) -> None:
    path, out = tmp_path / "shots.json", tmp_path / "out.json"
    path.write_text(json.dumps(coco(scenes[:4])), encoding="utf-8")
    progress = io.StringIO()
    autolabel(Options(folder, path, out, weights_dir, cache_dir, "cpu"), progress)
    written = json.loads(out.read_text(encoding="utf-8"))
    assert len(written["images"]) == 8
    assert (written["images"][0]["width"], written["images"][0]["height"]) == SIZE
    assert {row["state"] for row in written["annotations"]} <= {"auto", "review"}
    assert all(0 <= row["score"] <= 1 and row["neighbours"] for row in written["annotations"])
    assert {"seconds", "versions", "weights"} <= set(written["info"])
    assert "%" in progress.getvalue()


def test_with_truth_it_says_how_well_it_did(
    scenes: list[Scene], folder: Path, tmp_path: Path, weights_dir: Path, cache_dir: Path
) -> None:
    """The truth's own ids differ; its images are called by another folder; one image has none."""
    path, truth, out = tmp_path / "shots.json", tmp_path / "truth.json", tmp_path / "out.json"
    path.write_text(json.dumps(coco(scenes[:4])), encoding="utf-8")
    true = coco(scenes[1:11])
    true["categories"] = [{"id": 9, "name": "disc"}]
    true["annotations"] = [row | {"category_id": 9} for row in true["annotations"]]
    true["images"] = [row | {"file_name": f"elsewhere/{row['file_name']}"} for row in true["images"]]
    truth.write_text(json.dumps(true), encoding="utf-8")
    written = autolabel(Options(folder, path, out, weights_dir, cache_dir, "cpu", truth=truth), io.StringIO())
    found = json.loads(out.read_text(encoding="utf-8"))["info"]["evaluation"]
    assert (found["truth"], found["images"], found["left_out"]) == ("truth.json", 7, 1)
    disc = found["classes"]["3"]
    assert disc["truths"] == sum(len(scene.discs) for scene in scenes[4:11])
    assert disc["precision_low"] <= disc["precision"] <= disc["precision_high"]
    assert disc["f1"] > 0.7
    assert disc["ap50"] > 0.7
    assert disc["ap_large"] is None
    lines = evaluation_text(written).splitlines()
    assert lines[1].split()[:4] == ["class", "images", "boxes", "precision"]
    assert lines[2].split()[:3] == ["disc", "7", str(disc["truths"])]
    names = {scene.path.name for scene in scenes[:4]}
    assert all(case["file_name"] in names for case in written["info"]["classes"]["3"]["worst"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: c.pop("categories"), "truth file truth.json is not COCO: it has no list of categories"),
        (lambda c: c["categories"][0].update(name="ball"), "none of its categories is called disc"),
        (lambda c: [row.update(file_name=f"other-{row['id']}.png") for row in c["images"]], "none of its images"),
    ],
)
def test_a_truth_that_cannot_be_compared_is_refused_before_the_work(
    scenes: list[Scene], folder: Path, tmp_path: Path, change: Any, words: str
) -> None:
    path, truth, out = tmp_path / "shots.json", tmp_path / "truth.json", tmp_path / "out.json"
    path.write_text(json.dumps(coco(scenes[:6])), encoding="utf-8")
    true = coco(scenes)
    change(true)
    truth.write_text(json.dumps(true), encoding="utf-8")
    with pytest.raises(BadShots, match=words):
        autolabel(Options(folder, path, out, tmp_path, tmp_path, "cpu", truth=truth), io.StringIO())
    assert not out.exists()


def test_an_error_leaves_out_alone(scenes: list[Scene], folder: Path, tmp_path: Path, cache_dir: Path) -> None:
    path, out = tmp_path / "shots.json", tmp_path / "out.json"
    path.write_text(json.dumps(coco(scenes[:2])), encoding="utf-8")
    out.write_text("before", encoding="utf-8")
    with pytest.raises(BadShots, match="device"):
        autolabel(Options(folder, path, out, tmp_path, cache_dir, "tpu"), io.StringIO())
    assert out.read_text(encoding="utf-8") == "before"
