"""The words of the house: what each thing was called once, and which of these words code says still."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

# What each was called once, and what it is called now.
GONE = {
    "album": "keypoint bank", "census": "count prior", "heard": "scores", "judge": "verifier",
    "judged": "answered, scored", "lesson": "training set", "lessons": "training set",
    "likeness": "keypoint verification", "relearn": "self-training", "sight": "input size", "taught": "learned from",
    "teach": "fit", "teaches": "trains", "told": "reported", "usefulness": "ranking", "wall": "queue",
    "wish": "parameters", "wishes": "parameters", "worst": "held-out errors",
}  # fmt: skip
# Keys of files and rows that older releases wrote: their readers must call them so.
STORED = {
    "static/src/pages/model.ts": {"worst"},
    "static/src/run/quality.ts": {"worst"},
    "static/src/run/types.ts": {"worst"},
    "training/protocol/results.py": {"worst"},
}
CODE = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|([A-Za-z_$][\w$]*)", re.DOTALL
)
PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def names(path: str, root: Path) -> Iterator[str]:
    """The identifiers of a file, and the parts of its own name."""
    yield from path.rsplit(".", 1)[0].split("/")
    text = (root / path).read_text(encoding="utf-8")
    if path.endswith(".py"):
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.NAME:
                yield token.string
    else:
        yield from filter(None, CODE.findall(text))


def words(path: str, root: Path) -> set[str]:
    """A file's words, in small letters."""
    return {part.lower() for name in names(path, root) for part in PART.findall(name)}


def remaining(path: str, root: Path) -> set[str]:
    """Those that have another name now, but for keys of what older releases stored."""
    return words(path, root) & GONE.keys() - STORED.get(path, set())
