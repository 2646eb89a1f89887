"""The words of the house: names that an engineer of the field would not search for do not come back."""

from __future__ import annotations

import re

import pytest

from bench.glossary import GONE, PART, remaining
from bench.structure import ROOT, tracked

# A class, interface or type is named after what it is: its last word is a noun. "-ing" may be one (a binding, tuning).
PARTICLES = {"all", "along", "away", "back", "here", "off", "out", "together", "up"}
IRREGULAR = {
    "asked", "been", "begun", "born", "bound", "brought", "built", "chosen", "come", "came", "done", "drawn",
    "driven", "fallen", "forbidden", "forgotten", "found", "frozen", "given", "gone", "grown", "held", "hidden",
    "kept", "known", "laid", "left", "lost", "made", "meant", "met", "paid", "proven", "said", "seen", "sent",
    "shown", "sold", "spoken", "taken", "taught", "thought", "told", "torn", "understood", "won", "worn", "written",
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


@pytest.mark.parametrize("word", GONE)
def test_no_name_says(word: str, identifiers: dict[str, set[str]]) -> None:
    found = sorted(path for path, said in identifiers.items() if word in said)
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
        ("StoredModel", False), ("Feed", False), ("RunFeed", False), ("HeldOutError", False), ("SplitMoves", False),
        ("XYXY", False),
    ],
)  # fmt: skip
def test_a_participle_is_known(name: str, expected: bool) -> None:
    assert is_participle(name) is expected


def test_no_class_is_a_participle() -> None:
    defined = {path: DEFINED.findall((ROOT / path).read_text(encoding="utf-8")) for path in tracked("*.py", "*.ts")}
    found = {name: path for path, names in defined.items() for name in names if is_participle(name)}
    assert {name: path for name, path in found.items() if name not in NAMED_SO} == {}, "name it after what it is"
    assert set(NAMED_SO) <= set(found), "what is there no more needs no reason"


@pytest.fixture(scope="module")
def identifiers() -> dict[str, set[str]]:
    """What each file says still, of what it should not."""
    return {path: remaining(path, ROOT) for path in tracked("*.py", "*.ts")}
