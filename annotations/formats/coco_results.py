"""COCO's list of results, as Ultralytics and pycocotools write predictions: rows without the images and categories that
they speak of, which are looked for beside them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from posixpath import splitext
from typing import Any

from annotations.formats.coco_file import Annotation, CocoFile, Key, small
from annotations.formats.folders import IMAGE_SUFFIXES, Tree, is_image
from annotations.formats.json_text import parsed
from annotations.formats.reading import Findings, Place
from annotations.formats.text import split_of_path
from annotations.formats.types import FormatError, SizeOf, marked
from annotations.formats.yolo_data import described, find_data

NO_IMAGE = marked(
    "No picture is called %(id)s, and no COCO file beside it says which image that is: send that file along, or the"
    " pictures."
)
SEVERAL = marked("Several COCO files have an image %(id)s: send the results with the one that they are of.")
FROM_ONE = marked("Categories count from 1, as Ultralytics writes them: %(id)s is “%(name)s”.")
NUMBERED = marked(
    "Nothing beside these results names their classes: they are called by their numbers. Choose what each becomes."
)
_LIST = re.compile(r"\s*\[\s*\{")


def is_results(text: str) -> bool:
    there = '"image_id"' in text and '"category_id"' in text and ('"bbox"' in text or '"segmentation"' in text)
    return there and bool(_LIST.match(text))


def parse_results(text: str, file: str) -> list[Annotation]:
    """Raises FormatError."""
    found = parsed(text, file, small)
    for position, row in enumerate(found if isinstance(found, list) else [found]):
        if not isinstance(row, Annotation):
            what = marked("%(row)s: “image_id” is missing.")
            raise FormatError(file, None, what, {"row": f"[{position}]"})
    return list(found)


def as_coco(
    file: str, rows: list[Annotation], beside: Sequence[CocoFile], tree: Tree, size_of: SizeOf, findings: Findings
) -> CocoFile:
    """The rows with images and categories. Those whose image nobody knows are problems."""
    place, images = Place(file), []
    for key, name in {row.image: row.file_name for row in rows if row.image is not None}.items():
        image = _listed(key, beside, place, findings) or _by_name(key, name, tree, size_of)
        if not image and not any(key == id for one in beside for _row, id, _image in one.images):
            findings.refuse("", place, NO_IMAGE, {"id": key})
        images.append((file, key, image))
    return CocoFile(file, _categories(file, rows, beside, tree, findings), images, rows, {}, rows="")


def is_numbered(beside: Sequence[CocoFile], tree: Tree) -> bool:
    """Whether the classes of results have no names."""
    return not beside and find_data(tree) is None


def _listed(key: Key, beside: Sequence[CocoFile], place: Place, findings: Findings) -> dict[str, Any]:
    """The row of the image in the COCO file beside the results; nothing where none has it, or several."""
    found = [(one, image) for one in beside for _row, id, image in one.images if id == key]
    if len(found) > 1:
        findings.refuse("", place, SEVERAL, {"id": key})
    if len(found) != 1:
        return {}
    one, image = found[0]
    return {**image, "split": image.get("split") or image.get("subset") or split_of_path(PurePosixPath(one.file))}


def _by_name(key: Key, name: str, tree: Tree, size_of: SizeOf) -> dict[str, Any]:
    """The picture of that name, or of that stem, which Ultralytics writes as a number where it is one."""
    stems = [key] if isinstance(key, str) else [str(key), f"{key:06d}", f"{key:012d}"]
    for written in [name, *stems] if name else stems:
        for own in (written, *(written + suffix for suffix in sorted(IMAGE_SUFFIXES))):
            if tree.find(own) or size_of(own):
                return {"file_name": own}
    stem = (path for path in tree.files if is_image(path) and _number(path) == key)
    return {"file_name": found} if (found := next(stem, "")) else {}


def _number(path: str) -> int | None:
    stem = splitext(PurePosixPath(path).name)[0]
    return int(stem) if stem.isascii() and stem.isdigit() and len(stem) < 20 else None


def _categories(
    file: str, rows: list[Annotation], beside: Sequence[CocoFile], tree: Tree, findings: Findings
) -> dict[Key, str]:
    if beside:
        return {id: name for one in reversed(beside) for id, name in one.categories.items()}
    used = sorted({row.category for row in rows if isinstance(row.category, int)})
    if (data := find_data(tree)) is None:
        findings.tell(Place(file), NUMBERED)
        return {number: f"class {number}" for number in used}
    names = described(tree, data, findings).classes
    if not used or 0 in used:
        return {number: name for number, name in names.items()}  # noqa: C416 -- as wider keys
    first = used[0]
    findings.tell(Place(file), FROM_ONE, {"id": first, "name": names.get(first - 1, "?")})
    return {number + 1: name for number, name in names.items()}
