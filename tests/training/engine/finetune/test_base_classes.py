"""Fine-tuning without forgetting: class lists, what is copied, what stays as it is, and the figure of agreement."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from training.engine import runtime
from training.engine.core.boxes import as_boxes
from training.engine.finetune.base_classes import Classes, Predictions, agreement, frozen, hold
from training.engine.finetune.trainer import keeps_base


@pytest.mark.parametrize(
    ("project", "base", "names", "ids", "known"),
    [
        ({7: "disc"}, [], ["disc"], [7], []),
        ({7: "disc"}, ["person", "car"], ["disc", "person", "car"], [7, None, None], ["person", "car"]),
        ({7: "Car", 3: "disc"}, ["person", "car"], ["Car", "disc", "person"], [7, 3, None], ["Car", "person"]),
        ({7: " car ", 3: "CAR"}, ["car", "tv"], [" car ", "CAR", "tv"], [7, 3, None], [" car ", "CAR", "tv"]),
        ({7: "person", 8: "car"}, ["car", "person"], ["person", "car"], [7, 8], ["person", "car"]),
    ],
)
def test_the_project_s_classes_come_first_and_equal_names_are_one(
    project: dict[int, str], base: list[str], names: list[str], ids: list[int | None], known: list[str]
) -> None:
    classes = Classes.of(project, base)
    assert (classes.names, classes.ids, classes.known) == (names, ids, known)
    assert classes.own == len(project)


# --- the network ------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def pretrained(weights_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    runtime.prepare_environment(tmp_path_factory.mktemp("ultralytics"))
    return runtime.load_yolo(weights_dir / "yolo26n.pt").model.float()


@pytest.fixture(scope="module")
def begin(pretrained: Any) -> Callable[[dict[int, str]], tuple[Any, Classes]]:
    """The network as the trainer makes it from the pretrained one, before the first step."""
    from ultralytics.models.yolo.detect import DetectionTrainer

    def make(project: dict[int, str]) -> tuple[Any, Classes]:
        classes = Classes.of(project, list(pretrained.names.values()))
        names = dict(enumerate(classes.names))
        given = SimpleNamespace(data={"nc": len(names), "channels": 3, "names": names}, args=SimpleNamespace())
        given.set_model_names_for_load = lambda model: DetectionTrainer.set_model_names_for_load(given, model)
        model = DetectionTrainer.get_model(given, cfg=pretrained.yaml, weights=pretrained, verbose=False)
        model.args = SimpleNamespace(box=7.5, cls=0.5, dfl=1.5, epochs=10)
        return model, classes

    return make


@pytest.mark.parametrize("project", [{7: "raccoon"}, {7: "Car", 3: "raccoon", 9: "toothbrush"}])
@pytest.mark.parametrize("head", ["cv3", "one2one_cv3"])
def test_the_rows_of_base_classes_are_the_pretrained_ones(
    pretrained: Any, begin: Any, project: dict[int, str], head: str
) -> None:
    model, classes = begin(project)
    before = [name.lower() for name in pretrained.names.values()]
    for old, new in zip(getattr(pretrained.model[-1], head), getattr(model.model[-1], head), strict=True):
        assert new[-1].weight.shape[0] == len(classes.names)
        for here, name in enumerate(classes.names):
            if name in classes.known:
                there = before.index(name.lower())
                np.testing.assert_array_equal(new[-1].weight[here].detach(), old[-1].weight[there].detach())
                assert new[-1].bias[here] == old[-1].bias[there]
        hidden = zip(old[:-1].state_dict().values(), new[:-1].state_dict().values(), strict=True)
        assert all(torch.equal(a, b) for a, b in hidden)


def test_only_the_last_convolutions_of_the_class_branches_may_learn(begin: Any) -> None:
    model, _ = begin({7: "raccoon"})
    names = [f"model.{layer}." for layer in frozen(model)]
    left = {name for name, _ in model.named_parameters() if not any(one in name for one in names)}
    assert left == {
        f"model.23.{branch}.{level}.2.{part}"
        for branch in ("cv3", "one2one_cv3") for level in range(3) for part in ("weight", "bias")
    }  # fmt: skip


@pytest.mark.parametrize(("project", "moving"), [({7: "raccoon"}, [0]), ({7: "Car", 3: "raccoon"}, [0, 1])])
def test_only_rows_of_the_project_s_classes_move(begin: Any, project: dict[int, str], moving: list[int]) -> None:
    model, classes = begin(project)
    hold(model, classes)
    rows = [level[-1] for name in ("cv3", "one2one_cv3") for level in getattr(model.model[-1], name)]
    before = [(row.weight.detach().clone(), row.bias.detach().clone()) for row in rows]
    optimizer = torch.optim.AdamW((part for row in rows for part in row.parameters()), lr=0.01, weight_decay=0.0)
    for _ in range(3):
        optimizer.zero_grad()
        sum((row.weight - 1).square().sum() + (row.bias - 1).square().sum() for row in rows).backward()
        optimizer.step()
    for row, (weight, bias) in zip(rows, before, strict=True):
        assert [at for at in range(len(bias)) if not torch.equal(row.weight[at], weight[at])] == moving
        assert [at for at in range(len(bias)) if row.bias[at] != bias[at]] == moving


# --- agreement --------------------------------------------------------------------------------------------------------
def seen(*rows: tuple[list[float], float, int]) -> Predictions:
    boxes, scores, places = zip(*rows, strict=True) if rows else ((), (), ())
    return Predictions(as_boxes(list(boxes)), np.array(scores, np.float32), np.array(places, np.int64))


BOX, FAR = [0.0, 0.0, 10.0, 10.0], [50.0, 50.0, 60.0, 60.0]


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ([seen((BOX, 0.9, 1))], [seen((BOX, 0.3, 1))], (1.0, 1)),
        ([seen((BOX, 0.9, 1))], [seen((BOX, 0.3, 2))], (0.0, 1)),
        ([seen((BOX, 0.9, 1))], [seen((FAR, 0.3, 1))], (0.0, 1)),
        ([seen((BOX, 0.9, 1))], [seen((BOX, 0.9, 1), (BOX, 0.8, 1))], (1.0, 1)),
        ([seen((BOX, 0.9, 1))], [seen((FAR, 0.9, 1), (BOX, 0.8, 1))], (0.5, 1)),
        ([seen((BOX, 0.9, 1), (FAR, 0.9, 1))], [seen((BOX, 0.9, 1))], (0.5, 2)),
        ([seen((BOX, 0.9, 1)), seen()], [seen((BOX, 0.8, 1)), seen((BOX, 0.9, 1))], (0.5, 1)),
        ([seen()], [seen()], (0.0, 0)),
        ([], [], (0.0, 0)),
    ],
)
def test_agreement_is_ap_against_what_the_base_was_sure_of(
    before: list[Predictions], now: list[Predictions], expected: tuple[float, int]
) -> None:
    assert agreement(before, now, 0.5) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("asked", "start", "keeps", "reported"),
    [(True, "yolo26n.pt", True, 0), (True, "yolo26n.yaml", False, 1), (False, "yolo26n.yaml", False, 0)],
)
def test_what_starts_from_nothing_keeps_nothing_and_says_so(
    asked: bool, start: str, keeps: bool, reported: int
) -> None:
    said: list[str] = []
    emitter = SimpleNamespace(log=lambda code, _text, **_more: said.append(code))
    run: Any = SimpleNamespace(job=SimpleNamespace(train=SimpleNamespace(keep_base=asked)), emitter=emitter)
    assert keeps_base(run, Path(start)) is keeps
    assert said == ["no_base_to_keep"] * reported
