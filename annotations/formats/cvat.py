"""CVAT for images (XML 1.1), both ways: one file of images with their boxes, subsets and classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib.resources.abc import Traversable

from annotations.attributes import Attribute, text_of, typed, united
from annotations.flags import NAMES, flags_in
from annotations.formats.cvat_labels import declaration, declared_in, flag_declaration
from annotations.formats.folders import Tree, pieces
from annotations.formats.numbers import number, numbers, pixels, plain, whole
from annotations.formats.outlines import around, around_runs, ellipse, pairs, turned
from annotations.formats.reading import OUTLINES, ROTATED, Findings, Images, Place
from annotations.formats.text import relative, split_word
from annotations.formats.types import (
    SPLITS,
    FormatError,
    LabelledBox,
    LabelledImage,
    LabelledSet,
    LabelSource,
    Member,
    SizeOf,
    counted,
    marked,
)
from annotations.formats.xml import Element, elements, escaped, tag_of
from annotations.geometry import XYXY

BAD_SHAPE = marked("The coordinates of this %(shape)s are no numbers.")
NO_AREA = marked("This box has no area.")
NO_NAME = marked("An object has no name.")
NO_BOXES = counted(
    "%(n)s point, line or skeleton was left out: it is no box.",
    "%(n)s points, lines and skeletons were left out: they are no boxes; this is the first.",
)
OBJECTS = ("points", "polyline", "skeleton")  # which have a class, and no box
OTHER_FLAGS = NAMES[1:]  # occluded is CVAT's own
FLAGS_DECLARED = "".join(map(flag_declaration, OTHER_FLAGS))
AskedAttributes = Mapping[str, tuple[Attribute, ...]]
TRACKS = marked("This is a CVAT file for video: export it again as “CVAT for images”.")


def members(labelled: LabelSource) -> Iterator[Member]:
    """The files of the folder; the images themselves are the caller's, under images/ by their names."""
    yield Member("annotations.xml", pieces(write(labelled)))


def write(labelled: LabelSource) -> Iterator[str]:
    """The file in pieces. Coordinates keep all their digits."""
    there = {image.split for image in labelled.heads()}
    subsets = [split or "default" for split in (*SPLITS, "") if split in there] if there - {""} else []
    owner = "project" if subsets else "task"
    yield f'<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n  <meta>\n    <{owner}>\n'
    yield f"      <name>{escaped(labelled.description)}</name>\n      <labels>\n"
    for name in labelled.classes:
        declared = "".join(declaration(one) for one in labelled.attributes.get(name, ()))
        yield (
            f"        <label><name>{escaped(name)}</name><type>rectangle</type>"
            f"<attributes>{FLAGS_DECLARED}{declared}</attributes></label>\n"
        )
    for tag in labelled.tags:
        yield f"        <label><name>{escaped(tag)}</name><type>tag</type><attributes></attributes></label>\n"
    tasks = "".join(f"<task><subset>{subset}</subset></task>" for subset in subsets)
    yield f"      </labels>\n      <tasks>{tasks}</tasks>\n    </{owner}>\n  </meta>\n"
    for position, image in enumerate(labelled):
        subset = f' subset="{image.split or "default"}"' if subsets else ""
        yield (
            f'  <image id="{image.id or position}" name="{escaped(image.name)}"{subset}'
            f' width="{image.width}" height="{image.height}">\n'
        )
        for box in image.boxes:
            x1, y1, x2, y2 = map(plain, box.xyxy)
            yield (
                f'    <box label="{escaped(box.label)}" source="manual" occluded="{int("occluded" in box.flags)}"'
                f' xtl="{x1}" ytl="{y1}" xbr="{x2}" ybr="{y2}" z_order="0">{_attributes(box)}</box>\n'
            )
        for tag in image.tags:
            yield f'    <tag label="{escaped(tag)}" source="manual"></tag>\n'
        yield "  </image>\n"
    yield "</annotations>\n"


def _attributes(box: LabelledBox) -> str:
    said = [(name, "true") for name in box.flags if name in OTHER_FLAGS]
    said += [(name, text_of(value)) for name, value in box.attributes]
    return "".join(f'<attribute name="{escaped(name)}">{escaped(text)}</attribute>' for name, text in said)


def recognise(root: Traversable) -> bool:
    return bool(_files(Tree(root)))


def read(root: Traversable, size_of: SizeOf) -> LabelledSet:
    """Reads all files of a folder as one set. Raises FormatError(file, line, what).

    size_of: asked where the file does not say an image's size.
    """
    tree = Tree(root)
    files = _files(tree)
    if not files:
        raise FormatError("annotations.xml", None, marked("There is no CVAT file here."))
    findings = Findings(tree.legacy)
    images = Images(findings)
    classes: dict[str, None] = {}
    asked: dict[str, tuple[Attribute, ...]] = {}
    for file in files:
        _, *parts = elements(tree.markup(file), file)
        for part in parts:
            if part.tag == "meta":
                for label in _labels(part):
                    name, tag = label.said("name"), label.said("type") == "tag"
                    classes |= {} if tag or not name else {name: None}
                    asked[name] = united(asked.get(name, ()), declared_in(label))
            elif part.tag == "track":
                raise FormatError(file, part.line, TRACKS)
            elif part.tag == "image":
                image = _image(part, file, tree, size_of, findings, asked)
                classes |= dict.fromkeys(box.label for box in image.boxes)
                images.add(image, Place(file, part.line))
    attributes = {name: some for name, some in asked.items() if some and name in classes}
    return findings.labelled(classes, images.by_name.values(), attributes=attributes)


