"""What a person gave, opened: its format is found by looking, its labels are read."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from typing import IO

from annotations.formats import LabelledSet, Notice
from annotations.formats.label_studio_tasks import NO_SIZE
from annotations.formats.reading import UNKNOWN_SIZE
from annotations.formats.table import Format, others, recognise
from annotations.imports import notices
from annotations.imports.archive import Archive, read_archive
from annotations.imports.notices import Row
from annotations.imports.pictures import Pictures
from annotations.imports.placing import Placement, placement
from projects.models import Dataset

DEEPEST, MOST_FOLDERS = 3, 200  # how far a folder of labels is looked for inside of others


@dataclass(slots=True)
class Source:
    """format: None where there are pictures alone. problems: of all that was read, first those of the labels.
    others: formats of labels that are in it, too.
    """

    archive: Archive
    format: Format | None
    labelled: LabelledSet
    placed: Placement
    problems: list[Row] = field(default_factory=list)
    others: list[Format] = field(default_factory=list)


def open_source(stream: IO[bytes], name: str, dataset: Dataset) -> Source:
    """Raises PictureError for what cannot be opened, FormatError for labels that cannot be read."""
    archive = read_archive(stream, name)
    pictures = Pictures(archive, dataset)
    format, root = _recognised(archive.root)
    labelled = format.read(root, pictures.size_of) if format else LabelledSet((), ())
    problems = [notices.of_picture(path, error) for path, error in archive.refused]
    problems += (notices.of_format(_explained(problem, pictures)) for problem in labelled.problems)
    placed = placement(labelled, pictures)
    passed_over = others(root, format) if format else []
    return Source(archive, format, labelled, placed, problems + placed.problems, passed_over)


def _explained(problem: Notice, pictures: Pictures) -> Notice:
    """Of a size that is not known: why, which no reader of labels can say."""
    if problem.what not in (UNKNOWN_SIZE, NO_SIZE):
        return problem
    what, data = pictures.why_unknown(str(problem.data["name"]))
    return Notice(problem.file, problem.line, what, data)


def _recognised(root: Traversable) -> tuple[Format | None, Traversable]:
    """The format of the outermost folder that has one: zips often hold all in a folder of their own."""
    waiting: deque[tuple[int, Traversable]] = deque([(0, root)])
    for _look in range(MOST_FOLDERS):
        if not waiting:
            break
        depth, folder = waiting.popleft()
        if (format := recognise(folder)) is not None:
            return format, folder
        if depth < DEEPEST:
            waiting.extend((depth + 1, below) for below in folder.iterdir() if below.is_dir())
    return None, root
