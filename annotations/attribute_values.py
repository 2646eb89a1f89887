"""What boxes say of what their class asks for: checked where it is written, and required where a class is complete."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.db.models.fields.json import KeyTransform
from django.utils.translation import gettext as _

from annotations.attributes import LONGEST_TEXT, Attribute, Kind, Value, Values, fitted, is_name, missing
from annotations.flags import Flag
from annotations.models import OBJECTS, Box, LabelClass
from projects.errors import Refusal


def said(label: LabelClass, given: Values | None, held: Values) -> Values:
    """The values of a box of the class. given: None where nobody speaks of them. held: what the box says already, which
    stays even where the class asks otherwise by now. Raises Refusal.
    """
    if given is None:
        return fitted(label.asked, held)
    asked = {one.name: one for one in label.asked}
    return {name: _clean(label, asked.get(name), name, value, held.get(name)) for name, value in given.items()}


def _clean(label: LabelClass, one: Attribute | None, name: str, value: Value, held: Value | None) -> Value:
    if held is not None and (type(held), held) == (type(value), value):
        return held
    if one is None:
        words = _("The class “%(class)s” has no attribute “%(name)s”.")
        raise Refusal(words % {"class": label.name, "name": name[:60]}, code="no_attribute", field="attributes")
    clean = one.clean(value)
    if clean is None:
        about = {"name": name, "choices": ", ".join(one.choices)}
        raise Refusal(_refusal(one.kind) % about, code="bad_attribute", field="attributes")
    return clean


def _refusal(kind: Kind) -> str:
    match kind:
        case Kind.CHOICE:
            return _("“%(name)s” must be one of %(choices)s.")
        case Kind.NUMBER:
            return _("“%(name)s” must be a number.")
        case Kind.TEXT:
            return _("“%(name)s” must be a text of 1 to 500 characters.")
        case Kind.YES_NO:
            return _("“%(name)s” must be true or false.")


def require_said(label: LabelClass, boxes: Iterable[Box]) -> None:
    """Raises Refusal, naming the first box that lacks what its class requires."""
    asked = [one for one in label.asked if one.required]
    lacking = [(box, names) for box in boxes if _is_asked(box.flags) and (names := missing(asked, box.attributes))]
    if not lacking:
        return
    box, names = lacking[0]
    place = {"x": round(box.x1), "y": round(box.y1), "names": ", ".join(f"“{name}”" for name in names)}
    words = _(
        "“%(class)s” is not complete yet: %(n)d boxes lack what it requires. The box at %(x)d, %(y)d lacks %(names)s."
    )
    raise Refusal(words % {**place, "n": len(lacking), "class": label.name}, code="attribute_missing", field="complete")


def _is_asked(flags: int) -> bool:
    """Nothing is required of a region where nobody looks for objects."""
    return flags < Flag.IGNORE


def lacking(images: Collection[int], labels: Iterable[LabelClass]) -> dict[int, set[int]]:
    """Ids of classes by image, where a box of the class lacks what it requires: one query, or none where nothing is."""
    asked = {label.pk: [one for one in label.asked if one.required] for label in labels}
    asked = {pk: some for pk, some in asked.items() if some}
    found: dict[int, set[int]] = defaultdict(set)
    if not asked:
        return found
    rows = Box.objects.filter(OBJECTS, image__in=images, label__in=asked).order_by()
    for image, label, attributes in rows.values_list("image_id", "label_id", "attributes"):
        if missing(asked[label], attributes):
            found[image].add(label)
    return found


@dataclass(frozen=True, slots=True)
class AttributeFilter:
    """What lists of images and boxes are narrowed to: "colour" (it says any), "colour=red", "!colour" (it is asked for
    and says none).
    """

    name: str
    value: str = ""
    missing: bool = False

    @classmethod
    def parse(cls, text: str, value: str = "") -> AttributeFilter | None:
        """value: where it stands apart from the name. None for what names no attribute."""
        text = text.replace("\0", "")
        if text.startswith("!"):
            return cls(text[1:], missing=True) if is_name(text[1:]) else None
        name, _equals, own = text.partition("=")
        return cls(name, (own or value).replace("\0", "").strip()[:LONGEST_TEXT]) if is_name(name) else None

    def __str__(self) -> str:
        if self.missing:
            return f"!{self.name}"
        return f"{self.name}={self.value}" if self.value else self.name


def boxes_saying(boxes: QuerySet[Box], classes: Iterable[LabelClass], said: AttributeFilter) -> QuerySet[Box]:
    """Those of `boxes` that are of one of the classes and say it."""
    asking = {label.pk: one for label in classes for one in label.asked if one.name == said.name}
    rows = boxes.filter(label__in=asking)
    if said.missing:
        return rows.filter(OBJECTS).exclude(attributes__has_key=said.name)
    rows = rows.filter(attributes__has_key=said.name)
    if not said.value:
        return rows
    values = [one.read(said.value) for one in asking.values()]
    wanted = Q(pk__in=())
    for value in values:
        if value is not None:
            wanted |= Q(said=value)
    return rows.alias(said=KeyTransform(said.name, "attributes")).filter(wanted)
