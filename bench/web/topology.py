"""The topology of docker-compose.yml without containers: PostgreSQL, Redis, two web processes, both workers, and one
real run.

Images go up through one web process, the run's events come through the other, which is killed on the way; the listener
goes on at the first one, and no event may be missing. TOPOLOGY_POSTGRES and TOPOLOGY_REDIS name the servers; the
database is made for this and dropped.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
POSTGRES = os.environ.get("TOPOLOGY_POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("TOPOLOGY_REDIS", "redis://127.0.0.1:6379/7")
DATA = ROOT.parent / "shared" / "data" / "raccoon"


class Site:
    """The processes and a client of theirs."""

    def __init__(self, folder: str, database: str) -> None:
        base = POSTGRES.rpartition("/")[0]
        self.environment = os.environ | {
            "LABELHUB_DATA_DIR": folder,
            "DATABASE_URL": f"{base}/{database}",
            "REDIS_URL": REDIS,
            "LABELHUB_RUN_LEASE_SECONDS": "6",
            "DJANGO_SETTINGS_MODULE": "labelhub.settings",
        }
        os.environ.update(self.environment)
        self.processes: list[subprocess.Popen[bytes]] = []
        self.log = (Path(folder) / "site.log").open("ab")
        self.token = ""

    def start(self, command: list[str]) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=self.log, stderr=self.log)
        self.processes.append(process)
        return process

    def call(self, port: int, path: str, body: Any = None, files: list[Path] | None = None) -> Any:
        headers, data = {"Authorization": f"Token {self.token}"}, None
        if files:
            boundary = uuid.uuid4().hex
            headers["Content-Type"] = f"multipart/form-data; boundary={boundary}"
            data = b"".join(
                f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{file.name}"\r\n'
                "Content-Type: image/jpeg\r\n\r\n".encode() + file.read_bytes() + b"\r\n"
                for file in files
            ) + f"--{boundary}--\r\n".encode()  # fmt: skip
        elif body is not None:
            headers["Content-Type"], data = "application/json", json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=data, headers=headers)
        with urllib.request.urlopen(request, timeout=120) as reply:
            return json.load(reply)

    def stop(self) -> float:
        started = time.monotonic()
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
        return time.monotonic() - started


def administer(sql: str) -> None:
    import psycopg

    with psycopg.connect(POSTGRES.replace("postgres://", "postgresql://"), autocommit=True) as connection:
        connection.execute(sql)  # type: ignore[call-overload]


async def follow(ports: list[int], run: int, cookie: str, kill: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Listens at the second web process, kills it after the first events, and goes on at the first one."""
    from websockets.asyncio.client import connect
    from websockets.exceptions import WebSocketException

    seqs: list[int] = []
    delays: list[float] = []
    kinds: dict[str, int] = {}
    state: dict[str, Any] = {}
    port, reconnects = ports[1], 0
    while state.get("state") not in ("done", "failed", "cancelled"):
        since = seqs[-1] if seqs else 0
        try:
            async with connect(
                f"ws://127.0.0.1:{port}/ws/runs/{run}/?since={since}",
                origin=f"http://127.0.0.1:{port}",  # type: ignore[arg-type]
                additional_headers={"Cookie": cookie},
            ) as socket:
                fresh = time.time()
                async for text in socket:
                    message = json.loads(text)
                    kinds[message["kind"]] = kinds.get(message["kind"], 0) + 1
                    if message["kind"] == "state":
                        state = message["payload"]
                        if state["state"] in ("done", "failed", "cancelled") and state["last_seq"] == (seqs or [0])[-1]:
                            break
                        continue
                    seqs.append(message["seq"])
                    at = datetime.fromisoformat(message["at"]).timestamp()
                    if at > fresh:
                        delays.append(time.time() - at)
                    if len(seqs) >= 6 and port == ports[1]:
                        kill.send_signal(signal.SIGKILL)
        except (OSError, WebSocketException):
            pass
        port, reconnects = ports[0], reconnects + 1
        if state.get("state") not in ("done", "failed", "cancelled"):
            await asyncio.sleep(0.2)
    return {"seqs": seqs, "delays": delays, "kinds": kinds, "state": state, "reconnects": reconnects - 1}


