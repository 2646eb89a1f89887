"""All formats of labels: what the pages, the API and the commands offer, and how a file's format is found by
looking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources.abc import Traversable

from annotations.formats import coco, csv_table, cvat, label_studio, voc, yolo
from annotations.formats.types import LabelledSet, LabelSource, Member, SizeOf


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write labels down.

    members: the files of its folder, pictures aside. text: the one file that says it all, where one does; suffix and
    content_type are that file's. recognise: whether a folder (a single file is given as a folder that holds only it) is
    of this format; has_boxes: where that alone says nothing of boxes, whether it has any. read: raises FormatError
    where nothing of it can be read. trains: what a detector learns from as it is, so that images which nobody has
    finished would teach it false background.
    """

    key: str
    title: str
    members: Callable[[LabelSource], Iterator[Member]]
    recognise: Callable[[Traversable], bool]
    read: Callable[[Traversable, SizeOf], LabelledSet]
    has_boxes: Callable[[Traversable], bool] | None = None
    text: Callable[[LabelSource], Iterator[str]] | None = None
    suffix: str = "json"
    content_type: str = "application/json"
    keeps_predictions: bool = False
    trains: bool = False


FORMATS = {
    format.key: format
    for format in (
        Format("coco", "COCO", coco.members, coco.recognise, coco.read, text=coco.write, trains=True),
        Format("yolo", "YOLO", yolo.write, yolo.recognise, yolo.read, yolo.has_boxes, trains=True),
        Format("voc", "Pascal VOC", voc.write, voc.recognise, voc.read, trains=True),
        Format(
            "label_studio",
            "Label Studio JSON",
            label_studio.members,
            label_studio.recognise,
            label_studio.read,
            text=label_studio.write,
            keeps_predictions=True,
        ),
        Format(
            "cvat",
            "CVAT for images XML",
            cvat.members,
            cvat.recognise,
            cvat.read,
            text=cvat.write,
            suffix="xml",
            content_type="application/xml",
        ),
        Format(
            "csv",
            "CSV",
            csv_table.members,
            csv_table.recognise,
            csv_table.read,
            text=csv_table.write,
            suffix="csv",
            content_type="text/csv; charset=utf-8",
            keeps_predictions=True,
        ),
    )
}


def recognise(root: Traversable) -> Format | None:
    """The format of a folder by what lies in it, None where it is of none."""
    return next((format for format in FORMATS.values() if format.recognise(root)), None)


def others(root: Traversable, taken: Format) -> list[Format]:
    """What else has boxes in a folder that is read as one format."""
    waiting = (format for format in FORMATS.values() if format is not taken)
    return [format for format in waiting if (format.has_boxes or format.recognise)(root)]
