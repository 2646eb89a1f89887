"""How long lines and files may be: what does not fit is read by nobody to its end."""

from __future__ import annotations

import re

import pytest

from bench.structure import LONG_LINE, LONG_TAG, ROOT, SOURCES, tracked

# Tables, whose rows are read across: each is one line, so that columns stay below each other.
TABLES = {
    "static/src/editor/ui/keys.ts": "each key, where it is told of, its words and what it does",
    "static/tests/editor/model/history.test.ts": "steps, and the one step that they become",
    "static/tests/editor/sync/queue.test.ts": "what two people changed, and what is sent of it",
}
# A sentence of the catalog stands whole: tools that collect them for translation read no sum of strings in TypeScript.
SENTENCE = re.compile(r'\s*(?:return )?(?:gettext\()?"(?:\\.|[^"\\])*"\)?[,;]?')
PRAGMA = re.compile(r"  # (?:type: ignore|noqa).*$")  # stands where the tool looks for it
# Longer than others for a reason; so is what stands in tests/, where one table or one story is a file.
LONGER = {
    "labelhub/settings.py": (400, "every setting, in one place"),
    "docs/class_model.py": (330, "one script, to be copied whole"),
    "static/src/css/admin.css": (400, "the console in our colours, in the order that the cascade needs"),
    "templates/annotations/editor.html": (340, "one page, whose panels are read beside each other"),
    "training/models.py": (330, "the rows of one app"),
}
LONGEST, LONGEST_TEST = 310, 400


def too_long(path: str) -> list[int]:
    limit = LONG_TAG if path.endswith(".html") else LONG_LINE
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    return [
        number
        for number, line in enumerate(lines, 1)
        if len(PRAGMA.sub("", line)) > limit and not (path.endswith(".ts") and SENTENCE.fullmatch(line))
    ]


@pytest.mark.parametrize("kind", ["*.py", "*.ts", "*.mjs", "*.css", "*.html"])
def test_lines_fit(kind: str) -> None:
    found = {path: numbers for path in tracked(kind) if path not in TABLES and (numbers := too_long(path))}
    assert found == {}


def test_files_have_one_reason_to_exist() -> None:
    found = {}
    for path in tracked(*SOURCES):
        count = (ROOT / path).read_text(encoding="utf-8").count("\n")
        usual = LONGEST_TEST if path.startswith(("tests/", "static/tests/")) else LONGEST
        if count > LONGER.get(path, (usual, ""))[0]:
            found[path] = count
    assert found == {}


@pytest.mark.parametrize("path", TABLES)
def test_a_table_is_one(path: str) -> None:
    assert too_long(path), "what fits needs no exception"
