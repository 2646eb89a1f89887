"""Real processes are killed in the middle of a run: nothing is lost, nothing is there twice, nobody lives on unseen."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.training.conftest import STANDIN

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.alone


def environment_of(folder: Path) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")},
        "LABELHUB_DATA_DIR": str(folder),
        "LABELHUB_RUN_LEASE_SECONDS": "3",
        "LABELHUB_ENGINE_COMMAND": f"{sys.executable} {STANDIN} slow4",
    }


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A data folder with a queued run, to be copied for each test, and what lies in it."""
    folder = tmp_path_factory.mktemp("prepared")
    scene = Path(__file__).with_name("scene.py")
    reported = subprocess.run(
        [sys.executable, str(scene)], env=environment_of(folder), capture_output=True, text=True, check=True, cwd=ROOT
    )
    return folder, json.loads(reported.stdout.splitlines()[-1])


class Installation:
    """A data folder with a queued run, and the worker processes on it."""

    def __init__(self, folder: Path, scene: dict[str, Any]) -> None:
        self.folder, self.scene = folder, scene
        self.environment = environment_of(folder)
        self.database = sqlite3.connect(f"file:{folder}/labelhub.sqlite3?mode=ro", uri=True, timeout=20)
        self.watchers: list[subprocess.Popen[bytes]] = []

    def work(self) -> subprocess.Popen[bytes]:
        log = (self.folder / "worker.log").open("ab")
        command = [sys.executable, "manage.py", "worker", "gpu"]
        watcher = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
        )
        self.watchers.append(watcher)
        return watcher

    def ask(self, sql: str) -> Any:
        return self.database.execute(sql).fetchall()

    def run(self) -> dict[str, Any]:
        names = ("state", "attempts", "worker", "stage", "percent", "last_seq", "error_text")
        return dict(zip(names, self.ask(f"SELECT {', '.join(names)} FROM training_run")[0], strict=True))

    def until(self, what: Callable[[dict[str, Any]], bool], seconds: float = 40) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if what(row := self.run()):
                return row
            time.sleep(0.05)
        raise AssertionError(f"{self.run()}\n{(self.folder / 'worker.log').read_text()[-3000:]}")

    def in_the_middle(self) -> dict[str, Any]:
        """Waits until the second stage is at work."""
        return self.until(lambda run: run["state"] == "running" and run["stage"] in ("propose", "verify"))

    def engines(self) -> list[int]:
        path = self.folder / "runs" / self.scene["workdir"] / "pids"
        return [int(pid) for pid in path.read_text().split()] if path.exists() else []

    def family(self) -> list[int]:
        """Every process that works on this data folder."""
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                if f"LABELHUB_DATA_DIR={self.folder}\0".encode() in path.read_bytes():
                    state = (path.parent / "stat").read_text().rpartition(")")[2].split()[0]
                    found += [int(path.parent.name)] if state != "Z" else []
            except OSError:
                continue
        return found

    def close(self) -> None:
        self.database.close()
        for pid in self.family():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        for watcher in self.watchers:
            watcher.wait()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone(pids: list[int], seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(map(alive, pids))


@pytest.fixture
def installation(prepared: tuple[Path, dict[str, Any]], tmp_path: Path) -> Iterator[Installation]:
    folder, scene = prepared
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    made = Installation(tmp_path, scene)
    yield made
    made.close()


def assert_whole(installation: Installation) -> None:
    """Every image has its two suggestions once, the person's box is as it was, and events have no gap."""
    rows = installation.ask("SELECT image_id, label_id, x1, y1, x2, y2, state FROM annotations_suggestion")
    assert len(rows) == len(set(rows)) == 6
    assert installation.ask("SELECT x1, y1, x2, y2, origin FROM annotations_box") == [(10, 10, 60, 60, "person")]
    seqs = [seq for (seq,) in installation.ask("SELECT seq FROM training_runevent ORDER BY seq")]
    assert seqs == list(range(1, len(seqs) + 1))
    assert installation.ask("SELECT count(*) FROM training_modelversion") == [(1,)]


@pytest.mark.parametrize("victim", ["job", "whole group"])
def test_after_kill_9_the_run_goes_on_once(installation: Installation, victim: str) -> None:
    installation.work()
    run = installation.in_the_middle()
    worker = int(run["worker"].split(":")[1])
    engine = installation.engines()[-1]
    if victim == "job":
        os.kill(worker, signal.SIGKILL)
    else:
        os.killpg(os.getpgid(worker), signal.SIGKILL)
    assert gone([worker, engine]), "the engine must not outlive its worker"
    run = installation.until(lambda run: run["state"] == "done")
    assert run["attempts"] == 2
    assert_whole(installation)
    assert (
        installation.ask("SELECT count(*) FROM training_runevent WHERE kind='stage' AND payload LIKE '%skipped%'")[0][0]
        >= 1
    )


def test_after_kill_9_of_the_supervisor_nobody_lives_on(installation: Installation) -> None:
    watcher = installation.work()
    installation.in_the_middle()
    family = installation.family()
    assert len(family) >= 4  # who watches, who waits for jobs, the job, its engine
    watcher.kill()
    watcher.wait()
    assert gone(family, 10)
    installation.work()
    installation.until(lambda run: run["state"] == "done")
    assert_whole(installation)


def test_a_stopped_worker_hands_its_run_back_within_seconds(installation: Installation) -> None:
    watcher = installation.work()
    installation.in_the_middle()
    family = installation.family()
    started = time.monotonic()
    watcher.terminate()
    watcher.wait(10)
    assert time.monotonic() - started < 8
    assert gone(family, 2)
    run = installation.run()
    assert (run["state"], run["attempts"], run["worker"]) == ("queued", 0, "")
    installation.work()
    assert installation.until(lambda run: run["state"] == "done")["attempts"] == 1
    assert_whole(installation)


def test_the_third_death_is_the_last(installation: Installation) -> None:
    installation.work()
    for attempt in (1, 2, 3):
        run = installation.until(lambda run, n=attempt: run["state"] == "running" and run["attempts"] == n)
        os.kill(int(run["worker"].split(":")[1]), signal.SIGKILL)
    run = installation.until(lambda run: run["state"] == "failed")
    assert "stopped 3 times" in run["error_text"]
    assert installation.ask("SELECT count(*) FROM annotations_suggestion") == [(0,)]
