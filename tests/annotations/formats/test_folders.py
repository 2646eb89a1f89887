"""Trees of label files: what is looked for in them, and what need not be."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotations.formats.folders import Tree


@pytest.mark.parametrize(
    ("files", "name"),
    [
        (["labels.json", "images/a.jpg"], "a.jpg"),
        (["labels.json", "Images/A.JPG"], "Images/A.JPG"),
        (["labels.json", "b.jpg"], None),
        (["labels.json"], None),
    ],
)
def test_a_picture_is_found_where_there_is_one(tmp_path: Path, files: list[str], name: str | None) -> None:
    for file in files:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
    assert Tree(tmp_path).picture("a.jpg", "labels.json") == name


def test_among_labels_alone_no_path_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many pictures that are not there each would cost a look at five places."""
    (tmp_path / "labels.json").touch()
    tree = Tree(tmp_path)
    monkeypatch.setattr(tree, "find", lambda _path: pytest.fail("looked for"))
    assert tree.picture("a.jpg", "labels.json") is None
