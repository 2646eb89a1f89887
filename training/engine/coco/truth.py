"""True boxes from a COCO file, and how well the boxes that the command wrote agree with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from training.engine.coco.listing import BadShots, listing
from training.engine.coco.metrics import Find, evaluate

HEADS = (
    "class",
    "images",
    "boxes",
    "precision",
    "recall",
    "F1",
    "AP",
    "AP50",
    "AP75",
    "small",
    "medium",
    "large",
    "AR100",
)
COCO = ("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large", "ar100")


@dataclass(frozen=True, slots=True)
class Truth:
    """A COCO file of true boxes: by image name and class name, xyxy. Every image is fully labelled for every class."""

    name: str
    classes: frozenset[str]
    boxes: Mapping[str, Mapping[str, Sequence[Sequence[float]]]]
    notes: Sequence[str]

    @classmethod
    def read(cls, path: Path) -> Truth:
        """Opens the file. Raises BadShots with a sentence."""
        found = listing(path, "truth")
        names = {int(row["id"]): str(row["name"]) for row in found.categories}
        boxes: dict[str, dict[str, list[list[float]]]] = {}
        for image_id, file_name in found.files.items():
            own = boxes.setdefault(file_name, {})
            for _, category, xyxy in found.boxes.get(image_id, ()):
                own.setdefault(names[category], []).append(xyxy)
        return cls(path.name, frozenset(names.values()), boxes, found.notes)

    def pairs(self, labelled: Iterable[str], classes: Iterable[str]) -> dict[str, str]:
        """Labelled images and what the file calls them: by name, or by its last part where only one has it.

        Raises BadShots where nothing could be compared.
        """
        labelled, classes = list(labelled), list(classes)
        if self.classes.isdisjoint(classes):
            raise BadShots(f"{self.name}: none of its categories is called {' or '.join(classes)}.")
        last = {name: PurePosixPath(name).name for name in self.boxes}
        theirs, ours = Counter(last.values()), Counter(PurePosixPath(name).name for name in labelled)
        by_last = {end: name for name, end in last.items() if theirs[end] == ours[end] == 1}
        found = {
            name: name if name in self.boxes else by_last.get(PurePosixPath(name).name, "") for name in labelled
        }  # fmt: skip
        found = {name: theirs for name, theirs in found.items() if theirs}
        if not found:
            raise BadShots(f"{self.name}: none of its images is among those that are labelled.")
        return found


def evaluation(coco: Mapping[str, Any], truth: Truth) -> dict[str, Any]:
    """What the command wrote against the truth, class by class; AP counts also what was dropped."""
    names = {row["id"]: str(row["file_name"]) for row in coco["images"]}
    classes = {row["id"]: str(row["name"]) for row in coco["categories"] if str(row["id"]) in coco["info"]["classes"]}
    pairs = truth.pairs(names.values(), classes.values())
    figures = {}
    for class_id, class_name in classes.items():
        if class_name not in truth.classes:
            continue
        found: dict[str, list[Find]] = {}
        for rows, kept in ((coco["annotations"], True), (coco["dropped"], False)):
            for row in rows:
                if row["category_id"] == class_id:
                    x, y, width, height = row["bbox"]
                    find = Find((x, y, x + width, y + height), row["score"], kept)
                    found.setdefault(names[row["image_id"]], []).append(find)
        true = {name: truth.boxes[theirs].get(class_name, ()) for name, theirs in pairs.items()}
        figures[str(class_id)] = {"name": class_name, **evaluate(found, true).plain()}
    return {"truth": truth.name, "images": len(pairs), "left_out": len(names) - len(pairs), "classes": figures}


def table(found: Mapping[str, Any]) -> str:
    """An evaluation as lines of text."""
    rows = [HEADS, *(_cells(figures) for figures in found["classes"].values())]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    about = f"Against {found['truth']}; precision, recall and F1 at the own threshold, with 95 % intervals:"
    return "\n".join([about, *lines])


def _cells(figures: Mapping[str, Any]) -> tuple[str, ...]:
    def share(name: str) -> str:
        low, high = figures[f"{name}_low"], figures[f"{name}_high"]
        return "-" if figures[name] is None else f"{figures[name]:.3f} ({low:.2f}-{high:.2f})"

    numbers = ["-" if figures[name] is None else f"{figures[name]:.3f}" for name in ("f1", *COCO)]
    return (
        figures["name"], str(figures["images"]), str(figures["truths"]), share("precision"), share("recall"), *numbers
    )  # fmt: skip
