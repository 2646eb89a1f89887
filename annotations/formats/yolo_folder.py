"""YOLO label folders, read: as Ultralytics, Roboflow, CVAT, Label Studio and labelImg lay them out.

Paths in them are those of somebody else's disk. Each is looked for among the files that were given, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath
from posixpath import splitext

from annotations.formats.folders import IMAGE_SUFFIXES, Tree, is_image
from annotations.formats.reading import UNKNOWN_SIZE, Findings, Images, Place
from annotations.formats.text import relative, split_of_folders, without_images
from annotations.formats.types import (
    SPLITS,
    FormatError,
    LabelledBox,
    LabelledImage,
    LabelledSet,
    SizeOf,
    counted,
    marked,
)
from annotations.formats.yolo_data import NOT_LABELS, Data, described, find_data, label_files, numbered
from annotations.formats.yolo_lines import BadLine, box_of

NO_FOLDER = marked("There is no folder or list %(folder)s.")
ELSEWHERE = marked("%(folder)s is not there; %(found)s was read.")
LOST_LABELS = counted(
    "%(n)s label file has no picture and is in no list.",
    "%(n)s label files have no picture and are in no list; this is the first.",
)


def recognise(root: Traversable) -> bool:
    tree = Tree(root)
    return find_data(tree) is not None or bool(label_files(tree))


def has_boxes(root: Traversable) -> bool:
    return bool(label_files(Tree(root)))


def read(root: Traversable, size_of: SizeOf) -> LabelledSet:
    """Reads a folder, or a zip by zipfile.Path. Raises FormatError(file, line, what).

    size_of: (width, height) in pixels of an image by its name, None when it is not known.
    """
    tree = Tree(root)
    file = find_data(tree)
    findings = Findings(tree.legacy)
    data = described(tree, file, findings) if file else numbered(tree, findings)
    images = Images(findings)
    reader = _Reader(tree, data, size_of, findings)
    pictures = reader.pictures()
    if not pictures and reader.absent:
        raise FormatError(data.file, None, NO_FOLDER, {"folder": reader.absent[0]})
    for path, split in pictures.items():
        if image := reader.image(path, "" if data.made_up else split):
            images.add(image, Place(path))
    reader.tell_lost_labels()
    return findings.labelled(data.classes.values(), sorted(images.by_name.values(), key=lambda image: image.name))


class _Reader:
    """One folder while it is read. absent: folders and lists that are named and not there."""

    def __init__(self, tree: Tree, data: Data, size_of: SizeOf, findings: Findings) -> None:
        self.tree = tree
        self.data = data
        self.size_of = size_of
        self.findings = findings
        self.base = data.base
        self.absent: list[str] = []
        self._used: set[str] = set()

    def pictures(self) -> dict[str, str]:
        """Paths of the pictures, each with its split: the first that names it, or where nothing does, a folder's
        name.
        """
        if not any(self.data.places.values()):
            return {path: split_of_folders(path) for path in self._everything("")}
        found: dict[str, str] = {}
        for split in SPLITS:
            for given in self.data.places[split]:
                for path in self._in_place(given):
                    found.setdefault(path, split)
        return found

    def image(self, path: str, split: str) -> LabelledImage | None:
        """The image at a path with its boxes; None where that cannot be, which is told."""
        label, name = self._label_of(path), without_images(path)
        size = self.size_of(name)
        if size is None and not is_image(name):  # only its label file is here: the suffix is not known
            sized = [(name + suffix, self.size_of(name + suffix)) for suffix in sorted(IMAGE_SUFFIXES)]
            there = [(own, found) for own, found in sized if found]
            name, size = there[0] if len(there) == 1 else (name, None)
        if size is None:
            self.findings.refuse(name, Place(label or name), UNKNOWN_SIZE, {"name": name})
            return None
        boxes = list(self._boxes(label, name, size)) if label else []
        drawn = tuple(box for box in boxes if box.score is None)
        return LabelledImage(name, *size, drawn, tuple(box for box in boxes if box.score is not None), split)

    def tell_lost_labels(self) -> None:
        for path in self.tree.named(".txt"):
            own = PurePosixPath(path)
            if "labels" in own.parts[:-1] and own.name not in NOT_LABELS and path not in self._used:
                self.findings.tell(Place(path), LOST_LABELS)

    def _in_place(self, given: str) -> Iterator[str]:
        """The pictures of a folder or a list, by the name that data.yaml has for it."""
        is_list = given.strip().lower().endswith(".txt")
        look = self.tree.find if is_list else self._folder
        found = next((place for path in self._paths(given, self.base) if (place := look(path)) is not None), None)
        if found is None:
            self.absent.append(given)
            self.findings.tell(Place(self.data.file), NO_FOLDER, {"folder": given})
            return
        if found not in (relative(given), _joined(self.base, relative(given))):
            self.findings.tell(Place(self.data.file), ELSEWHERE, {"folder": given, "found": found or "."})
        yield from self._in_list(found) if is_list else self._everything(found)

    def _in_list(self, file: str) -> Iterator[str]:
        base = str(PurePosixPath(file).parent)
        for entry in self.tree.text(file).split("\n"):
            if relative(entry):
                yield self._listed(entry, base)

    def _listed(self, entry: str, base: str) -> str:
        """The picture of a list's line; it may be elsewhere, and its label file here."""
        paths = list(self._paths(entry, base))
        for path in paths:
            if found := self.tree.find(path):
                return found
        for path in paths:
            if "/" in path and self._label_of(path):
                return path
        plain = relative(entry)
        parts = plain.split("/")
        outside = entry.strip() != plain and "images" in parts[:-1] and not entry.strip().startswith(("./", ".\\"))
        return "/".join(parts[parts.index("images") :]) if outside else _joined(base, plain)

    def _everything(self, folder: str) -> Iterator[str]:
        """All pictures below a folder; where there are none, those that its label files are of."""
        pictures = [path for path in self.tree.files if is_image(path) and _below(path, folder)]
        yield from pictures
        if not pictures:
            labels = _twin(f"{folder}/", "images", "labels")[:-1]
            for path in self.tree.named(".txt"):
                if _below(path, labels) and PurePosixPath(path).name not in NOT_LABELS:
                    yield splitext(_twin(path, "labels", "images"))[0]

    def _paths(self, given: str, base: str) -> Iterator[str]:
        """Where a path may be that somebody wrote on another disk: below `path:`, as it is, then by its last parts."""
        plain = relative(given)
        for written in dict.fromkeys((f"{relative(self.data.path)}/{plain}".strip("/"), plain)):
            parts = written.split("/")
            for start in range(len(parts)):
                for place in dict.fromkeys((base, ".")):
                    yield _joined(place, "/".join(parts[start:]))

    def _folder(self, path: str) -> str | None:
        """The folder at a path, of pictures or, where they are elsewhere, of their labels; "" is the root."""
        own = "" if path == "." else path
        if not own or own in self.tree.folders or _twin(f"{own}/", "images", "labels")[:-1] in self.tree.folders:
            return own
        return None

    def _label_of(self, path: str) -> str | None:
        """The label file of a picture: in "labels" for its last "images", else beside it."""
        stems = (splitext(path)[0],) if is_image(path) else (path, splitext(path)[0])
        for stem in stems:
            beside = (f"labels/{stem}",) if "images" not in stem.split("/")[:-1] else ()
            for place in (_twin(stem, "images", "labels"), stem, *beside):
                if found := self.tree.find(f"{place}.txt"):
                    self._used.add(found)
                    return found
        return None

    def _boxes(self, label: str, name: str, size: tuple[int, int]) -> Iterator[LabelledBox]:
        try:
            lines = self.tree.text(label).split("\n")
        except FormatError as error:
            self.findings.refuse(name, Place(label), error.what)
            return
        for line, row in enumerate(lines, start=1):
            if not row.strip():
                continue
            place = Place(label, line)
            try:
                yield box_of(row, size, self.data.classes, place, self.findings, keypoints=self.data.keypoints)
            except BadLine as error:
                self.findings.refuse(name, place, error.what, error.data)


def label_path(picture: str) -> str:
    """Where the boxes of a picture are: "labels" for the last "images" of its path, .txt for its suffix."""
    return f"{splitext(_twin(picture, 'images', 'labels'))[0]}.txt"


def _below(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")


def _joined(folder: str, path: str) -> str:
    return str(PurePosixPath(folder) / path)


def _twin(path: str, old: str, new: str) -> str:
    """The path of a file with its last folder `old` called `new`."""
    *folders, file = path.split("/")
    for place in reversed(range(len(folders))):
        if folders[place] == old:
            return "/".join((*folders[:place], new, *folders[place + 1 :], file))
    return path
