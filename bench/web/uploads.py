"""Uploads against people at work: pictures a second by API, and how long a save takes while a zip of 2,000 is unpacked.

`python bench/web/uploads.py`: a real server with its workers on SQLite, photos of ../shared/data, 8 people who save.
"""

from __future__ import annotations

import argparse
import http.client
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.web.web_memory import free_port, wait_until_up  # noqa: E402

DATA = ROOT.parent / "shared" / "data"
POST = 20
SAVERS = 8
PAUSE_S = 0.5


def photos(count: int) -> list[tuple[str, bytes]]:
    """So many photos, no two of the same bytes: what is added behind a picture's end is no part of it."""
    found = [path for name in ("raccoon", "bccd", "tomato") for path in sorted((DATA / name / "images").iterdir())]
    out = []
    for number in range(count):
        path = found[number % len(found)]
        out.append((f"{number}{path.suffix}", path.read_bytes() + number.to_bytes(4, "big")))
    return out


def send(port: int, cookie: str, path: str, body: bytes, kind: str) -> tuple[int, bytes]:
    """One POST of a signed-in person."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    headers = {"Cookie": f"sessionid={cookie}; csrftoken={'a' * 32}", "X-CSRFToken": "a" * 32, "Content-Type": kind}
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def form(files: list[tuple[str, bytes]]) -> tuple[bytes, str]:
    """Files as a multipart body."""
    edge = uuid.uuid4().hex
    out = io.BytesIO()
    for name, data in files:
        out.write(f'--{edge}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode())
        out.write(data + b"\r\n")
    out.write(f"--{edge}--\r\n".encode())
    return out.getvalue(), f"multipart/form-data; boundary={edge}"


class Savers:
    """People who each draw a box every half second, while something else goes on."""

    def __init__(self, port: int, cookie: str, images: list[int], label: int) -> None:
        self.seconds: list[float] = []
        self.bad: list[int] = []
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._save, args=(port, cookie, images[number], label)) for number in range(SAVERS)
        ]

    def __enter__(self) -> Savers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _save(self, port: int, cookie: str, image: int, label: int) -> None:
        box, version = "", 0
        while not self._ended.wait(PAUSE_S):
            drawn = {"op": "create", "id": str(uuid.uuid4()), "class": label, "xyxy": [1, 1, 20, 20]}
            change = {"op": "delete", "id": box} if box else drawn
            box = "" if box else str(drawn["id"])
            body = json.dumps({"version": version, "changes": [change]}).encode()
            began = time.monotonic()
            status, answer = send(port, cookie, f"/api/images/{image}/changes/", body, "application/json")
            self.seconds.append(time.monotonic() - began)
            if status == 409 and not version:  # the first one asks which version there is
                self.seconds.pop()
                version, box = json.loads(answer)["current"]["version"], ""
            elif status == 200:
                version = json.loads(answer)["version"]
            else:
                self.bad.append(status)

    def line(self, what: str) -> str:
        """Median and 95th percentile."""
        ordered = sorted(self.seconds)
        half, most = (ordered[int(len(ordered) * share)] for share in (0.5, 0.95))
        return f"saves during {what}: {len(ordered)}, p50 {half:.3f} s, p95 {most:.3f} s, not saved {len(self.bad)}"


def prepare() -> tuple[str, int, int, list[int], int]:
    """The cookie of somebody with a project, the project's dataset and images, and a class."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.test import Client

    from tests import factories

    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    project = factories.make_project()
    images = [factories.make_image(project).pk for _ in range(SAVERS)]
    label = factories.make_class(project)
    client = Client()
    client.force_login(project.created_by)
    return client.cookies["sessionid"].value, project.datasets.get().pk, project.pk, images, label.pk


def upload(port: int, cookie: str, dataset: int, files: list[tuple[str, bytes]], at_once: int, senders: int) -> float:
    """Seconds until all files are in."""
    posts = [files[start : start + at_once] for start in range(0, len(files), at_once)]

    def work(mine: list[list[tuple[str, bytes]]]) -> None:
        for post in mine:
            body, kind = form(post)
            status, answer = send(port, cookie, f"/api/datasets/{dataset}/images/", body, kind)
            found = json.loads(answer)
            assert status == 200, answer[:200]
            assert len(found["added"]) == len(post), found["problems"][:2]

    threads = [threading.Thread(target=work, args=(posts[number::senders],)) for number in range(senders)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - began


def unpack(port: int, cookie: str, dataset: int, files: list[tuple[str, bytes]]) -> float:
    """Seconds until a zip is in."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files:
            archive.writestr(name, data)
    body, kind = form([("many.zip", out.getvalue())])
    began = time.monotonic()
    status, answer = send(port, cookie, f"/api/datasets/{dataset}/images/", body, kind)
    assert status == 200, answer[:200]
    job = json.loads(answer)["imports"][0]["id"]
    while True:
        time.sleep(0.5)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", f"/api/imports/{job}/", headers={"Cookie": f"sessionid={cookie}"})
        row = json.loads(connection.getresponse().read())
        connection.close()
        if row["state"] not in ("queued", "running"):
            assert (row["state"], row["added"]) == ("done", len(files)), row
            return time.monotonic() - began


def main() -> None:
    """Prints a line for each trial."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=600, help="by posts")
    parser.add_argument("--zip", type=int, default=2000, help="in one zip")
    asked = parser.parse_args()
    files = photos(2 * asked.images + asked.zip)
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="labelhub-uploads-") as folder:
        os.environ |= {
            "LABELHUB_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "labelhub.settings",
            "LABELHUB_UPLOAD_RATE": "100000/min",
        }  # fmt: skip
        for name in ("DATABASE_URL", "REDIS_URL"):
            os.environ.pop(name, None)
        cookie, dataset, _project, images, label = prepare()
        command = [sys.executable, "manage.py", "serve", "--port", str(port)]
        with (Path(folder) / "serve.log").open("wb") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=os.environ.copy(), stdout=log, stderr=log)
        try:
            wait_until_up(port, process)
            for senders in (1, 2):
                part = files[: asked.images] if senders == 1 else files[asked.images : 2 * asked.images]
                took = upload(port, cookie, dataset, part, POST, senders)
                print(f"posts of {POST}, {senders} at once: {len(part) / took:.0f} images a second", flush=True)
            with Savers(port, cookie, images, label) as savers:
                took = upload(port, cookie, dataset, [(n, d + b"+") for n, d in files[: asked.images]], POST, 1)
            print(savers.line(f"an upload of {asked.images}"), flush=True)
            with Savers(port, cookie, images, label) as savers:
                took = unpack(port, cookie, dataset, files[2 * asked.images :])
            print(savers.line(f"a zip of {asked.zip}") + f"; the zip took {took:.0f} s", flush=True)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


if __name__ == "__main__":
    main()
