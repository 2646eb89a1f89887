"""Names in any encoding, litter, and what is refused unread."""

from __future__ import annotations

import io
import zipfile

import pytest

from projects.images.zip_entries import Entry, encoding_of, entries_of


@pytest.mark.parametrize(
    ("names", "encoding", "expected"),
    [
        (["사진/강아지 1.png", "고양이.jpg"], "cp949", "cp949"),
        (["강아지.png"], "utf-8", "utf-8"),
        (["写真/犬のしゃしん.jpg", "ねこ.png"], "shift_jis", "shift_jis"),
        (["照片/小狗在公园.jpg", "中国北京天安门.png"], "gbk", "gbk"),
        (["Straße/Bär.jpg", "château.png"], "cp437", "cp437"),
        (["plain.png"], "ascii", "utf-8"),
    ],
)
def test_names_are_read_in_the_likeliest_encoding(names: list[str], encoding: str, expected: str) -> None:
    written = [name.encode(encoding) for name in names]
    assert encoding_of(written) == expected
    assert [name.decode(encoding_of(written)) for name in written] == names


@pytest.mark.parametrize(
    ("path", "litter", "labels"),
    [
        ("a.png", False, False), ("folder/desktop.ini", True, False), ("Thumbs.db", True, False),
        ("EHTHUMBS.DB", True, False), ("@eaDir/a.png/SYNOPHOTO_THUMB.jpg", True, False), (".git/config", True, False),
        ("$RECYCLE.BIN/x", True, False),
        ("Icon\r", True, False), ("__MACOSX/a.jpg", True, False), ("x/._a.jpg", True, False),
        (".DS_Store", True, False),
        ("labels/1.txt", False, True), ("data.YAML", False, True), ("icons/a.png", False, False), ("", False, False),
    ],
)  # fmt: skip
def test_litter_and_labels(path: str, litter: bool, labels: bool) -> None:
    entry = Entry(zipfile.ZipInfo("x"), path)
    assert (entry.is_litter, entry.is_labels) == (litter, labels)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("a.png", None), ("./a.png", None), ("../a.png", "unsafe_path"), ("/a.png", "unsafe_path"),
        ("C:/a.png", "unsafe_path"), ("a/../../b.png", "unsafe_path"), ("", "zip_no_name"),
    ],
)  # fmt: skip
def test_refused_unread(path: str, code: str | None) -> None:
    refusal = Entry(zipfile.ZipInfo("x"), path).refusal(100)
    assert (refusal and refusal.code) == code


@pytest.mark.parametrize("name", [".", "..", "/", "\\", " ", "./.", "\0b.png", "a\0b.png"])
def test_names_that_are_none(name: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("x" * len(name), b"data")
    data = out.getvalue().replace(b"x" * len(name), name.encode())
    entries, encoding = entries_of(zipfile.ZipFile(io.BytesIO(data)))
    assert ([entry.path for entry in entries], encoding) == ([""], None)
