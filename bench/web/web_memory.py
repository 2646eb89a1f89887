"""How fast the web process starts and what it holds after many pages: a real server, a signed-in person, 1,000 GETs."""

from __future__ import annotations

import argparse
import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
HEAVY = ("torch", "ultralytics", "faiss", "cv2", "numpy")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def rss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise ValueError(pid)


def cpu_s(pid: int) -> float:
    """Processor seconds so far: what counts on a machine that does other things too."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def heavy_libraries(pid: int) -> list[str]:
    """Which of the engine's libraries are mapped into a process."""
    maps = Path(f"/proc/{pid}/maps").read_text()
    return [name for name in HEAVY if f"/site-packages/{name}" in maps]


def get(port: int, path: str, cookie: str = "") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
        reply = connection.getresponse()
        reply.read()
        return reply.status
    finally:
        connection.close()


def wait_until_up(port: int, process: subprocess.Popen[bytes], seconds: float = 60) -> float:
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        if process.poll() is not None:
            raise SystemExit(f"The web process ended with {process.returncode}.")
        try:
            if get(port, "/health") == 200:
                return time.monotonic() - started
        except OSError:
            time.sleep(0.02)
    raise SystemExit("The web process did not come up.")


def prepare() -> tuple[str, list[str]]:
    """A project to look at; the cookie of its owner and the pages that are asked for."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.test import Client

    from tests.training.conftest import make_bench

    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    bench = make_bench(30)
    run = bench.start()
    client = Client()
    client.force_login(bench.owner)
    project, image = bench.project.pk, bench.images[0].pk
    pages = [
        "/", f"/projects/{project}/", f"/projects/{project}/images/", f"/images/{image}/",
        f"/projects/{project}/review/",
        f"/projects/{project}/runs/", f"/projects/{project}/runs/new/", f"/runs/{run.pk}/",
        f"/projects/{project}/models/",
        f"/projects/{project}/settings/", f"/api/projects/{project}/images/", f"/api/images/{image}/", "/account/",
        "/health",
    ]  # fmt: skip
    return f"sessionid={client.cookies['sessionid'].value}", pages


def measure(gets: int) -> dict[str, object]:
    """Figures of one fresh web process."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="labelhub-web-") as folder:
        os.environ |= {"LABELHUB_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "labelhub.settings"}
        for name in ("DATABASE_URL", "REDIS_URL"):
            os.environ.pop(name, None)
        cookie, pages = prepare()
        from labelhub.processes.supervisor import web

        process = subprocess.Popen(web("127.0.0.1", port).command, cwd=ROOT, env=os.environ.copy())
        try:
            start = wait_until_up(port, process)
            fresh, start_cpu = rss_mb(process.pid), cpu_s(process.pid)
            answers = [(path, get(port, path, cookie)) for path in pages]
            bad = [(path, status) for path, status in answers if status != 200]
            began = time.monotonic()
            for turn in range(gets):
                get(port, pages[turn % len(pages)], cookie)
            took = time.monotonic() - began
            return {
                "start_s": start, "start_cpu_s": start_cpu, "rss_fresh_mb": fresh, "rss_mb": rss_mb(process.pid),
                "pages_s": gets / took, "heavy": heavy_libraries(process.pid), "not_200": bad,
            }  # fmt: skip
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gets", type=int, default=1000)
    found = measure(parser.parse_args().gets)
    print(
        f"first answer after          {found['start_s']:.2f} s, {found['start_cpu_s']:.2f} s of processor time   "
        "(goal: under 3)"
    )
    print(f"memory when fresh           {found['rss_fresh_mb']:.0f} MB")
    print(f"memory after the pages      {found['rss_mb']:.0f} MB   (goal: under 150)")
    print(f"pages a second, one client  {found['pages_s']:.0f}")
    print(f"engine libraries inside     {found['heavy'] or 'none'}")
    print(f"pages not answered by 200   {found['not_200'] or 'none'}")
