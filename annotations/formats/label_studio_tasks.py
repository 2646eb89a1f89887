"""Tasks of Label Studio, read: their pictures' names, which annotation counts, and regions as boxes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any

from annotations.attributes import Attribute, text_of, typed
from annotations.flags import NAMES, flags_in
from annotations.formats.addresses import picture_address, picture_name
from annotations.formats.folders import Tree
from annotations.formats.json_text import parsed
from annotations.formats.label_studio_config import FLAGS, VALUE_OF
from annotations.formats.label_studio_pictures import address_of
from annotations.formats.label_studio_shapes import REGION_LABELS, box_of, degrees_of, dicts, names_of, packed, size_in
from annotations.formats.numbers import decimal, whole
from annotations.formats.reading import NO_SCORE, OUTLINES, ROTATED, Findings, Place
from annotations.formats.text import split_word
from annotations.formats.types import LabelledBox, LabelledImage, SizeOf, counted, marked
from annotations.geometry import XYXY

AskedAttributes = Mapping[str, tuple[Attribute, ...]]
_LIST = re.compile(r"\s*\[\s*\{")
_TASK = re.compile(r"\s*\{")
_LOOSE = ("labels", "choices", "taxonomy")  # they say a class of a region whose shape may stand in another result

OTHERS = counted(
    "%(n)s task has several annotations: the ground truth was read, else the latest.",
    "%(n)s tasks have several annotations: the ground truth was read, else the latest; this is the first.",
)
CANCELLED = counted(
    "%(n)s cancelled annotation was left out.",
    "%(n)s cancelled annotations were left out; this is the first.",
)
NO_BOXES = counted(
    "%(n)s result is no box (points, lines, texts) and was left out.",
    "%(n)s results are no boxes (points, lines, texts) and were left out; this is the first.",
)
NO_CLASS = counted(
    "%(n)s region has no class and was left out.",
    "%(n)s regions have no class and were left out; this is the first.",
)
NOT_A_TASK = marked("%(row)s: this is not a task.")
NOT_LISTS = marked("%(row)s: annotations, predictions and their “result” must be lists of objects.")
NO_PICTURE = marked("%(row)s: “data” names no picture.")
BAD_REGION = marked("%(row)s: the region %(id)s has no numbers that make a box.")
NO_SIZE = marked("%(row)s: the size of the picture is not known, so its boxes cannot be placed.")
BAD_SCORE = marked("%(row)s: the score %(score)s is not between 0 and 1.")


def is_tasks(text: str) -> bool:
    """Whether this is a list of tasks, or one task, and nothing of another tool."""
    if not text.strip(" \r\n\t[]") and "[" in text:
        return True  # none at all
    if _LIST.match(text):
        return '"data"' in text or any(f'"{kind}"' in text for kind in REGION_LABELS)
    return bool(_TASK.match(text)) and '"data"' in text and '"annotations"' in text and '"categories"' not in text


def tasks_of(text: str, file: str) -> list[Any]:
    """Raises FormatError."""
    found = parsed(text, file)
    return found if isinstance(found, list) else [found]


def read_task(
    task: Any,
    row: str,
    tree: Tree,
    size_of: SizeOf,
    place: Place,
    findings: Findings,
    asked: AskedAttributes | None = None,
) -> tuple[LabelledImage, str] | None:
    """The image of a task with the model whose predictions it has; None where nobody can tell which image.

    asked: what the set-up says of attributes, by class.
    """
    at = {"row": row}
    if not isinstance(task, dict):
        findings.refuse(row, place, NOT_A_TASK, at)
        return None
    if not isinstance(task.get("data"), dict):
        task = _from_min(task)
    name = _picture(task.get("data") or {}, tree, place.file)
    if not name:
        findings.refuse(row, place, NO_PICTURE, at)
        return None
    if (bad := _malformed(task)) is not None:
        findings.refuse(name, place, bad, at)
    annotation, known = _annotation(dicts(task, "annotations", "completions"), place, findings)
    prediction: dict[str, Any] = next(reversed(dicts(task, "predictions")), {})
    meta = task["meta"] if isinstance(task.get("meta"), dict) else {}
    reader = _Regions(row, name, place, findings, size_in(meta, (annotation, prediction)) or size_of(name), asked or {})
    boxes = tuple(reader.boxes(annotation))
    predictions = tuple(reader.predictions(prediction))
    if reader.broken:
        findings.refuse(name, place, *reader.broken)
    complete = meta["complete"] if isinstance(meta.get("complete"), bool) else known or None
    width, height = reader.size or (0, 0)
    split = split_word(meta.get("split") or (task.get("data") or {}).get("split") or "")
    id = whole(task.get("id")) or 0
    image = LabelledImage(
        name, width, height, boxes, predictions, split, complete, id, tuple(reader.tags), tuple(reader.left_out),
        picture_address(address_of(task.get("data") or {})),
    )  # fmt: skip
    return image, str(prediction.get("model_version") or "") if predictions else ""


class _Regions:
    """Results of one task as boxes. size: of the picture. broken: the first thing that is wrong, with its data. tags:
    what was chosen of the whole image.
    """

    def __init__(
        self,
        row: str,
        name: str,
        place: Place,
        findings: Findings,
        size: tuple[int, int] | None,
        asked: AskedAttributes,
    ) -> None:
        self.row, self.name = row, name
        self.place = place
        self.findings = findings
        self.size = size
        self.broken: tuple[str, Mapping[str, object]] | None = None
        self.asked = asked
        self.tags: dict[str, None] = {}
        self.left_out: list[str] = []  # classes of objects that have no box: points, and regions without a class
        self.flags: dict[object, tuple[str, ...]] = {}  # by the id of the region that they are of
        self.said: dict[object, dict[str, str]] = {}  # attributes, the same

    def boxes(self, annotation: Mapping[str, Any]) -> Iterator[LabelledBox]:
        for region, labels, xyxy in self._regions(annotation, self.left_out):
            id = _id(region)
            flags, said = self.flags.get(id, ()), self.said.get(id, {})
            for label in labels:
                attributes = typed(said, self.asked.get(label, ())) if said else ()
                yield LabelledBox(label, xyxy, flags=flags, attributes=attributes)

    def predictions(self, prediction: Mapping[str, Any]) -> Iterator[LabelledBox]:
        for region, labels, xyxy in self._regions(prediction, []):
            given = region.get("score", prediction.get("score"))
            score = decimal(given)
            if given is None:
                self.findings.tell(self.place, NO_SCORE)
                score = Decimal("0.5")
            if score is None or not 0 <= score <= 1:
                self._break(BAD_SCORE, score=given)
                continue
            for label in labels:
                yield LabelledBox(label, xyxy, float(score))

    def _regions(
        self, owner: Mapping[str, Any], left_out: list[str]
    ) -> Iterator[tuple[dict[str, Any], list[str], XYXY]]:
        """Regions with a class and a box; classes of others go to left_out. A region may be told in several results
        with one id: its shape, its labels.
        """
        results = dicts(owner, "result")
        loose: dict[object, list[str]] = {}
        if any(result.get("type") != "rectanglelabels" for result in results):  # else each says all of its region
            results, loose = self._apart(results)
        for result in results:
            kind = str(result.get("type", ""))
            if kind == "choices":
                self.tags |= dict.fromkeys(names_of(result))
                continue
            shape = "rectangle" if kind == "labels" else kind.removesuffix("labels")
            if shape not in ("rectangle", "polygon", "ellipse") and not (shape == "brush" and packed(result)):
                self.findings.tell(self.place, NO_BOXES)
                left_out += (names_of(result) or [""]) if kind.endswith("labels") else []
                continue
            labels = list(dict.fromkeys([*names_of(result), *loose.get(_id(result), ())]))
            if not labels:
                self.findings.tell(self.place, NO_CLASS)
                left_out.append("")
                continue
            if self.size is None:
                self._break(NO_SIZE, name=self.name)
                continue
            if xyxy := self._box(result, shape, self.size):
                yield result, labels, xyxy

    def _apart(self, given: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], dict[object, list[str]]]:
        """Results that are regions or tags, without those that say more of a region: its flags and attributes, which
        are kept here, and its classes, by the region's id.
        """
        results = []
        for result in given:
            if result.get("type") == "choices" and result.get("from_name") == FLAGS and {*names_of(result)} <= {*NAMES}:
                self.flags[_id(result)] = flags_in(dict.fromkeys(names_of(result), True))
            else:
                results.append(result)
        labelled = {_id(result) for result in results if str(result.get("type", "")) in REGION_LABELS}
        results = [result for result in results if not self._takes_said(result, labelled)]
        loose: dict[object, list[str]] = {}
        for result in results:
            if result.get("type") in _LOOSE and _id(result) is not None:
                loose.setdefault(_id(result), []).extend(names_of(result))
        shaped = {_id(result) for result in results if result.get("type") not in _LOOSE}
        return [one for one in results if one.get("type") not in _LOOSE or _id(one) not in shaped], loose

    def _takes_said(self, result: dict[str, Any], labelled: Collection[object]) -> bool:
        """Whether it says an attribute of a region that has its class from elsewhere; one of a region without is what
        its class is called.
        """
        key, value = VALUE_OF.get(str(result.get("type", ""))), result.get("value")
        if key is None or _id(result) not in labelled or not isinstance(value, dict):
            return False
        given = value.get(key)
        texts = [text_of(one) for one in (given if isinstance(given, list) else [given]) if one is not None]
        self.said.setdefault(_id(result), {})[str(result.get("from_name", ""))] = ", ".join(texts)
        return True

    def _box(self, result: dict[str, Any], shape: str, size: tuple[int, int]) -> XYXY | None:
        degrees = degrees_of(result)
        found = box_of(result, shape, size, degrees)
        if found is None or found[0] >= found[2] or found[1] >= found[3]:
            self._break(BAD_REGION, id=_id(result))
            return None
        if shape != "rectangle":
            self.findings.tell(self.place, OUTLINES)
        elif degrees:
            self.findings.tell(self.place, ROTATED)
        return found

    def _break(self, what: str, **data: object) -> None:
        self.broken = self.broken or (what, {"row": self.row, **data})


def _malformed(task: Mapping[str, Any]) -> str | None:
    """What keeps anybody from knowing all regions of a task; None where nothing does."""
    for key in ("annotations", "completions", "predictions"):
        owners = task.get(key) or []
        if not isinstance(owners, list) or not all(isinstance(one, dict) for one in owners):
            return NOT_LISTS
        for one in owners:
            results = one.get("result", [])
            if not isinstance(results, list) or not all(isinstance(result, dict) for result in results):
                return NOT_LISTS
    return None


def _id(result: Mapping[str, Any]) -> str | int | None:
    found = result.get("id")
    return found if found is None or isinstance(found, str | int) else str(found)


def _annotation(given: list[dict[str, Any]], place: Place, findings: Findings) -> tuple[dict[str, Any], bool]:
    """The annotation that counts, and whether there is one: the ground truth, else what was changed last."""
    valid = [one for one in given if not one.get("was_cancelled")]
    if len(valid) < len(given):
        findings.tell(place, CANCELLED, n=len(given) - len(valid))
    if len(valid) > 1:
        findings.tell(place, OTHERS)
    order = [(bool(one.get("ground_truth")), _time(one), number) for number, one in enumerate(valid)]
    return (valid[max(order)[2]], True) if valid else ({}, False)


def _time(annotation: Mapping[str, Any]) -> str:
    return str(annotation.get("updated_at") or annotation.get("created_at") or "")


def _picture(data: Mapping[str, Any], tree: Tree, file: str) -> str:
    """The name of a task's picture: what "image" holds, else the first value that is a picture's address."""
    written = picture_name(address_of(data))
    return tree.picture(written, file) or written


def _from_min(task: dict[str, Any]) -> dict[str, Any]:
    """A row of JSON-MIN as a task: its values are the data, its lists of regions the annotation."""
    results: list[dict[str, Any]] = []
    for value in task.values():
        for region in value if isinstance(value, list) else ():
            kind = next((kind for kind in REGION_LABELS if isinstance(region, dict) and kind in region), "")
            if kind:
                sizes = {key: region.get(key) for key in ("original_width", "original_height")}
                results.append({"type": kind, "value": region, "id": len(results), **sizes})
    return {"id": task.get("id"), "data": task, "annotations": [{"result": results}] if results else []}
