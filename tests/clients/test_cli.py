"""What `labelhub` says where something is wrong: one line, status 1, and nothing is kept. The rest is the
tutorial's.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest

from labelhub_client.cli import main
from labelhub_client.login import Login

NOBODY = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in ("LABELHUB_URL", "LABELHUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO("a token\n"))
    return tmp_path


def refused(*arguments: str) -> str:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    return str(caught.value.code)


@pytest.mark.parametrize(
    "arguments", [["upload", "Cats", "photos"], ["export", "Cats"], ["watch", "Cats"], ["predict", "Cats", "a.jpg"]]
)
def test_nothing_goes_without_a_login(arguments: Sequence[str]) -> None:
    assert "labelhub login" in refused(*arguments)


@pytest.mark.parametrize("url", [NOBODY, "labels.example.org"])
def test_a_login_that_nobody_answers_is_not_kept(url: str, home: Path) -> None:
    assert "does not answer" in refused("login", url)
    assert list(home.iterdir()) == []


def test_a_login_is_the_owners_alone_and_the_environment_goes_before_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Login("http://a", "1")
    path = kept.save()
    assert path.stat().st_mode & 0o777 == 0o600
    assert Login.load() == kept
    monkeypatch.setenv("LABELHUB_URL", "http://b")
    assert Login.load() == kept  # one of the two is no login
    monkeypatch.setenv("LABELHUB_TOKEN", "2")
    assert Login.load() == Login("http://b", "2")


@pytest.mark.parametrize("arguments", [[], ["fly"], ["watch"], ["import", "Cats", "x", "--complete", "maybe"]])
def test_what_is_no_command_ends_with_the_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(*arguments) == "2"
    assert "usage: labelhub" in capsys.readouterr().err
