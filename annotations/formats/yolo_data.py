"""What names a YOLO folder's classes and splits: data.yaml, or the lists of names that other tools write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from posixpath import splitext
from typing import Any

import yaml

from annotations.formats.folders import Tree, is_image
from annotations.formats.numbers import whole
from annotations.formats.reading import Findings, Place
from annotations.formats.text import clean, split_word
from annotations.formats.types import SPLITS, FormatError, marked

DATA_FILES = ("data.yaml", "data.yml", "dataset.yaml", "dataset.yml")
NAME_LISTS = ("classes.txt", "obj.names", "predefined_classes.txt")
NOT_LABELS = {*NAME_LISTS, "train.txt", "val.txt", "valid.txt", "test.txt", "README.txt", "README.roboflow.txt"}
MADE_UP = ("split_by", "name")  # our own writer's word for it
NUMBERED = marked(
    "No data.yaml or classes.txt names the classes: they are called by their numbers. Choose what each becomes."
)
_LINE = re.compile(r"\s*([0-9]{1,6})([ \t]+[-+.0-9eE]+){4,}\s*($|\n)")
COUNT = marked("“nc” says %(nc)s, but there are %(named)s names.")


@dataclass(frozen=True, slots=True)
class Data:
    """What the file says. classes: names by number. places: folders and lists of each split. path: where they begin.

    keypoints: whether they follow each box. made_up: whether the splits are the writer's own, for images without any.
    base: the folder from which paths count.
    """

    file: str
    classes: dict[int, str]
    places: dict[str, list[str]] = field(default_factory=lambda: {split: [] for split in SPLITS})
    path: str = ""
    keypoints: bool = False
    made_up: bool = False
    base: str = ""

    def __post_init__(self) -> None:
        if not self.base:
            object.__setattr__(self, "base", str(PurePosixPath(self.file).parent))


def find_data(tree: Tree) -> str | None:
    """The file that names the classes: data.yaml, any YAML with names, or a list of names where labels are about."""
    yamls = tree.named(".yaml", ".yml")
    for file in sorted(yamls, key=lambda path: PurePosixPath(path).name.lower() not in DATA_FILES):
        if PurePosixPath(file).name.lower() in DATA_FILES or _has_names(tree, file):
            return file
    lists = [path for path in tree.named(".txt", ".names") if PurePosixPath(path).name.lower() in NAME_LISTS]
    return lists[0] if lists else None


def described(tree: Tree, file: str, findings: Findings) -> Data:
    """Raises FormatError."""
    if PurePosixPath(file).suffix in (".txt", ".names"):
        names = [line.strip() for line in tree.text(file).split("\n")]
        return _of_lists(tree, file, dict(enumerate(_without_end(names))))
    found = _yaml(tree, file)
    classes = _classes(file, found.get("names"))
    count = whole(found.get("nc", len(classes)))
    if count != len(classes):
        findings.tell(Place(file), COUNT, {"nc": found.get("nc"), "named": len(classes)})
    places: dict[str, list[str]] = {split: [] for split in SPLITS}
    for key, given in found.items():
        if (split := split_word(key)) and given:
            places[split] += [str(place) for place in (given if isinstance(given, list) else [given])]
    made_up = found.get(MADE_UP[0]) == MADE_UP[1]
    return Data(file, classes, places, str(found.get("path") or ""), bool(found.get("kpt_shape")), made_up)


def _of_lists(tree: Tree, file: str, classes: dict[int, str]) -> Data:
    """Beside a list of names: train.txt and its like where they are, as Darknet has them, else all pictures."""
    base = PurePosixPath(file).parent
    places: dict[str, list[str]] = {split: [] for split in SPLITS}
    for word in ("train", "val", "valid", "test"):
        path = str(base / f"{word}.txt")
        if path in tree.files:
            places[split_word(word)].append(path)
    return Data(file, _named(file, classes), places)


def label_files(tree: Tree) -> list[str]:
    """Files that look like YOLO's: lines of a class and at least four numbers, in "labels" or beside a picture."""
    stems = {splitext(path)[0] for path in tree.files if is_image(path)}
    found = []
    for path in tree.named(".txt"):
        own = PurePosixPath(path)
        if own.name in NOT_LABELS or not ("labels" in own.parts[:-1] or splitext(path)[0] in stems):
            continue
        with suppress(FormatError):
            if _LINE.match(tree.text(path)):
                found.append(path)
    return found