def _files(tree: Tree) -> list[str]:
    return [path for path in tree.named(".xml") if tag_of(tree, path) == "annotations"]


def _labels(meta: Element) -> Iterator[Element]:
    for owner in meta.children:
        if labels := owner.first("labels"):
            yield from labels.all("label")


def _image(
    row: Element, file: str, tree: Tree, size_of: SizeOf, findings: Findings, asked: AskedAttributes
) -> LabelledImage:
    given = row.attributes
    written = relative(given.get("name", ""))
    subset = given.get("subset", "")
    name = tree.picture(written, file, f"images/{subset}") or written or f"{file}:{row.line}"
    if not written:
        findings.refuse(name, Place(file, row.line), marked("An image has no name."))
    width, height = (pixels(given.get(side, "")) for side in ("width", "height"))
    if not (width and height):
        width, height = size_of(name) or (0, 0)
    shapes = [shape for shape in row.children if shape.tag != "tag"]
    boxes = [box for shape in shapes if (box := _box(shape, name, Place(file, shape.line), findings, asked))]
    tags = dict.fromkeys(tag.attributes.get("label", "").strip() for tag in row.all("tag"))
    left_out = tuple(shape.attributes.get("label", "").strip() for shape in shapes if shape.tag in OBJECTS)
    return LabelledImage(
        name, width, height, tuple(boxes), split=split_word(subset), id=whole(given.get("id", "")) or 0,
        left_out=left_out, tags=tuple(filter(None, tags)),
    )  # fmt: skip


def _box(shape: Element, image: str, place: Place, findings: Findings, asked: AskedAttributes) -> LabelledBox | None:
    reader = SHAPES.get(shape.tag)
    if reader is None:
        findings.tell(place, NO_BOXES)
        return None
    label = shape.attributes.get("label", "").strip()
    try:
        xyxy = reader(shape)
    except (ValueError, OverflowError):
        xyxy = None
    if xyxy is None or not label:
        what = BAD_SHAPE if label else NO_NAME
        findings.refuse(image, place, what, {"shape": shape.tag})
        return None
    if shape.tag != "box":
        findings.tell(place, OUTLINES)
    if shape.tag in ("box", "ellipse") and (degrees := number(shape.attributes.get("rotation", "0"))):
        findings.tell(place, ROTATED)
        if shape.tag == "box":
            xyxy = turned(xyxy, degrees, about=((xyxy[0] + xyxy[2]) / 2, (xyxy[1] + xyxy[3]) / 2))
    if xyxy[0] >= xyxy[2] or xyxy[1] >= xyxy[3]:
        findings.refuse(image, place, NO_AREA)
        return None
    said: dict[str, str] = {one.attributes.get("name", ""): one.text for one in shape.all("attribute")}
    flags = flags_in({**said, "occluded": shape.attributes.get("occluded", "0")})
    return LabelledBox(label, xyxy, flags=flags, attributes=typed(said, asked.get(label, ())))


def _sides(shape: Element, *names: str) -> list[float]:
    """Raises ValueError."""
    found = numbers([shape.attributes.get(name) for name in names])
    if found is None:
        raise ValueError(shape.tag)
    return found


def _rectangle(shape: Element) -> XYXY | None:
    x1, y1, x2, y2 = _sides(shape, "xtl", "ytl", "xbr", "ybr")
    return x1, y1, x2, y2


def _polygon(shape: Element) -> XYXY | None:
    parts = shape.attributes.get("points", "").replace(";", ",").split(",")
    found = numbers([part for part in parts if part.strip()])
    return around(pairs(found)) if found else None


def _ellipse(shape: Element) -> XYXY | None:
    cx, cy, rx, ry = _sides(shape, "cx", "cy", "rx", "ry")
    return ellipse(cx, cy, rx, ry, number(shape.attributes.get("rotation", "0")) or 0.0)


def _mask(shape: Element) -> XYXY | None:
    """Run lengths row by row within a rectangle: turned about its diagonal they are COCO's."""
    left, top, width, height = _sides(shape, "left", "top", "width", "height")
    counts = [int(part) for part in shape.attributes.get("rle", "").split(",")]
    if width < 1 or min(counts, default=0) < 0 or sum(counts) > width * height:
        raise ValueError(shape.tag)
    found = around_runs(counts, int(width))
    return (found[1] + left, found[0] + top, found[3] + left, found[2] + top) if found else None


def _cuboid(shape: Element) -> XYXY | None:
    corners = [f"{side}{kind}{end}" for kind in "tb" for side in "xy" for end in ("l1", "r1", "l2", "r2")]
    xs = _sides(shape, *(name for name in corners if name[0] == "x"))
    ys = _sides(shape, *(name for name in corners if name[0] == "y"))
    return around(zip(xs, ys, strict=True))


SHAPES: dict[str, Callable[[Element], XYXY | None]] = {
    "box": _rectangle, "polygon": _polygon, "ellipse": _ellipse, "mask": _mask, "cuboid": _cuboid,
}  # fmt: skip
