"""Label Studio's JSON, both ways: tasks with annotations and predictions, and the labelling setup that shows them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from decimal import Context, Decimal
from importlib.resources.abc import Traversable
from typing import Any
from urllib.parse import quote

from annotations.attributes import Kind, Value, text_of
from annotations.formats.folders import Tree, pieces
from annotations.formats.label_studio_config import CONFIG, FLAGS, TAGS, VALUE_OF, read_config, write_config
from annotations.formats.label_studio_tasks import is_tasks, read_task, tasks_of
from annotations.formats.reading import Findings, Images, Place
from annotations.formats.types import (
    FormatError,
    LabelledBox,
    LabelledImage,
    LabelledSet,
    LabelSource,
    Member,
    SizeOf,
    marked,
)
from annotations.formats.xml import tag_of

# As many digits of a percentage as give the very float back; a float itself has too few of them.
_DIGITS = Context(prec=20)
_EXACT = Context(prec=60)
# What would end an address or mean something in it; all else stays, since Label Studio's converter names files by it.
_QUERY = re.compile(r"[%#&+?;]")


def members(labelled: LabelSource) -> Iterator[Member]:
    """The files of the folder; the images themselves are the caller's, under images/ by their names."""
    yield Member(CONFIG, ("".join(write_config(labelled)).encode(),))
    yield Member("tasks.json", pieces(write(labelled)))


def write(labelled: LabelSource) -> Iterator[str]:
    """The tasks in pieces. An image has an annotation where it has boxes or is complete; without, it waits to be
    labelled.

    Pictures are named as Label Studio serves them from its local files: images/ below its document root.
    """
    yield "["
    comma = "\n"
    for position, image in enumerate(labelled, start=1):
        yield comma + _task(image, image.id or position, labelled)
        comma = ",\n"
    yield "]\n"


def recognise(root: Traversable) -> bool:
    return bool(_files(Tree(root)))


def read(root: Traversable, size_of: SizeOf) -> LabelledSet:
    """Reads all task files of a folder as one set. Raises FormatError(file, line, what).

    size_of: asked for images whose size no task says. Of several annotations of a task the ground truth counts, else
    the latest; cancelled ones do not.
    """
    tree = Tree(root)
    files = _files(tree)
    if not files:
        raise FormatError("tasks.json", None, marked("There are no tasks of Label Studio here."))
    findings = Findings(tree.legacy)
    images = Images(findings)
    models: dict[str, None] = {}
    setups = [read_config(tree.markup(path)) for path in tree.named(".xml") if tag_of(tree, path) == "View"]
    classes = {name: None for setup in setups for name in setup.classes}
    asked = {name: some for setup in setups for name, some in setup.attributes.items()}
    for file in files:
        for number, task in enumerate(tasks_of(tree.text(file), file)):
            place = Place(file)
            read_one = read_task(task, f"[{number}]", tree, size_of, place, findings, asked)
            if read_one is None:
                continue
            image, model = read_one
            images.add(image, place)
            classes |= dict.fromkeys(box.label for box in (*image.boxes, *image.predictions))
            models |= {model: None} if model else {}
    if len(models) > 1:
        what = marked("Predictions of several models are here: %(models)s.")
        findings.tell(Place(files[0]), what, {"models": ", ".join(models)})
    return findings.labelled(classes, images.by_name.values(), model=", ".join(models), attributes=asked)


def _files(tree: Tree) -> list[str]:
    found = []
    for path in tree.named(".json"):
        try:
            if is_tasks(tree.text(path)):
                found.append(path)
        except FormatError:
            continue
    return found


