"""Fine-tuning without forgetting: the classes of the pretrained detector stay beside the project's, taught by itself.

Nobody labelled those classes in the project's pictures, so people's boxes say nothing of them: their outputs are held to what
the pretrained detector answers to the very same picture, everywhere in it ("Learning without forgetting", Li and Hoiem 2016;
for detectors Shmelkov, Schmid and Alahari 2017).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional
from ultralytics.utils.metrics import box_iou
from ultralytics.utils.tal import make_anchors

from training.engine import runtime
from training.engine.calibrate import average_precision, curve
from training.engine.types import FloatArray, IntArray, iou

SAME_OBJECT = 0.5
SURE = 0.5
BOX_GAIN = 1.0


@dataclass(frozen=True, slots=True)
class Classes:
    """A detector's classes in its order: the project's, then those that only its base knows.

    ids: None for the latter. known: which of all these the base knew, so a class of both is there once, as the project calls it.
    """

    names: list[str]
    ids: list[int | None]
    known: list[str]

    @classmethod
    def of(cls, project: Mapping[int, str], base: Sequence[str] = ()) -> Classes:
        """Names are the same whatever their case, as the trainer has it when it copies what the base knows of a class."""
        own, before = {_plain(name) for name in project.values()}, {_plain(name) for name in base}
        more = [name for name in base if _plain(name) not in own]
        both = [name for name in project.values() if _plain(name) in before]
        return cls([*project.values(), *more], [*project, *(None for _ in more)], both + more)

    @property
    def own(self) -> int:
        """How many are the project's."""
        return sum(one is not None for one in self.ids)


def _plain(name: str) -> str:
    return name.strip().lower()


class Memory:
    """The pretrained detector as it was, and which of its classes the new detector knows at which place."""

    def __init__(self, path: Path, classes: Classes, device: Any = "cpu") -> None:
        self.model: Any = runtime.load_yolo(path).model.float().eval().to(device)
        self.model.requires_grad_(False)
        there = {_plain(name): index for index, name in self.model.names.items()}
        self.here = torch.arange(classes.own, len(classes.names), device=device)
        self.there = torch.tensor([there[_plain(name)] for name in classes.names[classes.own :]], device=device)


class Keeping:
    """The trainer's criterion: people's boxes teach the project's classes, the pretrained detector those that only it knows."""

    def __init__(self, model: Any, memory: Memory) -> None:
        self.people: Any = model.init_criterion()
        self.memory = memory
        weight = torch.ones(1, 1, len(model.names), device=memory.here.device)
        weight[..., memory.here] = 0.0
        for branch in self._branches():
            branch.class_weights = weight

    def _branches(self) -> tuple[Any, ...]:
        """The losses of YOLO26's two heads, or the only one of older detectors."""
        return (self.people.one2many, self.people.one2one) if hasattr(self.people, "one2many") else (self.people,)

    def update(self) -> None:
        """After each epoch."""
        if hasattr(self.people, "update"):
            self.people.update()

    def __call__(self, outputs: Any, batch: dict[str, Any]) -> tuple[Any, Any]:
        loss, told = self.people(outputs, batch)
        with torch.no_grad():
            _, before = self.memory.model(batch["img"])
        now = outputs[1] if isinstance(outputs, tuple) else outputs
        extra = sum(gain * self.forgotten(a, b, batch) for a, b, gain in self._heads(now, before))
        return loss + len(batch["img"]) * extra, told

    def _heads(self, now: Any, before: Any) -> Iterator[tuple[Any, Any, float]]:
        if len(self._branches()) == 1:
            yield now, before, 1.0
        else:
            yield now["one2many"], before["one2many"], self.people.o2m
            yield now["one2one"], before["one2one"], self.people.o2o

    def forgotten(self, now: dict[str, Any], before: dict[str, Any], batch: dict[str, Any]) -> Any:
        """How far the answers have moved from the pretrained detector's: 0 where nothing is forgotten.

        Where its box is one of people's, that is what the object is: nothing else is to be seen there.
        """
        truth = before["scores"][:, self.memory.there].sigmoid() * self._elsewhere(before, batch)
        logits = now["scores"][:, self.memory.here]
        moved = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none")
        moved = moved - functional.binary_cross_entropy(truth, truth, reduction="none")
        sure = truth.amax(1)
        shifted = (self._boxes(now) - self._boxes(before)).abs().mean(2)
        gain = self._branches()[0].hyp.cls
        return (gain * moved.sum() + BOX_GAIN * (shifted * sure).sum()) / sure.sum().clamp(min=1)

    def _elsewhere(self, before: dict[str, Any], batch: dict[str, Any]) -> Any:
        """(pictures, 1, anchors): 0 where the pretrained detector's box is one that people drew."""
        strides = make_anchors(before["feats"], self._branches()[0].stride, 0.5)[1]
        boxes = self._boxes(before) * strides
        height, width = batch["img"].shape[2:]
        middle, size = (batch["bboxes"].to(boxes) * boxes.new_tensor([width, height] * 2)).split(2, 1)
        drawn = torch.cat([middle - size / 2, middle + size / 2], 1)
        free = boxes.new_ones(boxes.shape[:2])
        for place in batch["batch_idx"].unique().long().tolist():
            mine = drawn[batch["batch_idx"].view(-1) == place]
            free[place] = (box_iou(boxes[place], mine).amax(1) < SAME_OBJECT).to(free)
        return free[:, None]

    def _boxes(self, outputs: dict[str, Any]) -> Any:
        """(pictures, anchors, 4) corners, in strides."""
        branch = self._branches()[0]
        points, _ = make_anchors(outputs["feats"], branch.stride, 0.5)
        return branch.bbox_decode(points, outputs["boxes"].permute(0, 2, 1).contiguous())


@dataclass(frozen=True, slots=True)
class Seen:
    """What a detector finds in one picture: (n, 4) boxes with scores and class places."""

    xyxy: FloatArray
    score: FloatArray
    place: IntArray


def agreement(before: Sequence[Seen], now: Sequence[Seen]) -> tuple[float, int]:
    """AP50 of what a detector finds now, measured against what its base was sure of, and how many boxes those are."""
    scores: list[float] = []
    hits: list[bool] = []
    total = 0
    for was, found in zip(before, now, strict=True):
        total += len(was.score)
        same = np.where(found.place[:, None] == was.place[None], iou(found.xyxy, was.xyxy), 0.0)
        for row in np.argsort(-found.score, kind="stable"):
            best = same[row].max(initial=0.0)
            if best >= SAME_OBJECT:
                same[:, same[row].argmax()] = 0.0
            scores.append(found.score[row])
            hits.append(best >= SAME_OBJECT)
    precision, recall, _ = curve(np.array(scores, dtype=np.float32), np.array(hits, dtype=bool), total)
    return average_precision(precision, recall), total
