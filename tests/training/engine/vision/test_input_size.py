"""Small objects get more pixels, and a class that needs them changes nothing for another."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.training.engine.conftest import Scene, draw_scene, run_here, shot, target
from training.engine.tuning import DEFAULTS
from training.engine.vision.input_size import side_for, span


@pytest.mark.parametrize(
    ("box", "size", "share"),
    [((0, 0, 30, 30), (300, 200), 0.1), ((10, 10, 26, 35), (200, 400), 0.05), ((5, 5, 5, 9), (100, 100), 0.0)],
)
def test_span_is_the_square_root_of_the_area_over_the_longer_side(box, size, share) -> None:
    assert span(box, size) == pytest.approx(share)


@pytest.mark.parametrize(
    ("budget", "spans", "side"),
    [
        ("fast", [], 640),
        ("fast", [0.2, 0.3], 640),
        ("fast", [0.02, 0.02, 0.02], 1280),
        ("fast", [0.01] * 5, 1280),
        ("best", [0.01] * 5, 1920),
        ("best", [0.02] * 5, 1280),
        ("fast", [0.01, *[0.1] * 9], 640),
    ],
)
def test_most_shots_must_be_seen(budget, spans, side) -> None:
    assert side_for(spans, budget, DEFAULTS.detector) == side


def small(scene: Scene, folder: Path) -> Scene:
    """The scene in a corner of a picture six times as wide: its objects are tiny at 640 pixels."""
    whole = Image.new("RGB", (1920, 480), (114, 114, 114))
    whole.paste(Image.open(scene.path), (0, 0))
    path = folder / scene.path.name
    whole.save(path)
    return Scene(path, scene.discs, scene.squares)


def test_a_class_of_small_objects_is_sought_at_a_larger_side_and_others_are_not(
    tmp_path: Path, make_job: Callable[..., dict[str, Any]]
) -> None:
    scenes = [small(draw_scene(tmp_path / f"{seed}.png", seed, 2, 2), tmp_path) for seed in range(2)]
    first = shot(1, scenes[0], complete_for=[7, 8])
    first["boxes"].append({"id": 99, "class_id": 8, "xyxy": [400, 20, 1000, 460]})
    job = make_job(tmp_path / "run", [first, target(3, scenes[1])])
    job["classes"].append({"id": 8, "name": "grey"})
    done = run_here(job)
    assert done.code == 0, done.events
    about = {one: json.loads((done.workdir / "model" / f"class-{one}.json").read_text()) for one in (7, 8)}
    assert [about[one]["detector"].split("-")[1] for one in (7, 8)] == ["1280", "640"]
    found = [one["xyxy"] for one in done.suggestions["images"][0]["suggestions"] if one["class_id"] == 7]
    assert found, "a disc is found where 640 pixels would show sixteen of it"