def main(images: int, budget: str) -> int:
    database = f"labelhub_topology_{os.getpid()}"
    administer(f"CREATE DATABASE {database}")
    with tempfile.TemporaryDirectory(prefix="labelhub-topology-") as folder:
        site = Site(folder, database)
        try:
            return play(site, images, budget)
        finally:
            print(f"stopped in {site.stop():.1f} s")
            from django.db import connections

            connections.close_all()
            administer(f"DROP DATABASE {database} WITH (FORCE)")


def play(site: Site, count: int, budget: str) -> int:
    import django

    django.setup()
    from django.core.management import call_command
    from django.test import Client

    from annotations.models import Box
    from bench.web.web_memory import free_port, wait_until_up
    from labelhub.processes.supervisor import python, web
    from projects.models import User
    from projects.people import tokens

    call_command("migrate", verbosity=0)
    owner = User.objects.create_user("owner@example.org", "correct-horse-battery")
    site.token = tokens.create(owner)[1]
    client = Client()
    client.force_login(owner)
    cookie = f"sessionid={client.cookies['sessionid'].value}"

    ports = [free_port(), free_port()]
    webs = [site.start(web("127.0.0.1", port).command) for port in ports]
    for port, process in zip(ports, webs, strict=True):
        wait_until_up(port, process)
    for queue in ("default", "search", "gpu"):
        site.start(python("manage.py", "worker", queue))

    truth = json.loads((DATA / "annotations.json").read_text())
    named = {row["id"]: row["file_name"] for row in truth["images"]}
    chosen = sorted(named)[:count]
    project = site.call(ports[0], "/api/projects/", {"name": "topology"})["id"]
    dataset = site.call(ports[0], f"/api/projects/{project}/datasets/")["results"][0]["id"]
    started = time.monotonic()
    up = site.call(ports[0], f"/api/datasets/{dataset}/images/", files=[DATA / "images" / named[pk] for pk in chosen])
    print(f"uploaded {len(up['added'])} images in {time.monotonic() - started:.1f} s")
    label = site.call(ports[0], f"/api/projects/{project}/classes/", {"name": "raccoon"})["id"]
    by_name = {row["name"]: row for row in up["added"]}
    for pk in chosen[:6]:  # six shot images, said complete
        image = by_name[named[pk]]
        changes: list[dict[str, Any]] = [{"op": "complete", "class": label, "value": True}]
        for box in (row["bbox"] for row in truth["annotations"] if row["image_id"] == pk):
            xyxy = [box[0], box[1], box[0] + box[2], box[1] + box[3]]
            changes.append({"op": "create", "id": str(uuid.uuid4()), "class": label, "xyxy": xyxy})
        site.call(ports[1], f"/api/images/{image['id']}/changes/", {"version": image["version"], "changes": changes})
    before = list(Box.objects.order_by("id").values())

    started = time.monotonic()
    asked = {"kind": "autolabel", "classes": [label], "budget": budget, "train": "never"}
    run = site.call(ports[0], f"/api/projects/{project}/runs/", asked)["id"]
    found = asyncio.run(follow(ports, run, cookie, webs[1]))
    took = time.monotonic() - started
    row, health = site.call(ports[0], f"/api/runs/{run}/"), site.call(ports[0], "/health")
    whole = found["seqs"] == list(range(1, row["last_seq"] + 1))
    print(f"run {row['state']} after {took:.1f} s: {row['error'] or row['result'].get('counts')}")
    print(f"seconds per stage: {row['result'].get('seconds')}")
    print(
        f"events {len(found['seqs'])}, {found['kinds']}, without a gap across {found['reconnects']} reconnect: {whole}"
    )
    if found["delays"]:
        largest = max(found["delays"])
        print(
            f"from the worker to the listener: median {statistics.median(found['delays']) * 1000:.0f} ms, longest "
            f"{largest * 1000:.0f} ms"
        )
    same = before == list(Box.objects.order_by("id").values())
    print(
        f"people's boxes unchanged: {same}; health: {health['status']}, workers "
        f"{[w['name'] for w in health['workers']]}"
    )
    return 0 if row["state"] == "done" and whole and same else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=24)
    parser.add_argument("--budget", choices=["fast", "best"], default="fast")
    arguments = parser.parse_args()
    sys.exit(main(arguments.images, arguments.budget))
