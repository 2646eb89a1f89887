"""A version as the writers of formats want it: the same images, boxes and date whenever it is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from annotations.attributes import Pairs, asked_of, from_rows
from annotations.file_names import FileNames
from annotations.flags import names_of
from annotations.formats import LabelledBox, LabelledImage
from annotations.models import DatasetVersion
from annotations.versions.blocks import BoxState, ImageHead, ImageState
from annotations.versions.contents import heads_of, images_of
from projects.errors import Refusal


class VersionLabels:
    """classes: ids among those of the version, or none for all. split: "" or None for all, "none" for images outside of
    all splits. unfinished: whether images come along that were not complete for the classes. Raises Refusal where the
    version has no such class or dataset.

    done: how many images were gone through in the last pass, out of `total`.
    """

    def __init__(
        self,
        version: DatasetVersion,
        *,
        classes: Sequence[int] = (),
        dataset: int | None = None,
        split: str = "",
        unfinished: bool = True,
        with_files: bool = False,
    ) -> None:
        self.version, self.split, self.unfinished, self.with_files = version, split, unfinished, with_files
        if missing := set(classes) - version.class_names.keys():
            raise Refusal(_("This version has no class %(id)s.") % {"id": min(missing)}, field="class")
        if dataset is not None and all(row["id"] != dataset for row in version.datasets):
            raise Refusal(_("This version has no such dataset."), field="dataset")
        self.dataset = dataset
        self._rows = [row for row in version.classes if not classes or row["id"] in classes]
        self._names = {row["id"]: row["name"] for row in self._rows}
        self.attributes = {row["name"]: from_rows(asked) for row in self._rows if (asked := row.get("attributes"))}
        self.model = ""
        self.date = version.made_at
        self.description = f"{version.project.name} {version}"
        self.done = 0

    @property
    def classes(self) -> list[str]:
        return list(self._names.values())

    @property
    def class_keys(self) -> list[int]:
        """The classes' ids, which may be gone."""
        return list(self._names)

    @property
    def class_ids(self) -> list[int]:
        return [row["number"] for row in self._rows]

    @cached_property
    def tags(self) -> tuple[str, ...]:
        return tuple(sorted({tag for head in self._heads() for tag in head.tags}))

    @cached_property
    def total(self) -> int:
        return self.count_images()

    def has_images(self) -> bool:
        return next(self._heads(), None) is not None

    def count_images(self) -> int:
        return sum(1 for _head in self._heads())

    def heads(self) -> Iterator[LabelledImage]:
        return (self._image(head) for head in self._heads())

    def __iter__(self) -> Iterator[LabelledImage]:
        self.done = 0
        for state in images_of(self.version):
            if self._is_chosen(state.head):
                self.done += 1
                yield self._image(state.head, self._boxes(state))

    def files(self) -> Iterator[tuple[str, str]]:
        """Each image's name in the export and the name of its stored file, which may be gone."""
        self.done = 0
        for head in self._heads():
            self.done += 1
            yield self._file_names.name(head), head.file

    def is_complete(self, head: ImageHead) -> bool:
        """For each of the chosen classes that were in use."""
        return self._in_use.issubset(head.complete)

    def _heads(self) -> Iterator[ImageHead]:
        return (head for head in heads_of(self.version) if self._is_chosen(head))

    def _is_chosen(self, head: ImageHead) -> bool:
        return (
            self.dataset in (None, head.dataset_id)
            and (not self.split or head.split == ("" if self.split == "none" else self.split))
            and (self.unfinished or self.is_complete(head))
        )

    def _image(self, head: ImageHead, boxes: tuple[LabelledBox, ...] = ()) -> LabelledImage:
        name, complete = self._file_names.name(head), self.is_complete(head)
        return LabelledImage(name, head.width, head.height, boxes, (), head.split, complete, head.id, head.tags)

    def _boxes(self, state: ImageState) -> tuple[LabelledBox, ...]:
        return tuple(
            LabelledBox(name, box.xyxy, flags=tuple(names_of(box.flags)), attributes=self._said(name, box))
            for box in state.boxes
            if (name := self._names.get(box.label)) is not None
        )

    def _said(self, name: str, box: BoxState) -> Pairs:
        return asked_of(dict(box.attributes), self.attributes.get(name, ())) if box.attributes else ()

    @cached_property
    def _in_use(self) -> frozenset[int]:
        """As an export of now has it: a class that nobody had drawn or called complete makes nothing undone."""
        counts: dict[str, Any] = self.version.figures["classes"]
        used = {pk for pk in self._names if any(counts[str(pk)].values())}
        return frozenset(used or self._names)

    @cached_property
    def _file_names(self) -> FileNames:
        names = FileNames(((row["id"], row["name"]) for row in self.version.datasets), with_files=self.with_files)
        names.learn(self._heads())
        return names