def _task(image: LabelledImage, id: int, labelled: LabelSource) -> str:
    model = labelled.model
    meta: dict[str, Any] = {"width": image.width, "height": image.height}
    if image.split:
        meta["split"] = image.split
    if image.complete is not None:
        meta["complete"] = image.complete
    data = {"image": f"/data/local-files/?d=images/{_QUERY.sub(lambda found: quote(found[0]), image.name)}"}
    annotations = predictions = ""
    if image.boxes or image.complete or image.tags:
        regions = _results(image.boxes, image, f"{id}-", labelled)
        results = ",\n ".join(filter(None, (regions, _tags(image, f"{id}-tags"))))
        annotations = f'{{"id": {id}, "was_cancelled": false, "result": [{results}]}}'
    if image.predictions:
        scores = [box.score for box in image.predictions if box.score is not None]
        mean = sum(scores) / len(scores) if scores else 0.0
        results = _results(image.predictions, image, f"{id}-p", labelled)
        predictions = f'{{"model_version": {_json(model or "model")}, "score": {mean!r}, "result": [{results}]}}'
    return (
        f'{{"id": {id}, "data": {_json(data)}, "meta": {_json(meta)},'
        f' "annotations": [{annotations}], "predictions": [{predictions}]}}'
    )


def _results(boxes: Sequence[LabelledBox], image: LabelledImage, stem: str, labelled: LabelSource) -> str:
    """Regions, written by hand: json.dumps has no number with more digits than a float."""
    return ",\n ".join(
        f'{{"id": {_json(f"{stem}{number}")}, "type": "rectanglelabels", "from_name": "label", "to_name": "image",'
        f' "original_width": {image.width}, "original_height": {image.height}, "image_rotation": 0,'
        f' "value": {{{_percents(box, image)}, "rotation": 0, "rectanglelabels": [{_json(box.label)}]}}'
        + (f', "score": {box.score!r}}}' if box.score is not None else "}")
        + "".join(f",\n {said}" for said in _said(box, image, f"{stem}{number}", labelled))
        for number, box in enumerate(boxes)
    )


def _said(box: LabelledBox, image: LabelledImage, id: str, labelled: LabelSource) -> Iterator[str]:
    """What is said of a region stands in results beside it, by the same id."""
    said: list[tuple[str, str, object]] = [(FLAGS, "choices", list(box.flags))] if box.flags else []
    choices = {one.name for one in labelled.attributes.get(box.label, ()) if one.kind == Kind.CHOICE}
    said += [(name, *_value(value, name in choices)) for name, value in box.attributes]
    for name, kind, value in said:
        yield (
            f'{{"id": {_json(id)}, "type": "{kind}", "from_name": {_json(name)}, "to_name": "image",'
            f' "original_width": {image.width}, "original_height": {image.height}, "image_rotation": 0,'
            f' "value": {{{_percents(box, image)}, "rotation": 0, "{VALUE_OF[kind]}": {_json(value)}}}}}'
        )


def _value(value: Value, is_choice: bool) -> tuple[str, object]:
    """The type of the result, and what it says."""
    if isinstance(value, bool) or is_choice:
        return "choices", [text_of(value)]
    return ("textarea", [value]) if isinstance(value, str) else ("number", value)


def _tags(image: LabelledImage, id: str) -> str:
    """Of the whole image: a result without a place."""
    if not image.tags:
        return ""
    value = {"choices": list(image.tags)}
    said = {"id": id, "type": "choices", "from_name": TAGS, "to_name": "image", "value": value}
    return _json(said)


def _percents(box: LabelledBox, image: LabelledImage) -> str:
    """Left, top, width and height in percent of the image."""
    x1, y1, x2, y2 = (Decimal(repr(float(side))) for side in box.xyxy)
    x, w = (_percent(part, image.width) for part in (x1, _EXACT.subtract(x2, x1)))
    y, h = (_percent(part, image.height) for part in (y1, _EXACT.subtract(y2, y1)))
    return f'"x": {x}, "y": {y}, "width": {w}, "height": {h}'


def _percent(part: Decimal, side: int) -> str:
    found = _DIGITS.divide(part * 100, Decimal(side or 1)).normalize(_DIGITS)
    return f"{found:f}" if -30 < found.adjusted() < 10 else str(found)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
