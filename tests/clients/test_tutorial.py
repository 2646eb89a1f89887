"""docs/tutorial.md, command by command, against all of LabelHub's processes with the real engine."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installation import ROOT, Installation, environment_of, started

pytestmark = pytest.mark.alone
PAGE = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
ADDRESS = "http://127.0.0.1:8000"
MAKE_TOKEN = """
from projects.models import User
from projects.people import tokens
print(tokens.create(User.objects.create_user("tutorial@example.org", "correct-horse-battery"))[1])
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


class Walker:
    """A person at a shell in an empty folder, with the address of this test's server where the page has the usual
    one.
    """

    def __init__(self, folder: Path, server: Installation) -> None:
        self.folder, self.url = folder, server.url
        self.token = self._token(server)
        tools = folder / "bin"
        tools.mkdir()
        self._tool(tools / "labelhub", f'exec "{sys.executable}" -m labelhub_client "$@"')
        self._tool(tools / "python", f'exec "{sys.executable}" "$@"')
        self.environment = os.environ | {
            "PATH": f"{tools}:{os.environ['PATH']}", "XDG_CONFIG_HOME": str(folder / "config"),
            "PYTHONPATH": f"{ROOT / 'clients' / 'python'}:{ROOT}",
        }  # fmt: skip

    @staticmethod
    def _tool(path: Path, line: str) -> None:
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o755)

    @staticmethod
    def _token(server: Installation) -> str:
        command = [sys.executable, "manage.py", "shell", "-v0", "-c", MAKE_TOKEN]
        done = subprocess.run(
            command, cwd=ROOT, env=environment_of(server.data), capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def run(self, command: list[str], **more: str) -> str:
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment | more, input=self.token + "\n", capture_output=True,
            text=True, check=False, timeout=540,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def shell(self, block: str) -> str:
        return self.run(["sh", "-ec", block.replace(ADDRESS, self.url)])

    def python(self, block: str) -> str:
        return self.run([sys.executable, "-c", block], LABELHUB_URL=self.url, LABELHUB_TOKEN=self.token)


@pytest.fixture
def walker(tmp_path: Path) -> Iterator[Walker]:
    with started(tmp_path / "data", log="tutorial.log") as server:
        yield Walker(tmp_path, server)


def test_every_command_of_the_tutorial_runs(walker: Walker) -> None:
    said = {block.split()[1]: walker.shell(block) for block in blocks("sh")}
    assert list(said) == ["-m", "login", "upload", "import", "autolabel", "predict", "model", "export"]
    assert "8 images added" in said["upload"]
    assert "Imported: images 4, boxes 7, marks 4" in said["import"]
    assert re.search(r"Run (\d+) is queued\.\nRun \1 is done: [1-9]\d* suggestions wait", said["autolabel"])
    assert re.search(r"new\.jpg: \d+ boxes", said["predict"])
    kept = walker.folder / "config" / "labelhub" / "login.json"
    assert json.loads(kept.read_text()) == {"url": walker.url, "token": walker.token}
    assert kept.stat().st_mode & 0o777 == 0o600
    mushrooms = walker.folder / "mushrooms"
    assert any(name.endswith(".pt") for name in zipfile.ZipFile(mushrooms / "detector.zip").namelist())
    assert len(list((mushrooms / "yolo" / "images").glob("*.jpg"))) == 4
    (python,) = blocks("python")
    lines = walker.python(python).splitlines()
    assert len(lines) == 9
    assert "'predictions': 1" in lines[-1]
    again = walker.shell("labelhub upload Mushrooms mushrooms/photos")
    assert "0 images added, 8 were there already" in again
