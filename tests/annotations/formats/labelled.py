"""Labelled sets for the tests of formats, and folders to read them from."""

from __future__ import annotations

import io
import random
import unicodedata
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import strategies as st

from annotations.formats import LabelledBox, LabelledImage, LabelledSet, Member
from annotations.geometry import XYXY

BUGS = Path(__file__).resolve().parents[4] / "shared" / "bugs"
CLASSES = ("person", "라쿤", 'a "quoted": name', "yes", "3")


def reported(path: str) -> Path:
    """An input that went wrong once; the test is skipped where those are not at hand."""
    found = BUGS / path
    if not found.exists():
        pytest.skip(f"{found} is not here")
    return found


def folder_of(tmp_path: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return tmp_path


def written(members: Iterable[Member]) -> dict[str, bytes]:
    found = [(member.path, b"".join(member.chunks)) for member in members]
    assert len(dict(found)) == len(found), "a path is there twice"
    return dict(found)


def zip_of(files: Mapping[str, bytes]) -> zipfile.Path:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return zipfile.Path(zipfile.ZipFile(buffer))


def sizes(labelled: LabelledSet) -> dict[str, tuple[int, int]]:
    return {image.name: (image.width, image.height) for image in labelled}


def random_box(rng: random.Random, width: float, height: float) -> XYXY:
    x1, x2 = sorted(rng.uniform(0, width) for _ in range(2))
    y1, y2 = sorted(rng.uniform(0, height) for _ in range(2))
    return (x1, y1, x2, y2)


def random_set(seed: int = 0, images: int = 40, classes: tuple[str, ...] = CLASSES) -> LabelledSet:
    rng = random.Random(seed)
    found = []
    for n in range(images):
        width, height = rng.randint(1, 9000), rng.randint(1, 9000)
        boxes = (
            LabelledBox(rng.choice(classes), random_box(rng, width, height)) for _ in range(rng.choice((0, 0, 1, 9)))
        )
        name = rng.choice((f"{n}.jpg", f"a folder/{n}.tar.png", f"images/사진 {n}.jpeg", f"labels/{n}"))
        found.append(LabelledImage(name, width, height, tuple(boxes), id=1000 + n * 3))
    return LabelledSet(tuple(classes), tuple(sorted(found, key=lambda image: image.name)))


def by_name(labelled: LabelledSet) -> LabelledSet:
    """The same with its images in the order of their names, where a format has no order."""
    return replace(labelled, images=tuple(sorted(labelled.images, key=lambda image: image.name)))


# Letters that tools stumble over: Korean composed and not, spaces, marks of YAML, XML, CSV, JSON and addresses.
LETTERS = "ab고양이" + unicodedata.normalize("NFD", "한글") + "é e\u0301#%&'\"<>:;,=+@-?*[]{}()!~`^$|_.😀"
WORDS = (
    st.text(st.sampled_from(LETTERS), min_size=1, max_size=12)
    .map(str.strip)
    .filter(lambda text: text.strip(". ") and not text.startswith("._"))  # which are litter
)
SIDES = st.integers(1, 9000)


@st.composite
def labelled_sets(
    draw: st.DrawFn,
    *,
    splits: bool = True,
    predictions: bool = False,
    complete: bool = False,
    ids: bool = False,
) -> LabelledSet:
    """Sets as LabelHub exports them: names once whatever their case, suffix and Unicode form, boxes within images."""
    classes = draw(st.lists(WORDS, min_size=1, max_size=5, unique=True))
    class_ids = draw(st.lists(st.integers(0, 1000), min_size=len(classes), max_size=len(classes), unique=True))
    stems = draw(st.lists(WORDS, max_size=6, unique_by=_loose))
    images = []
    for stem in stems:
        for folder in draw(st.sampled_from((("",), ("",), ("one/",), ("one/", "둘 #2/")))):  # the same name twice
            width, height = draw(SIDES), draw(SIDES)
            image = LabelledImage(
                f"{folder}{stem}.jpg",
                width,
                height,
                tuple(draw(st.lists(_boxes(classes, width, height, scored=False), max_size=4))),
                tuple(draw(st.lists(_boxes(classes, width, height, scored=True), max_size=2))) if predictions else (),
                draw(st.sampled_from(("", "train", "val", "test"))) if splits else "",
                draw(st.sampled_from((None, True))) if complete else None,
                id=len(images) * 7 + 1,
            )
            images.append(image)
    return LabelledSet(tuple(classes), tuple(images), class_ids=tuple(class_ids) if ids else ())


@st.composite
def _boxes(draw: st.DrawFn, classes: list[str], width: int, height: int, *, scored: bool) -> LabelledBox:
    xs = draw(st.tuples(st.floats(0, width), st.floats(0, width)).filter(_apart))
    ys = draw(st.tuples(st.floats(0, height), st.floats(0, height)).filter(_apart))
    score = draw(st.floats(0, 1)) if scored else None
    return LabelledBox(draw(st.sampled_from(classes)), (min(xs), min(ys), max(xs), max(ys)), score)


def _apart(pair: tuple[float, float]) -> bool:
    return abs(pair[0] - pair[1]) > 1e-3


def _loose(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
