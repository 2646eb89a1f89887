"""The translations are whole: every sentence of the sources has one, with the same places for values."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from labelhub.management.commands.makemessages import calls_only

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ["annotations", "labelhub", "locale", "projects", "static/src", "templates", "training", "manage.py"]
CATALOGS = [(path.parent.parent.name, path.stem) for path in sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po"))]
PLACE = re.compile(r"%(?:\(\w+\))?[a-z%]|\{\w*\}|</?\w+[^>]*>")


def catalog(folder: Path, language: str, domain: str) -> Catalog:
    with (folder / language / "LC_MESSAGES" / f"{domain}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def messages(found: Catalog) -> list[Message]:
    return [message for message in found if message.id]


def forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def places(text: str, *, ordered: bool) -> list[str]:
    found = PLACE.findall(text)
    return found if ordered else sorted(found)


def test_each_language_has_both_catalogs() -> None:
    assert set(CATALOGS) == {("ko", "django"), ("ko", "djangojs")}


@pytest.mark.parametrize(("language", "domain"), CATALOGS)
def test_every_sentence_is_translated(language: str, domain: str) -> None:
    found = catalog(ROOT / "locale", language, domain)
    every = messages(found)
    empty = [message.id for message in every if not all(text.strip() for text in forms(message.string))]
    assert every
    assert empty == []
    assert [message.id for message in every if message.fuzzy] == []
    assert [message.id for message in found.obsolete.values()] == []


@pytest.mark.parametrize(("language", "domain"), CATALOGS)
def test_the_header_says_how_many_are_many(language: str, domain: str) -> None:
    """Without it gettext answers every plural in English."""
    text = (ROOT / "locale" / language / "LC_MESSAGES" / f"{domain}.po").read_text(encoding="utf-8")
    assert '"Plural-Forms: nplurals=' in text


@pytest.mark.parametrize(("language", "domain"), CATALOGS)
def test_translations_have_the_places_of_the_original(language: str, domain: str) -> None:
    wrong = []
    for message in messages(catalog(ROOT / "locale", language, domain)):
        # `interpolate` and % fill nameless places in their order, so that those must keep it.
        ordered = "%(" not in forms(message.id)[-1]
        wanted = places(forms(message.id)[-1], ordered=ordered)
        wrong += [(message.id, text) for text in forms(message.string) if places(text, ordered=ordered) != wanted]
    assert wrong == []


@pytest.mark.parametrize(("language", "domain"), CATALOGS)
def test_translations_keep_the_form_of_the_original(language: str, domain: str) -> None:
    """A sentence with a line's end or a space more than its original breaks what it is put into."""
    wrong = [
        (message.id, text)
        for message in messages(catalog(ROOT / "locale", language, domain))
        for text in forms(message.string)
        if text != text.strip() or "\n" in text
    ]
    assert wrong == []


@pytest.mark.parametrize(("language", "domain"), CATALOGS)
def test_plural_forms_are_those_of_the_language(language: str, domain: str) -> None:
    found = catalog(ROOT / "locale", language, domain)
    assert str(found.locale) == language
    plurals = [message for message in messages(found) if not isinstance(message.id, str)]
    assert plurals
    assert {len(forms(message.string)) for message in plurals} == {found.num_plurals}


@pytest.mark.parametrize(("language", "domain"), CATALOGS)
@pytest.mark.skipif(shutil.which("xgettext") is None, reason="xgettext (gettext) is missing: sources not compared")
def test_catalogs_hold_the_sentences_of_the_sources(language: str, domain: str, tmp_path: Path) -> None:
    """makemessages writes beside what it reads, so it reads a copy."""
    for name in SOURCES:
        source, copy = ROOT / name, tmp_path / name
        if source.is_dir():
            shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy)
    command = [sys.executable, "manage.py", "makemessages", "-l", language, "-d", domain, "-v", "0", "--no-obsolete"]
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "LABELHUB_DATA_DIR": str(tmp_path / "data")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stdout + done.stderr  # such as one sentence both with a plural and without
    fresh = {forms(message.id)[0] for message in messages(catalog(tmp_path / "locale", language, domain))}
    ours = {forms(message.id)[0] for message in messages(catalog(ROOT / "locale", language, domain))}
    assert sorted(fresh - ours) == [], "`manage.py makemessages` collects these: they need a translation"
    assert sorted(ours - fresh) == [], "no source says these any more: `manage.py makemessages` drops them"


def test_calls_in_typescript_are_found() -> None:
    source = """
    const names: Record<string, string> = { a: gettext("One"), b: interpolate(gettext("%s \\"two\\""), [`${x}`]) };
    const n = ngettext(
      "%s box",
      "%s boxes",
      count,
    );
    """
    assert calls_only(source).splitlines() == [
        'gettext("One");',
        'gettext("%s \\"two\\"");',
        "ngettext(",
        '      "%s box",',
        '      "%s boxes");',
    ]
