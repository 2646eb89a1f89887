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
    "album": "keypoint bank", "census": "count prior", "heard": "scores", "judge": "verifier",
    "judged": "answered, scored",
    "lesson": "training set", "lessons": "training set", "likeness": "keypoint verification",
    "relearn": "self-training",
    "sight": "input size", "taught": "learned from", "teach": "fit", "teaches": "trains", "told": "reported",
    "usefulness": "ranking", "wall": "queue", "wish": "parameters", "wishes": "parameters", "worst": "held-out errors",
}  # fmt: skip
# A class, interface or type is named after what it is: its last word is a noun. "-ing" may be one (a binding, tuning).
PARTICLES = {"all", "along", "away", "back", "here", "off", "out", "together", "up"}
IRREGULAR = {
    "asked", "been", "begun", "born", "bound", "brought", "built", "chosen", "come", "came", "done", "drawn", "driven",
    "fallen",
    "forbidden", "forgotten", "found", "frozen", "given", "gone", "grown", "held", "hidden", "kept", "known", "laid",
    "left", "lost",
    "made", "meant", "met", "paid", "proven", "said", "seen", "sent", "shown", "sold", "spoken", "taken", "taught",
    "thought", "told",
    "torn", "understood", "won", "worn", "written",
}  # fmt: skip
NOT_PARTICIPLES = {"deed", "feed", "need"}
NAMED_SO = {
    "Binding": "a noun: a key and what it does",
    "Forbidden": "HTTP's own word for 403",
    "GuidelineReading": "a noun: that somebody has read it",
    "AutomaticLabelling": "a noun: the labelling that the engine does",
    "LeftOut": "a model: backups and the bin keep its rows under this name",
    "Listing": "a noun: a list as it is shown",
    "NotFound": "HTTP's own words for 404",
    "Tuning": "a noun: the numbers that were tuned",
}
DEFINED = re.compile(r"^\s*(?:export\s+)?(?:abstract\s+)?(?:class|interface|type)\s+([A-Z]\w*)", re.MULTILINE)
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


def is_participle(name: str) -> bool:
    """Whether the last word of a class's name, particles aside, is one: `Asked`, `HandedOut`; not `StoredModel`."""
    words = [word.lower() for word in PART.findall(name)]
    while len(words) > 1 and words[-1] in PARTICLES:
        words.pop()
    last = words[-1] if words else ""
    return last in IRREGULAR or (last.endswith(("ed", "ing")) and last not in NOT_PARTICIPLES)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Asked", True), ("HandedOut", True), ("SplitDone", True), ("Waiting", True), ("EngineGone", True),
        ("Said", True),
        ("StoredModel", False), ("Feed", False), ("RunFeed", False), ("HeldOutError", False), ("SplitMoves", False),
        ("XYXY", False),
    ],
)  # fmt: skip
def test_a_participle_is_known(name: str, expected: bool) -> None:
    assert is_participle(name) is expected


def test_no_class_is_a_participle() -> None:
    defined = {path: DEFINED.findall((ROOT / path).read_text(encoding="utf-8")) for path in tracked()}
    found = {name: path for path, names in defined.items() for name in names if is_participle(name)}
    assert {name: path for name, path in found.items() if name not in NAMED_SO} == {}, "name it after what it is"
    assert set(NAMED_SO) <= set(found), "what is there no more needs no reason"


@pytest.fixture(scope="module")
def identifiers() -> dict[str, set[str]]:
    """Each file's words, in small letters."""
    return {path: {part.lower() for name in names(path) for part in PART.findall(name)} for path in tracked()}
