"""What `make run` holds before anybody does anything: its processes, their memory, and the processor time they take at
rest.

RSS counts what processes share once for each of them, PSS shares it out: PSS is what the machine has less, RSS what
`ps` shows.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.web.web_memory import cpu_s, free_port, rss_mb, wait_until_up  # noqa: E402

GOAL_MB = 450


@dataclass(frozen=True)
class Idle:
    """rows: (command line, RSS in MB, PSS in MB) of each process. core: share of one core at rest."""

    rows: list[tuple[str, float, float]]
    core: float

    @property
    def rss_mb(self) -> float:
        return sum(rss for _line, rss, _pss in self.rows)

    @property
    def pss_mb(self) -> float:
        return sum(pss for _line, _rss, pss in self.rows)


def family(pid: int) -> list[int]:
    """A process and all that it started, and so on."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    return [pid, *(one for path in children for child in path.read_text().split() for one in family(int(child)))]


def pss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise ValueError(pid)


def measure(rest_s: float = 10) -> Idle:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="labelhub-idle-") as folder:
        environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        environment["LABELHUB_DATA_DIR"] = folder
        for command in (["migrate", "-v0"], ["collectstatic", "--no-input", "-v0"]):
            subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True)
        command = [sys.executable, "manage.py", "serve", "--port", str(port)]
        serve = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        try:
            wait_until_up(port, serve)
            time.sleep(rest_s)  # what starts by itself has started
            pids = family(serve.pid)
            before = sum(map(cpu_s, pids))
            time.sleep(rest_s)
            core = (sum(map(cpu_s, pids)) - before) / rest_s
            return Idle([(_line(pid), rss_mb(pid), pss_mb(pid)) for pid in pids], core)
        finally:
            serve.send_signal(signal.SIGINT)
            serve.wait(30)


def _line(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")[1:]
    return " ".join(word for word in words if word)[:60]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rest", type=float, default=10, help="seconds before and while it is measured")
    found = measure(parser.parse_args().rest)
    for line, rss, pss in found.rows:
        print(f"{rss:6.0f} MB RSS {pss:6.0f} MB PSS   {line}")
    print(
        f"{len(found.rows)} processes, {found.rss_mb:.0f} MB RSS, {found.pss_mb:.0f} MB PSS   (goal: under {GOAL_MB})"
    )
    print(f"at rest {found.core * 100:.1f} % of a core")
