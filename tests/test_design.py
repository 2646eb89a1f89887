"""The design system is one place: no style sheet but the tokens names a colour, and every token that is used is
there.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SOURCES = Path(__file__).resolve().parent.parent / "static" / "src"
TOKENS = SOURCES / "tokens.css"
SHEETS = sorted({*SOURCES.rglob("*.css")} - {TOKENS})
NAMES = "white|black|red|green|blue|gr[ae]y|silver|orange|yellow|purple|pink|brown|navy|teal|gold"
COLOR = re.compile(
    rf"#[0-9a-f]{{3,8}}\b|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch)\(|:\s*[^;{{}}]*(?<![\w-])(?:{NAMES})(?![\w-])", re.I
)
USED = re.compile(r"var\((--[\w-]+)\)")  # without a fallback of its own
SET = re.compile(r"^\s*(--[\w-]+):", re.M)


def rules(path: Path) -> str:
    return re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_no_other_file_names_a_colour(path: Path) -> None:
    lines = [line.strip() for line in rules(path).splitlines()]
    # A selector may hold any word, and of a mask only its opacity is seen.
    declared = [line for line in lines if not line.endswith(("{", ",")) and not line.startswith("mask")]
    assert [line for line in declared if COLOR.search(line)] == []


@pytest.mark.parametrize("path", [TOKENS, *SHEETS], ids=lambda path: path.name)
def test_every_token_in_use_exists(path: Path) -> None:
    known = set(SET.findall(TOKENS.read_text(encoding="utf-8")))
    own = set(SET.findall(rules(path)))
    assert set(USED.findall(rules(path))) <= known | own


def test_both_shades_of_the_dark_theme_say_the_same() -> None:
    text = rules(TOKENS)
    system = re.search(r":root:not\(\[data-theme=\"light\"\]\)\s*{(.*?)}", text, re.S)
    chosen = re.search(r":root\[data-theme=\"dark\"\]\s*{(.*?)}", text, re.S)
    assert system is not None
    assert chosen is not None
    assert system.group(1).split() == chosen.group(1).split()


@pytest.mark.parametrize(
    ("sheet", "colored"),
    [
        ("color: #fff;", True),
        ("fill: rgb(0 0 0);", True),
        ("color: white;", True),
        ("color: var(--ink);", False),
        ("grid-area: red-zone;", False),
    ],
)
def test_the_rule_itself(sheet: str, colored: bool) -> None:
    assert bool(COLOR.search(sheet)) == colored


def test_no_two_verbs_of_the_editor_share_a_key() -> None:
    """Of those with Shift or Ctrl; single letters are one table, in keys.ts."""
    folder = Path(__file__).resolve().parent.parent / "static" / "src" / "editor" / "ui"
    found = [key for path in folder.glob("*.ts") for key in re.findall(r'"((?:ctrl|shift)\+[a-z])"', path.read_text())]
    assert len(found) > 10
    assert sorted(found) == sorted(set(found))
