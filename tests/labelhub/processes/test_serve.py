"""`serve`: real processes that start, are watched, and stop; the first administrator's link; a light web process."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from bench.web.idle_memory import GOAL_MB, family
from bench.web.web_memory import HEAVY, free_port, get, heavy_libraries, rss_mb
from labelhub.first_admin import fresh_token
from labelhub.processes.supervisor import web
from projects.models import Invitation
from tests import factories

ROOT = Path(__file__).resolve().parents[3]


# --- the link ---------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_each_link_voids_the_one_before():
    first, second = fresh_token(), fresh_token()
    assert first
    assert second
    assert Invitation.objects.find(first) is None
    assert Invitation.objects.find(second).project is None


@pytest.mark.django_db
def test_no_link_once_somebody_is_there():
    factories.make_user()
    assert fresh_token() is None
    with pytest.raises(CommandError):
        call_command("first_admin")


@pytest.mark.django_db
def test_the_link_of_a_server(capsys):
    call_command("first_admin", address="https://labels.example.org")
    link = capsys.readouterr().out.strip()
    token = re.fullmatch(r"https://labels\.example\.org/setup/([\w-]+)/", link).group(1)
    assert Invitation.objects.find(token) is not None


# --- real processes ---------------------------------------------------------------------------------------------------
class ServedSite:
    """`manage.py serve` on a data folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")},
            "LABELHUB_DATA_DIR": str(folder),
        }
        self.folder, self.log = folder, folder / "serve.log"
        self.manage("migrate", "--verbosity", "0")
        self.manage("collectstatic", "--no-input", "--verbosity", "0")
        self.start()

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)

    def start(self) -> None:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", "--port", str(self.port)],
                cwd=ROOT, env=self.environment, stdout=log, stderr=log,
            )  # fmt: skip
        self.until(lambda: self.status("/health") == 200)

    def status(self, path: str) -> int:
        try:
            return get(self.port, path)
        except OSError:
            return 0

    def until(self, what, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def child(self, *words: str) -> int:
        """The pid of the child whose command line holds all `words`."""
        for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            try:
                line = Path(f"/proc/{pid}/cmdline").read_bytes().decode().replace("\0", " ")
                environment = Path(f"/proc/{pid}/environ").read_bytes().decode()
            except OSError:  # it ended just now
                continue
            if all(word in line or word in environment for word in words):
                return int(pid)
        return 0

    def stop(self) -> float:
        started = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        return time.monotonic() - started


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedSite]:
    found = ServedSite(tmp_path)
    yield found
    if found.process.poll() is None:
        found.process.kill()
        found.process.wait()


@pytest.mark.alone
def test_serve_starts_watches_and_stops(served: ServedSite):
    said = served.log.read_text()
    token = re.search(rf"http://127\.0\.0\.1:{served.port}/setup/([\w-]+)/", said).group(1)
    assert served.status(f"/setup/{token}/") == 200

    second = served.manage("serve", "--port", str(free_port()))
    assert "running already" in second.stderr

    at_rest = family(served.process.pid)
    assert len(at_rest) <= 4
    assert sum(map(rss_mb, at_rest)) < GOAL_MB
    for words in (("uvicorn",), ("jobs", "default", "search", "gpu")):
        served.until(lambda words=words: served.child(*words))
        pid = served.child(*words)
        os.kill(pid, signal.SIGKILL)
        served.until(lambda words=words, pid=pid: served.child(*words) not in (0, pid))
    served.until(lambda: served.status("/health") == 200)

    assert served.stop() < 15
    assert served.status("/health") == 0

    served.start()  # nobody came: a fresh link, and the old one is void
    fresh = re.search(r"/setup/([\w-]+)/", served.log.read_text()).group(1)
    assert fresh != token
    assert _void(served, token)
    served.stop()


def _void(served: ServedSite, token: str) -> bool:
    database = sqlite3.connect(served.folder / "labelhub.sqlite3")
    row = database.execute(
        "SELECT expires_at <= datetime('now') FROM projects_invitation WHERE token_hash = ?",
        [hashlib.sha256(token.encode()).hexdigest()],
    ).fetchone()
    database.close()
    return bool(row[0])


@pytest.mark.alone
def test_a_database_that_is_not_up_to_date_is_said(tmp_path: Path):
    environment = os.environ | {"LABELHUB_DATA_DIR": str(tmp_path)}
    environment.pop("DATABASE_URL", None)
    command = [sys.executable, "manage.py", "serve", "--port", str(free_port())]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "migrate" in done.stderr


@pytest.mark.alone
def test_the_web_process_is_light():
    """In a process of its own, because `measure` sets Django up on another data folder."""
    program = "import json; from bench.web.web_memory import measure; print(json.dumps(measure(150)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["heavy"] == []
    assert found["not_200"] == []
    assert found["rss_mb"] < 150
    assert found["start_cpu_s"] < 3


def test_threads_of_the_web_process_share_the_memory_that_pictures_take():
    child = web("127.0.0.1", free_port())
    child.start()
    try:
        assert b"MALLOC_ARENA_MAX=2" in Path(f"/proc/{child.process.pid}/environ").read_bytes()
    finally:
        child.signal(signal.SIGKILL, group=True)
        child.process.wait()


def test_the_look_for_heavy_libraries_finds_what_is_there():
    program = "import numpy, time; print('up', flush=True); time.sleep(30)"
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert process.stdout.readline()
    assert heavy_libraries(process.pid) == ["numpy"]
    assert set(HEAVY) >= {"torch", "ultralytics", "faiss", "cv2"}
    process.kill()
    process.wait()
