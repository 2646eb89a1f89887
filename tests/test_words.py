"""The words of the house: names that an engineer of the field would not search for do not come back."""

from __future__ import annotations

import io
import re
import subprocess
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# What each was called once, and what it is called now.
GONE = {
    "album": "keypoint bank", "census": "count prior", "heard": "scores", "judge": "verifier", "judged": "answered, scored",
    "lesson": "training set", "lessons": "training set", "likeness": "keypoint verification", "relearn": "self-training",
    "sight": "input size", "taught": "learned from", "teach": "fit", "teaches": "trains", "told": "reported",
    "usefulness": "ranking", "wall": "queue", "wish": "parameters", "wishes": "parameters", "worst": "held-out errors",
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


def tracked() -> list[str]:
    """Code of the project, as paths below its root."""
    listed = subprocess.run(["git", "ls-files", "*.py", "*.ts"], cwd=ROOT, capture_output=True, text=True, check=True)
    paths = listed.stdout.split() or [
        str(path.relative_to(ROOT))
        for app in ("annotations", "bench", "labelhub", "projects", "static/src", "static/tests", "tests", "training")
        for path in (ROOT / app).rglob("*.[pt][ys]")
    ]
    return [path for path in paths if "/migrations/" not in path and (ROOT / path).exists()]


def names(path: str) -> Iterator[str]:
    """The identifiers of a file, and the parts of its own name."""
    yield from path.rsplit(".", 1)[0].split("/")
    text = (ROOT / path).read_text(encoding="utf-8")
    if path.endswith(".py"):
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.NAME:
                yield token.string
    else:
        yield from filter(None, CODE.findall(text))


@pytest.mark.parametrize("word", GONE)
def test_no_name_says(word: str, identifiers: dict[str, set[str]]) -> None:
    found = {path: sorted(said) for path, said in identifiers.items() if word in said - STORED.get(path, set())}
    assert not found, f"{word}: say {GONE[word]}"


@pytest.fixture(scope="module")
def identifiers() -> dict[str, set[str]]:
    """Each file's words, in small letters."""
    return {path: {part.lower() for name in names(path) for part in PART.findall(name)} for path in tracked()}
