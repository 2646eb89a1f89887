"""Fine-tuning without forgetting: class lists, what is copied, what people's boxes may not teach, and the figure of agreement."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from training.engine import runtime
from training.engine.keep import Classes, Keeping, Memory, Seen, agreement
from training.engine.types import as_boxes


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


@pytest.fixture
def batch() -> dict[str, Any]:
    pixels = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    return {
        "img": pixels, "batch_idx": torch.tensor([0.0]), "cls": torch.tensor([[0.0]]),
        "bboxes": torch.tensor([[0.5, 0.5, 0.5, 0.5]]),
    }  # fmt: skip


@pytest.fixture
def keeping(weights_dir: Path, begin: Any) -> tuple[Any, Keeping]:
    model, classes = begin({7: "raccoon"})
    return model.eval(), Keeping(model, Memory(weights_dir / "yolo26n.pt", classes))


def test_nothing_is_forgotten_before_the_first_step(keeping: tuple[Any, Keeping], batch: dict[str, Any]) -> None:
    model, criterion = keeping
    with torch.no_grad():
        _, now = model(batch["img"])
        _, before = criterion.memory.model(batch["img"])
        batch |= {"bboxes": torch.zeros(0, 4), "cls": torch.zeros(0, 1), "batch_idx": torch.zeros(0)}
        lost = [float(criterion.forgotten(a, b, batch)) for a, b, _ in criterion._heads(now, before)]
    assert lost == pytest.approx([0, 0], abs=2e-3)


def test_a_change_of_base_classes_costs(keeping: tuple[Any, Keeping], batch: dict[str, Any]) -> None:
    model, criterion = keeping
    with torch.no_grad():
        for level in model.model[-1].one2one_cv3:
            level[-1].bias[1:] += 3
        _, now = model(batch["img"])
        _, before = criterion.memory.model(batch["img"])
        many, one = (float(criterion.forgotten(a, b, batch)) for a, b, _ in criterion._heads(now, before))
    assert one > 0.1 > many


def test_people_s_boxes_teach_only_the_project_s_classes(keeping: tuple[Any, Keeping], batch: dict[str, Any]) -> None:
    model, criterion = keeping
    loss, _ = criterion.people(model(batch["img"])[1], batch)
    loss.sum().backward()
    for head in (model.model[-1].cv3, model.model[-1].one2one_cv3):
        for level in head:
            assert level[-1].weight.grad[0].abs().sum() > 0
            assert level[-1].weight.grad[1:].abs().sum() == 0


def test_where_people_drew_a_box_no_base_class_is_taught(keeping: tuple[Any, Keeping], batch: dict[str, Any]) -> None:
    _, criterion = keeping
    with torch.no_grad():
        before = criterion.memory.model(batch["img"])[1]["one2one"]
    drawn = criterion._boxes(before)[0, 5] * 8  # the first level's stride
    batch["bboxes"] = torch.cat([(drawn[:2] + drawn[2:]) / 2, drawn[2:] - drawn[:2]])[None] / 64
    free = criterion._elsewhere(before, batch)
    assert free.shape == (2, 1, 84)
    assert free[0, 0, 5] == 0
    assert free[1].all()


# --- agreement --------------------------------------------------------------------------------------------------------
def seen(*rows: tuple[list[float], float, int]) -> Seen:
    boxes, scores, places = zip(*rows, strict=True) if rows else ((), (), ())
    return Seen(as_boxes(list(boxes)), np.array(scores, np.float32), np.array(places, np.int64))


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
    before: list[Seen], now: list[Seen], expected: tuple[float, int]
) -> None:
    assert agreement(before, now) == pytest.approx(expected)
