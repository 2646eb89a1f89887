"""Pascal VOC, both ways: Annotations/*.xml, ImageSets/Main/*.txt for the splits, labelmap.txt for the classes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.resources.abc import Traversable
from itertools import islice
from pathlib import PurePosixPath
from posixpath import dirname, splitext

from annotations.attributes import text_of, typed
from annotations.flags import flags_in
from annotations.formats.folders import IMAGE_SUFFIXES, Tree
from annotations.formats.numbers import numbers, pixels, plain
from annotations.formats.outlines import around, pairs, turned
from annotations.formats.reading import OUTLINES, ROTATED, Findings, Images, Place
from annotations.formats.text import relative, split_of_folders, split_word, without_images
from annotations.formats.types import (
    SPLITS,
    FormatError,
    LabelledBox,
    LabelledImage,
    LabelledSet,
    LabelSource,
    Member,
    SizeOf,
    marked,
)
from annotations.formats.xml import Element, elements, escaped, tag_of
from annotations.geometry import XYXY

LABELMAP = "labelmap.txt"
BACKGROUND = "background"  # is in every such list, and no class
LABELMAP_HEAD = "# label:color_rgb:parts:actions"
OWN_FLAGS = ("truncated", "occluded", "difficult")
FOUR_SIDES = marked("A box needs xmin, ymin, xmax and ymax.")
NO_AREA = marked("This box has no area.")
NO_NAME = marked("An object has no name.")


def write(labelled: LabelSource) -> Iterator[Member]:
    """The files of the folder; the images themselves are the caller's, under images/ by their names.

    Corners are pixels counted from 0, fractions kept, as today's tools write them (the challenge of 2012 counted from
    1).
    """
    yield Member(LABELMAP, ("".join(_labelmap(labelled.classes)).encode(),))
    splits = set()
    for image in labelled:
        splits.add(image.split)
        yield Member(f"Annotations/{splitext(image.name)[0]}.xml", ("".join(_annotation(image)).encode(),))
    for split in (*SPLITS, ""):
        if split in splits:
            names = (splitext(image.name)[0] for image in labelled.heads() if image.split == split)
            yield Member(f"ImageSets/Main/{split or 'default'}.txt", _lines(names))


def recognise(root: Traversable) -> bool:
    tree = Tree(root)
    return any(tag_of(tree, path) == "annotation" for path in tree.named(".xml")[:20])


def read(root: Traversable, size_of: SizeOf) -> LabelledSet:
    """Reads all annotation files of a folder. Raises FormatError where there is none.

    size_of: asked for pictures whose annotation does not say their size.
    """
    tree = Tree(root)
    findings = Findings(tree.legacy)
    images = Images(findings)
    classes = dict.fromkeys(_classes(tree))
    splits = _splits(tree)
    for path in tree.named(".xml"):
        try:
            root_element, *children = elements(tree.markup(path), path)
        except FormatError as error:
            findings.refuse(path, Place(path, error.line), error.what, error.data)
            continue
        if root_element.tag != "annotation":
            continue
        root_element.children = children
        images.add(_image(root_element, path, tree, splits, size_of, findings), Place(path))
    for stem, split in splits.items():  # listed, and nobody drew a box: some tools write no file then
        picture = _picture(tree, "", stem, sorted(IMAGE_SUFFIXES))
        if picture and picture not in images.by_name and (size := size_of(picture)):
            images.add(LabelledImage(picture, *size, split=split), Place(picture))
    if not images.by_name and not findings.problems and not classes:
        raise FormatError("Annotations", None, marked("There is no annotation file of Pascal VOC here."))
    for image in images.by_name.values():
        classes |= dict.fromkeys(box.label for box in image.boxes)
    return findings.labelled(classes, images.by_name.values())


def _annotation(image: LabelledImage) -> Iterator[str]:
    folder = escaped(dirname(image.name))
    yield f"<annotation>\n  <folder>{folder}</folder>\n  <filename>{escaped(image.name)}</filename>\n"
    yield f"  <size><width>{image.width}</width><height>{image.height}</height><depth>3</depth></size>\n"
    yield "  <segmented>0</segmented>\n"
    for box in image.boxes:
        x1, y1, x2, y2 = map(plain, box.xyxy)
        # Who evaluates passes over what is difficult: so it is told of regions, which the format has no word for.
        said = {*box.flags} | ({"difficult"} if "ignore" in box.flags else set())
        own = "".join(f"    <{name}>{int(name in said)}</{name}>\n" for name in OWN_FLAGS)
        yield (
            f"  <object>\n    <name>{escaped(box.label)}</name>\n    <pose>Unspecified</pose>\n{own}"
            f"    <bndbox><xmin>{x1}</xmin><ymin>{y1}</ymin><xmax>{x2}</xmax><ymax>{y2}</ymax></bndbox>\n"
            f"{_attributes(box)}  </object>\n"
        )
    yield "</annotation>\n"


def _attributes(box: LabelledBox) -> str:
    """As CVAT and Datumaro write what the format has no element for."""
    said = [(name, "1") for name in box.flags if name not in OWN_FLAGS]
    said += [(name, text_of(value)) for name, value in box.attributes]
    rows = "".join(
        f"<attribute><name>{escaped(name)}</name><value>{escaped(text)}</value></attribute>" for name, text in said
    )
    return f"    <attributes>{rows}</attributes>\n" if rows else ""


def _said(row: Element) -> dict[str, str]:
    attributes = row.first("attributes")
    rows = attributes.all("attribute") if attributes else ()
    return {one.said("name"): value.text for one in rows if (value := one.first("value"))}


def _flags(row: Element, said: Mapping[str, str]) -> tuple[str, ...]:
    found = flags_in({name: row.said(name) for name in OWN_FLAGS} | dict(said))
    return tuple(name for name in found if name != "difficult") if "ignore" in found else found


def _labelmap(classes: Iterable[str]) -> Iterator[str]:
    yield f"{LABELMAP_HEAD}\n"
    for name in classes:
        yield f"{name}:::\n"


def _lines(names: Iterable[str]) -> Iterator[bytes]:
    rest = iter(names)
    while chunk := list(islice(rest, 1000)):
        yield "".join(f"{name}\n" for name in chunk).encode()


def _classes(tree: Tree) -> list[str]:
    """The names of labelmap.txt, in its order. A name may hold colons: its line ends with three of them."""
    for path in tree.named(LABELMAP):
        lines = [line.rstrip("\r") for line in tree.text(path).split("\n")]
        names = [line.rsplit(":", 3)[0].strip() for line in lines if line.count(":") >= 3 and line != LABELMAP_HEAD]
        return [name for name in names if name not in (BACKGROUND, "")]
    return []


def _splits(tree: Tree) -> dict[str, str]:
    """The split of each picture, by its name without suffix."""
    found: dict[str, str] = {}
    for path in tree.named(".txt"):
        own = PurePosixPath(path)
        if split := split_word(own.stem) if own.parent.name in ("Main", "Layout", "ImageSets") else "":
            for line in tree.text(path).split("\n"):
                if name := line.strip():
                    found.setdefault(name, split)
                if len(name) > 2 and name[0] == name[-1] == '"':
                    found.setdefault(name[1:-1], split)
    return found


def _image(
    annotation: Element, path: str, tree: Tree, splits: dict[str, str], size_of: SizeOf, findings: Findings
) -> LabelledImage:
    name = _name(annotation, path, tree, size_of)
    size = annotation.first("size")
    width, height = (pixels(size.said(side)) if size else 0 for side in ("width", "height"))
    if not (width and height):
        width, height = size_of(name) or (0, 0)
    boxes = []
    for row in annotation.all("object"):
        place = Place(path, row.line)
        label = row.said("name")
        box = _box(row, place, findings)
        if not label or isinstance(box, str):
            findings.refuse(name, place, box if isinstance(box, str) and label else NO_NAME)
        else:
            said = _said(row)
            boxes.append(LabelledBox(label, box, flags=_flags(row, said), attributes=typed(said)))
    parts = PurePosixPath(splitext(name)[0]).parts
    own = next(filter(None, (splits.get("/".join(parts[start:]), "") for start in range(len(parts)))), "")
    split = own or ("" if splits else split_of_folders(path))
    return LabelledImage(name, width, height, tuple(boxes), split=split)


def _name(annotation: Element, path: str, tree: Tree, size_of: SizeOf) -> str:
    """The picture's path below the root: the annotation file has its name, but in Annotations."""
    own = PurePosixPath(path)
    written = relative(annotation.said("filename"))
    suffix = PurePosixPath(written).suffix
    parts = own.with_suffix("").parts
    if "Annotations" not in parts[:-1]:
        found = tree.find(str(own.parent / PurePosixPath(written).name)) if written else None
        return without_images(found or str(own.parent / (PurePosixPath(written).name or own.stem)))
    place = len(parts) - 2 - parts[:-1][::-1].index("Annotations")
    stem = "/".join(parts[place + 1 :])
    before = "/".join(parts[:place])
    if found := _picture(tree, before, stem, (suffix, *sorted(IMAGE_SUFFIXES))):
        return found
    if suffix:
        return f"{stem}{suffix}"
    return next((stem + ending for ending in sorted(IMAGE_SUFFIXES) if size_of(stem + ending)), stem)