def numbered(tree: Tree, findings: Findings) -> Data:
    """Of label files alone: each class is called by its number. Raises FormatError where there are none."""
    files = label_files(tree)
    if not files:
        raise FormatError("data.yaml", None, marked("This file is missing: it names the classes."))
    findings.tell(Place(files[0]), NUMBERED)
    numbers = {int(line[1]) for file in files for line in map(_LINE.match, tree.text(file).split("\n")) if line}
    return Data(files[0], {number: f"class {number}" for number in sorted(numbers)}, base=".")


class _Loader(yaml.BaseLoader):
    """Every scalar as it is written ("yes", "3", "1e3" are names), and no key twice."""

    def construct_scalar(self, node: Any) -> str:
        return clean(str(super().construct_scalar(node)))


class _TwiceError(yaml.constructor.ConstructorError):
    """A key that is there twice: `problem` is the key."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            key = str(key)
        if key in found:
            raise _TwiceError(None, None, key, key_node.start_mark)
        found[key] = loader.construct_object(value_node, deep=True)
    return found


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def _yaml(tree: Tree, file: str) -> dict[str, Any]:
    try:
        found = yaml.load(tree.text(file), Loader=_Loader)  # noqa: S506 (it makes text, lists and maps, nothing else)
    except _TwiceError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise FormatError(file, line, marked("The key %(key)s is there twice."), {"key": str(error.problem)}) from error
    except yaml.constructor.ConstructorError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise FormatError(file, line, marked("This YAML holds itself, or what is no text, list or map.")) from error
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise FormatError(file, mark.line + 1 if mark else None, marked("This is not YAML.")) from error
    if not isinstance(found, dict):
        raise FormatError(file, None, marked("This file must hold “names”, “train” and “val”."))
    return found


def _has_names(tree: Tree, file: str) -> bool:
    try:
        return isinstance(_yaml(tree, file).get("names"), list | dict)
    except FormatError:
        return False


def _classes(file: str, names: object) -> dict[int, str]:
    """Names by number, from a list or a map. Raises FormatError."""
    if isinstance(names, list):
        return _named(file, dict(enumerate(_name(name) for name in names)))
    if not isinstance(names, dict):
        raise FormatError(file, None, marked("“names” must be a list of names, or name the classes 0, 1, 2 and so on."))
    found: dict[int, str] = {}
    for key, name in names.items():
        number = whole(key)
        if number is None or number < 0 or number in found:
            what = marked("“names” must be a list of names, or name the classes 0, 1, 2 and so on.")
            raise FormatError(file, None, what)
        found[number] = _name(name)
    return _named(file, dict(sorted(found.items())))


def _name(value: object) -> str:
    """A name as text, also one with a colon, which YAML takes for a map."""
    if isinstance(value, Mapping) and len(value) == 1:
        ((key, rest),) = value.items()
        return f"{key}: {rest}".strip()
    return str(value).strip() if isinstance(value, str) else ""


def _named(file: str, classes: dict[int, str]) -> dict[int, str]:
    """Raises FormatError where a class has no name, or the name of another."""
    numbers: dict[str, int] = {}
    for number, name in classes.items():
        if not name:
            raise FormatError(file, None, marked("Class %(n)s has no name."), {"n": number})
        if name in numbers:
            what = marked("The classes %(first)s and %(second)s have the same name, “%(name)s”.")
            raise FormatError(file, None, what, {"first": numbers[name], "second": number, "name": name})
        numbers[name] = number
    return classes


def _without_end(lines: list[str]) -> list[str]:
    while lines and not lines[-1]:
        lines = lines[:-1]
    return lines
