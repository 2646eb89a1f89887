"""A team at work on one machine: saves a second, what a save costs, how long people wait, how soon open pages hear of
it.

    python bench/web/team_load.py                       all figures, on SQLite (one web process) and PostgreSQL (two)
    python bench/web/team_load.py --database sqlite --people 100 --seconds 15

Everything stays on 127.0.0.1: web processes and people are made here, and so is the database, which is dropped again.
TEAM_POSTGRES and TEAM_REDIS name the servers; without them PostgreSQL is left out. Figures are of both cores together
with the people that this program plays, which take about a third of one.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.web.person import Person  # noqa: E402

POSTGRES = os.environ.get("TEAM_POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("TEAM_REDIS", "redis://127.0.0.1:6379/8")
MOST_PEOPLE, IMAGES = 200, 400
SAVES_A_SECOND = 10  # while pages listen


def cpu_s(pids: list[int]) -> float:
    """Processor seconds of these processes so far."""
    from bench.web.web_memory import cpu_s as of_one

    found = 0.0
    for pid in pids:
        with contextlib.suppress(OSError):
            found += of_one(pid)
    return found


def backends(database: str) -> list[int]:
    """PostgreSQL's own processes that serve this database, where it runs on this machine."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = path.read_bytes().decode(errors="replace")
            if line.startswith("postgres: ") and f" {database} " in line:
                found.append(int(path.parent.name))
    return found


def share(times: list[float], part: float) -> float:
    """The time that this part of them does not exceed, in milliseconds."""
    return sorted(times)[min(len(times) - 1, int(len(times) * part))] * 1000 if times else float("nan")


@dataclass
class Site:
    """Web processes on a database of their own, with a project that a team works in."""

    folder: str
    database: str
    webs: int
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)

    def prepare(self) -> None:
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command
        from django.test import Client

        from tests import factories

        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        project = factories.make_project()
        self.project, self.label = project.pk, factories.make_class(project).pk
        self.images = [factories.make_image(project).pk for _ in range(IMAGES)]
        self.sessions = []
        for _ in range(MOST_PEOPLE):
            client = Client()
            client.force_login(factories.make_member(project, "annotator"))
            self.sessions.append(client.cookies["sessionid"].value)

    def start(self) -> None:
        from bench.web.web_memory import free_port, wait_until_up
        from labelhub.processes.supervisor import web

        log = (Path(self.folder) / "web.log").open("ab")
        for _ in range(self.webs):
            port = free_port()
            process = subprocess.Popen(web("127.0.0.1", port).command, cwd=ROOT, stdout=log, stderr=log)
            wait_until_up(port, process)
            self.ports.append(port)
            self.processes.append(process)

    def stop(self) -> None:
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait(20)

    def people(self, count: int) -> list[Person]:
        """Each has images of their own: a team shares a project, seldom a picture."""
        return [
            Person(self.ports[n % self.webs], self.sessions[n], self.label, self.images[n::count]) for n in range(count)
        ]

    def web_cpu(self) -> float:
        return cpu_s([process.pid for process in self.processes])

    def database_cpu(self) -> float:
        return cpu_s(backends(self.database)) if self.database else 0.0


async def saves(site: Site, seconds: float) -> None:
    people = site.people(8)
    await asyncio.gather(*(person.hurry(time.monotonic() + 2) for person in people))  # warm
    for person in people:
        person.waited.clear()
    web, database, began = site.web_cpu(), site.database_cpu(), time.monotonic()
    await asyncio.gather(*(person.hurry(began + seconds) for person in people))
    took = time.monotonic() - began
    times = [one for person in people for one in person.waited]
    web, database = (site.web_cpu() - web) / len(times) * 1000, (site.database_cpu() - database) / len(times) * 1000
    print(
        f"  8 clients: {len(times) / took:.0f} saves a second, each {web:.1f} ms of the web processes' CPU and "
        f"{database:.1f} ms of the database's; p50 {share(times, 0.5):.0f} ms, p95 {share(times, 0.95):.0f} ms; "
        f"answers {said(people)}"
    )


async def team(site: Site, count: int, seconds: float) -> None:
    people = site.people(count)
    began = time.monotonic()
    await asyncio.gather(*(person.work(began + seconds) for person in people))
    times = [one for person in people for one in person.waited]
    print(
        f"  {count} people: {len(times) / (time.monotonic() - began):.0f} requests a second, p50 "
        f"{share(times, 0.5):.0f} ms, "
        f"p95 {share(times, 0.95):.0f} ms; answers {said(people)}"
    )


def said(people: list[Person]) -> dict[int, int]:
    return dict(sorted(sum((person.answers for person in people), Counter()).items()))


