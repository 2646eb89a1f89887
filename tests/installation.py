"""A real installation for tests: its own data folder, all processes by `manage.py serve`."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ARTIFACTS = ROOT / "tests" / "artifacts"
START_S = 180.0  # for a first start, which compiles all modules, on a machine with much to do


@dataclass
class Installation:
    """A running LabelHub. `lines` is what `serve` printed so far."""

    url: str
    process: subprocess.Popen[str]
    data: Path
    lines: list[str] = field(default_factory=list)

    def printed(self, pattern: str, *, seconds: float = 30) -> str:
        """The first group of the first printed line that matches."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for line in list(self.lines):
                if found := re.search(pattern, line):
                    return found.group(1)
            time.sleep(0.1)
        raise AssertionError(f"{pattern!r} was never printed:\n" + "\n".join(self.lines[-40:]))


@contextmanager
def started(data: Path, *, log: str) -> Iterator[Installation]:
    """log: the file among the artifacts that keeps what it printed."""
    environment = environment_of(data)
    for command in (["migrate", "-v0"], ["collectstatic", "--no-input", "-v0"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True)
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--port", str(port)],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    running = Installation(f"http://127.0.0.1:{port}", process, data)
    threading.Thread(target=_collect, args=(running,), daemon=True).start()
    try:
        _wait_until_healthy(running)
        yield running
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        ARTIFACTS.mkdir(exist_ok=True)
        (ARTIFACTS / log).write_text("\n".join(running.lines))


def environment_of(data: Path) -> dict[str, str]:
    """For processes of an installation with this data folder, on SQLite whatever the tests run on."""
    environment = os.environ | {"LABELHUB_DATA_DIR": str(data), "PYTHONUNBUFFERED": "1"}
    for variable in ("DATABASE_URL", "REDIS_URL"):
        environment.pop(variable, None)
    return environment


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _collect(running: Installation) -> None:
    assert running.process.stdout is not None
    for line in running.process.stdout:
        running.lines.append(line.rstrip())


def _wait_until_healthy(running: Installation) -> None:
    until = time.monotonic() + START_S
    while running.process.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(running.url + "/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("serve did not come up:\n" + "\n".join(running.lines))
