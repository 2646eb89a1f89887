"""What people read of formats and choices on the export page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from annotations.exports.choice import FINAL, NO_SPLIT
from annotations.exports.serializers import parse
from annotations.formats.table import FORMATS

SENTENCES = {
    "coco": gettext_lazy("One JSON file for everything; read by pycocotools, Detectron2, CVAT and most others."),
    "yolo": gettext_lazy(
        "One text file per image and a data.yaml; ready for Ultralytics. It has no place for attributes, flags and "
        "tags."
    ),
    "voc": gettext_lazy("One XML file per image, as in Pascal VOC; read by older detectors and most tools."),
    "label_studio": gettext_lazy("Tasks as JSON, to import into Label Studio; suggestions can come as predictions."),
    "cvat": gettext_lazy("CVAT for images 1.1: one XML file, to import into CVAT."),
    "csv": gettext_lazy("One row per box, for spreadsheets and scripts."),
}
STATES = {
    "boxes": gettext_lazy("With boxes"),
    "empty": gettext_lazy("Without boxes"),
    "suggestions": gettext_lazy("With suggestions that wait"),
    "final": gettext_lazy("Final in their jobs"),
}
SPLITS = {
    "train": gettext_lazy("Train"),
    "val": gettext_lazy("Validation"),
    "test": gettext_lazy("Test"),
    NO_SPLIT: gettext_lazy("In no split"),
}


@dataclass(frozen=True, slots=True)
class FormatChoice:
    """A format on the page. zipped: whether even its labels alone come as a zip."""

    key: str
    title: str
    sentence: Any
    suffix: str
    trains: bool
    keeps_predictions: bool


def formats() -> list[FormatChoice]:
    return [
        FormatChoice(
            key=key,
            title=format.title,
            sentence=SENTENCES[key],
            suffix=format.suffix if format.text else "zip",
            trains=format.trains,
            keeps_predictions=format.keeps_predictions,
        )
        for key, format in FORMATS.items()
    ]


@dataclass(frozen=True, slots=True)
class Names:
    """What ids of a project are called."""

    classes: Mapping[int, str]
    datasets: Mapping[int, str]
    people: Mapping[int, str]


def words_of(query: Mapping[str, Any], names: Names) -> list[str]:
    """What went in, in a few words each; what has been deleted since is called so. query: a query, or a stored one."""
    choice = parse(query)
    gone = _("deleted")
    said = []
    if choice.classes:
        few = ", ".join(names.classes.get(pk, gone) for pk in choice.classes[:3])
        more = len(choice.classes) - 3
        words = ngettext("%(names)s and %(n)d more", "%(names)s and %(n)d more", more)
        said.append(words % {"names": few, "n": more} if more > 0 else few)
    if choice.dataset:
        said.append(names.datasets.get(choice.dataset, gone))
    if choice.split:
        said.append(str(SPLITS[choice.split]))
    if choice.state:
        said.append(str(STATES[choice.state]))
    if choice.author:
        said.append(_("with a box of %(person)s") % {"person": names.people.get(choice.author, gone)})
    if choice.since:
        said.append(_("added from %(day)s") % {"day": date_format(choice.since)})
    if choice.until:
        said.append(_("added until %(day)s") % {"day": date_format(choice.until)})
    if choice.state != FINAL:
        said.append(_("unfinished too") if choice.unfinished else _("complete only"))
    if choice.predictions:
        said.append(_("with predictions"))
    if choice.pictures:
        said.append(_("with images"))
    return said