async def listeners(site: Site, count: int, seconds: float) -> None:
    """Delivery from the moment a save was answered; the load of listening is what the same saves cost more with it."""
    from websockets.asyncio.client import connect

    answered: dict[tuple[int, int], float] = {}
    delays: list[float] = []

    async def save_now_and_then(seconds: float) -> None:
        person, number, versions = site.people(1)[0], 0, {}
        for image in site.images[:50]:
            versions[image] = json.loads(await person.patiently("GET", f"/api/images/{image}/"))["version"]
        began = time.monotonic()
        while time.monotonic() < began + seconds:
            image = site.images[number % 50]
            versions[image] = await person.save(image, versions[image])
            answered[(image, versions[image])] = time.monotonic()
            number += 1
            await asyncio.sleep(max(0.0, began + number / SAVES_A_SECOND - time.monotonic()))

    async def listen(session: str, port: int, ready: asyncio.Event) -> None:
        address = f"ws://127.0.0.1:{port}/ws/projects/{site.project}/changes/"
        origin: Any = f"http://127.0.0.1:{port}"
        async with connect(
            address, origin=origin, additional_headers={"Cookie": f"sessionid={session}"}, open_timeout=60
        ) as socket:
            ready.set()
            async for text in socket:
                message = json.loads(text)
                if saved := answered.get((message["image"], message["version"])):
                    delays.append(max(0.0, time.monotonic() - saved))
                else:
                    delays.append(0.0)  # heard before the answer came

    before = site.web_cpu()
    await save_now_and_then(seconds)
    alone = site.web_cpu() - before
    ready = [asyncio.Event() for _ in range(count)]
    tasks = [
        asyncio.create_task(listen(site.sessions[n % MOST_PEOPLE], site.ports[n % site.webs], ready[n]))
        for n in range(count)
    ]
    await asyncio.gather(*(one.wait() for one in ready))
    await asyncio.sleep(2)
    delays.clear()
    before = site.web_cpu()
    await save_now_and_then(seconds)
    together = site.web_cpu() - before
    await asyncio.sleep(1)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    due = count * int(seconds * SAVES_A_SECOND)
    print(
        f"  {count} listeners, {SAVES_A_SECOND} saves a second: delivery p50 {share(delays, 0.5):.0f} ms, "
        f"p95 {share(delays, 0.95):.0f} ms, {len(delays)} of about {due}; "
        f"listening takes {(together - alone) / seconds * 100:.0f} % of a core"
    )


@contextlib.contextmanager
def new_site(kind: str, webs: int = 0) -> Iterator[Site]:
    """A site on a data folder and a database of its own, which go in the end. kind: sqlite or postgres. webs: web
    processes, 0: as many as the kind is made for.
    """
    database = f"labelhub_team_{os.getpid()}" if kind == "postgres" else ""
    with tempfile.TemporaryDirectory(prefix="labelhub-team-") as folder:
        os.environ |= {"LABELHUB_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "labelhub.settings"}
        for name in ("DATABASE_URL", "REDIS_URL"):
            os.environ.pop(name, None)
        if database:
            administer(f"CREATE DATABASE {database}")
            os.environ |= {"DATABASE_URL": f"{POSTGRES.rpartition('/')[0]}/{database}", "REDIS_URL": REDIS}
        site = Site(folder, database, webs or (2 if database else 1))
        try:
            site.prepare()
            yield site
        finally:
            site.stop()
            if database:
                from django.db import connections

                connections.close_all()
                administer(f"DROP DATABASE {database} WITH (FORCE)")


def measure(kind: str, arguments: argparse.Namespace) -> None:
    with new_site(kind, arguments.webs) as site:
        site.start()
        print(f"{kind}, {site.webs} web process{'es' if site.webs > 1 else ''}", flush=True)
        try:
            if arguments.saves:
                asyncio.run(saves(site, arguments.seconds))
            for count in arguments.people:
                asyncio.run(team(site, count, arguments.seconds))
            if arguments.listeners:
                asyncio.run(listeners(site, arguments.listeners, arguments.seconds))
        finally:
            log = (Path(site.folder) / "web.log").read_text().splitlines()
            for line in log[-arguments.log :] if arguments.log else ():
                print(f"    {line}")


def administer(sql: str) -> None:
    import psycopg

    with psycopg.connect(POSTGRES.replace("postgres://", "postgresql://"), autocommit=True) as connection:
        connection.execute(sql)  # type: ignore[call-overload]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=["sqlite", "postgres"], help="one of them alone")
    parser.add_argument("--webs", type=int, default=0, help="web processes")
    parser.add_argument("--people", type=int, nargs="*", default=[100, 200])
    parser.add_argument("--listeners", type=int, default=100, help="0: none")
    parser.add_argument("--seconds", type=float, default=15, help="of each figure")
    parser.add_argument("--no-saves", dest="saves", action="store_false")
    parser.add_argument("--log", type=int, default=0, help="show so many last lines of the web processes' log")
    arguments = parser.parse_args()
    if arguments.database:
        measure(arguments.database, arguments)
        return
    for kind in ("sqlite", "postgres"):  # settings are read once in a process
        subprocess.run([sys.executable, __file__, *sys.argv[1:], "--database", kind], check=True)


if __name__ == "__main__":
    main()