def _picture(tree: Tree, before: str, stem: str, suffixes: Iterable[str]) -> str | None:
    for folder in ("images", "JPEGImages"):
        for suffix in suffixes:
            if suffix and (found := tree.find(f"{before}/{folder}/{stem}{suffix}".lstrip("/"))):
                return without_images(found)
    return None


def _box(row: Element, place: Place, findings: Findings) -> XYXY | str:
    """The box of an object, or the sentence that says why it has none."""
    if box := row.first("bndbox"):
        sides = numbers([box.said(side) for side in ("xmin", "ymin", "xmax", "ymax")])
        if sides is None:
            return FOUR_SIDES
        xyxy = (sides[0], sides[1], sides[2], sides[3])
    elif turned_box := row.first("robndbox"):
        parts = numbers([turned_box.said(part) for part in ("cx", "cy", "w", "h", "angle")])
        if parts is None:
            return FOUR_SIDES
        cx, cy, w, h, angle = parts
        findings.tell(place, ROTATED)
        upright = (cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2)
        xyxy = turned(upright, angle * 180 / 3.141592653589793, about=(cx, cy))
    elif polygon := row.first("polygon"):
        outline = _polygon(polygon)
        if outline is None:
            return FOUR_SIDES
        findings.tell(place, OUTLINES)
        xyxy = outline
    else:
        return FOUR_SIDES
    return xyxy if xyxy[0] < xyxy[2] and xyxy[1] < xyxy[3] else NO_AREA


def _polygon(polygon: Element) -> XYXY | None:
    """Corners as x1, y1, x2, y2 ... or as pt with x and y."""
    points = [(point.said("x"), point.said("y")) for point in polygon.all("pt")]
    given: list[object] = [side for point in points for side in point] or [child.text for child in polygon.children]
    found = numbers(given)
    return around(pairs(found)) if found and len(found) % 2 == 0 else None
