"""What an import has to tell, kept as it can be said in any language: a sentence of ours with its data, or a code of a
picture's fault.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotations.formats import FormatError, LabelledBox, LabelledImage
from annotations.formats.text import clean
from annotations.formats.types import SINGULAR, Notice, counted, marked
from projects.images.pictures import PictureError
from projects.images.storing import explain

Row = dict[str, Any]
LONGEST = 300  # letters of a value
MOST = 1000  # that are kept of one import


def row(what: str, file: str = "", line: int | None = None, **data: object) -> Row:
    """what: a marked sentence."""
    values = {key: _plain(value) for key, value in data.items()}
    return {"file": clean(file)[-200:], "line": line, "what": what, "data": values}


def of_format(found: FormatError | Notice) -> Row:
    return row(found.what, found.file, found.line, **found.data)


def of_picture(file: str, error: PictureError) -> Row:
    return {"file": file[-200:], "line": None, "code": error.code, "data": error.data}


def not_fetched(url: str, what: str, **data: object) -> Row:
    """what, data: why, as a marked sentence."""
    return row(NOT_FETCHED, url) | {"data": {"reason": {"what": what, "data": {k: _plain(v) for k, v in data.items()}}}}


def said(found: Row) -> dict[str, Any]:
    """{file, line, detail} in the reader's language."""
    detail = explain(found["code"], **found["data"]) if "code" in found else _sentence(found["what"], found["data"])
    return {"file": found["file"], "line": found["line"], "detail": detail}


def _sentence(what: str, data: dict[str, Any]) -> str:
    """Rows keep the sentence for many: what was stored before there was one for one is said right, too. A sentence in
    another's data is said in the same language.
    """
    data = {key: _sentence(**value) if isinstance(value, dict) else value for key, value in data.items()}
    one = SINGULAR.get(what)
    return (ngettext(one, what, data["n"]) if one and isinstance(data.get("n"), int) else _(what)) % data


def other_size(image: LabelledImage, size: tuple[int, int], orientation: int | None) -> Row:
    """orientation: that the picture's file says; None where that is not at hand."""
    what = LYING if (image.height, image.width) == size and orientation is None else OTHER_SIZE
    return row(what, image.name, labelled=f"{image.width} × {image.height}", there=f"{size[0]} × {size[1]}")


def lost(what: str, image: str, boxes: Sequence[LabelledBox]) -> Row:
    corners = ", ".join(f"{side:g}" for side in boxes[0].xyxy)
    return row(what, image, n=len(boxes), label=_plain(boxes[0].label), corners=corners)


def _plain(value: object) -> object:
    """As JSON of every database has it, and not longer than anybody reads."""
    if isinstance(value, bool) or (isinstance(value, int) and abs(value) < 2**53):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    text = clean(str(value))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


FOUND_BY_NAME = counted(
    "%(n)s image was found by its file name: the folders or the spelling differ.",
    "%(n)s images were found by their file name: the folders or the spelling differ.",
)
TWICE = marked("Another image of the file fits the same picture; this one is left out.")
CLOSED = marked("This image is labelled in a job: its boxes are a reviewer's to change, so it is left out.")
OTHER_SIZE = marked(
    "The labels are for %(labelled)s pixels, and the picture has %(there)s: their shapes differ, so this image is "
    "left out."
)
LYING = marked(
    "The labels are for %(labelled)s pixels, and the picture has %(there)s: it lay on its side, and nothing here says "
    "on"
    " which. Send the picture's own file along, and its boxes are turned with it."
)
SCALED = counted(
    "%(n)s image has another size here than in the file; its boxes are scaled.",
    "%(n)s images have another size here than in the file; their boxes are scaled.",
)
TURNED = counted(
    "%(n)s image lies on its side in the file; its boxes are turned with it, as its EXIF says.",
    "%(n)s images lie on their side in the file; their boxes are turned with them, as their EXIF says.",
)
LOST = counted(
    "%(n)s box lies outside the picture, or is smaller than a pixel (%(label)s at %(corners)s). It is left "
    "out, and the image is not marked complete.",
    "%(n)s boxes lie outside the picture, or are smaller than a pixel (first: %(label)s at %(corners)s). "
    "They are left out, and the image is not marked complete.",
)
LOST_PREDICTIONS = counted(
    "%(n)s prediction lies outside the picture, or is smaller than a pixel (%(label)s at %(corners)s). It is left out.",
    "%(n)s predictions lie outside the picture, or are smaller than a pixel (first: %(label)s at "
    "%(corners)s). They are left out.",
)
TWINS = counted(
    "%(n)s picture is there twice, byte for byte (%(second)s is %(first)s); both become one image, with the "
    "boxes of both.",
    "%(n)s pictures are there twice, byte for byte (first: %(second)s is %(first)s); both become one image, "
    "with the boxes of both.",
)
LEAK = counted(
    "%(n)s picture is in two splits at once (%(first)s in %(split)s is %(second)s in %(other)s): what a "
    "detector learned from would be what it is tested on. The image goes into the first.",
    "%(n)s pictures are in two splits at once (first: %(first)s in %(split)s is %(second)s in %(other)s): "
    "what a detector learned from would be what it is tested on. The image goes into the first.",
)
OUTSIDE = counted(
    "%(n)s box lies outside its image, or is smaller than a pixel; it is left out.",
    "%(n)s boxes lie outside their images, or are smaller than a pixel; they are left out.",
)
ATTRIBUTES_LEFT = counted(
    "%(n)s attribute of a box is left out: its class does not ask for it, or not for such a value.",
    "%(n)s attributes of boxes are left out: their classes do not ask for them, or not for such values.",
)
TAGS_LEFT = counted(
    "%(n)s tag of an image is left out: the project has none of that name, or it cannot be a name.",
    "%(n)s tags of images are left out: the project has none of that name, or they cannot be names.",
)
NO_CLASS_NAME = marked(
    "No class can be called “%(name)s”: a name has 1 to %(most)s letters that can be seen. Choose one of the "
    "project's for"
    " it, or leave it out."
)
NO_PICTURE = marked("No picture called %(name)s is in it or in this project, so its boxes cannot be placed.")
SEVERAL = marked(
    "Several pictures are called %(name)s (%(first)s, %(second)s): nobody knows which one its boxes are of."
)
DAMAGED = marked("Its picture is damaged: not even its size can be read, so its boxes cannot be placed.")
OTHER_LABELS = marked("Labels in %(others)s are in it, too, and were passed over: %(taken)s was read. Send them alone.")
PASSED_OVER = counted(
    "%(n)s file that is neither a picture nor labels is passed over.",
    "%(n)s files that are neither pictures nor labels are passed over.",
)
NOTHING = marked("There are neither labels nor pictures in it that LabelHub reads.")
NO_LABELS = marked("No labels that LabelHub reads were found in it; its pictures can go in.")
INTERNAL = marked("LabelHub failed here (%(error)s). The administrator finds more in the log.")
GAVE_UP = marked("The worker died over this import %(times)s times, so it was given up.")
WAITS = marked("It was read, but not imported: %(reason)s")
STAYS = counted(
    "%(n)s box stays here: somebody changed it since.",
    "%(n)s boxes stay here: somebody changed them since.",
)
NOT_FETCHED = marked("Not fetched: %(reason)s")
TOO_MANY = marked("more than %(n)d addresses at once")
ZIP_AMONG_OTHERS = marked("A zip must be the only address; this one is left out.")
