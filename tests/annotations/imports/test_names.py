"""A name finds its picture where exactly one fits, and none where several do."""

import unicodedata

import pytest

from annotations.imports.names import Names

PATHS = [
    "a.jpg", "images/train/b.jpg", "images/val/b.jpg", "images/train/C.JPG", "d.jpg", "d.png", "x/d.png",
    unicodedata.normalize("NFD", "사진/가나.jpg"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "path", "exact"),
    [
        ("a.jpg", "a.jpg", True),
        ("elsewhere/a.jpg", "a.jpg", False),
        ("train/b.jpg", "images/train/b.jpg", True),
        ("data/val/b.jpg", "images/val/b.jpg", False),
        ("b.jpg", None, None),
        ("test/b.jpg", None, None),
        ("c.jpg", "images/train/C.JPG", False),
        (unicodedata.normalize("NFC", "가나.jpg"), PATHS[-1], False),
        ("c.png", "images/train/C.JPG", False),
        ("d.webp", None, None),
        ("x/d.png", "x/d.png", True),
        ("d.png", "d.png", True),
        ("y/z/d.png", None, None),
        ("nothing.jpg", None, None),
    ],
)
def test_finding(name: str, path: str | None, exact: bool | None) -> None:
    found = Names((path, path) for path in PATHS).find(name)
    assert (found.value if found else None, found.exact if found else None) == (path, exact)


def test_of_two_of_one_path_none_is_meant() -> None:
    assert Names([("a.jpg", 1), ("a.jpg", 2)]).find("a.jpg") is None
