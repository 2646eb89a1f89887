"""Behind a proxy, at a path of somebody else's: pages, API, websockets and static files, whether the proxy takes the
path off or not.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from bench.web.web_memory import free_port, wait_until_up

ROOT = Path(__file__).resolve().parents[2]
PREFIX = "/labelhub"
TOKEN = "a" * 32
PREPARE = """
import django; django.setup()
import json
from django.test import Client
from tests import factories
from training.models import Run
project = factories.make_project(factories.make_user("ada@example.org"))
image, label = factories.make_image(project), factories.make_class(project)
case = {"kind": "missed", "image_id": image.pk, "xyxy": [1, 1, 9, 9], "drawn": None, "probability": None, "iou": 0.0}
run = Run.objects.create(project=project, number=1, kind="autolabel", state="done", created_by=project.created_by,
    result={"classes": {str(label.pk): {"worst": [case]}}})
client = Client(); client.force_login(project.created_by)
print(json.dumps({"session": client.cookies["sessionid"].value, "project": project.pk, "image": image.pk,
    "label": label.pk, "run": run.pk}))
"""


class Proxy:
    """Hands each connection on; of its request line it takes the path off, as some proxies do, or leaves it on."""

    def __init__(self, target: int, *, strip: bool) -> None:
        self.target, self.strip = target, strip
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        first = client.recv(65536)
        if self.strip:
            first = first.replace(f" {PREFIX}/".encode(), b" /", 1)
        server = socket.create_connection(("127.0.0.1", self.target))
        server.sendall(first)
        threading.Thread(target=self._pump, args=(client, server), daemon=True).start()
        self._pump(server, client)

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Site:
    def __init__(self, folder: Path) -> None:
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")},
            "LABELHUB_DATA_DIR": str(folder), "LABELHUB_URL_PREFIX": PREFIX,
            "DJANGO_SETTINGS_MODULE": "labelhub.settings",
        }  # fmt: skip
        for command in (["migrate", "-v0"], ["collectstatic", "--no-input", "-v0"]):
            self.call("manage.py", *command)
        self.scene: dict[str, Any] = json.loads(self.call("-c", PREPARE).splitlines()[-1])
        self.port, self.log = free_port(), folder / "web.log"
        command = [
            sys.executable,
            "-m",
            "uvicorn",
            "labelhub.asgi:application",
            "--port",
            str(self.port),
            "--lifespan",
            "off",
        ]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        wait_until_up(self.port, self.process)

    def call(self, *arguments: str) -> str:
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, check=True, capture_output=True, text=True
        ).stdout


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("prefixed"))
    yield made
    made.process.terminate()
    made.process.wait(20)


class Browser:
    def __init__(self, site: Site, *, strip: bool) -> None:
        self.site, self.proxy = site, Proxy(site.port, strip=strip)
        self.origin = f"http://127.0.0.1:{self.proxy.port}"
        self.cookie = f"sessionid={site.scene['session']}; csrftoken={TOKEN}"

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, http.client.HTTPMessage, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.proxy.port, timeout=30)
        kind = {} if body is None else {"Content-Type": "application/json"}
        given = {"Connection": "close", "X-CSRFToken": TOKEN, **kind, **headers}
        connection.request(method, path, None if body is None else json.dumps(body), given)
        answer = connection.getresponse()
        found = answer.status, answer.headers, answer.read().decode()
        connection.close()
        return found


@pytest.fixture(params=[True, False], ids=["taken off", "left on"])
def browser(site: Site, request: pytest.FixtureRequest) -> Iterator[Browser]:
    made = Browser(site, strip=request.param)
    yield made
    made.proxy.listener.close()


def test_a_stranger_is_led_to_the_right_login(browser: Browser) -> None:
    status, headers, _ = browser.ask("GET", f"{PREFIX}/projects/1/")
    assert (status, headers["Location"]) == (302, f"{PREFIX}/accounts/login/?next={PREFIX}/projects/1/")
    status, _, page = browser.ask("GET", headers["Location"])
    assert status == 200
    own = re.findall(r'(?:href|src|action|data-root|data-icons)="(/[^"]*)"', page)
    assert own
    assert [address for address in own if not address.startswith(f"{PREFIX}/")] == []
    sheet = next(address for address in own if address.endswith(".css"))
    status, headers, _ = browser.ask("GET", sheet)
    assert (status, "immutable" in headers["Cache-Control"]) == (200, True)


def test_signing_in_leads_home_with_a_cookie_of_this_path(browser: Browser) -> None:
    form = "login=ada@example.org&password=correct-horse-battery"
    connection = http.client.HTTPConnection("127.0.0.1", browser.proxy.port, timeout=30)
    headers = {
        "Connection": "close", "Cookie": f"csrftoken={TOKEN}", "X-CSRFToken": TOKEN, "Origin": browser.origin,
        "Content-Type": "application/x-www-form-urlencoded",
    }  # fmt: skip
    connection.request("POST", f"{PREFIX}/accounts/login/", form, headers)
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Location"]) == (302, f"{PREFIX}/")
    cookies = answer.headers.get_all("Set-Cookie")
    assert all(f"Path={PREFIX}/" in cookie for cookie in cookies)
    assert any(cookie.startswith("sessionid=") for cookie in cookies)


def test_pages_api_files_and_websockets(browser: Browser) -> None:
    scene = browser.site.scene
    signed_in = {"Cookie": browser.cookie, "Origin": browser.origin}
    assert browser.ask("GET", f"{PREFIX}/", **signed_in)[0] == 200
    status, _, text = browser.ask("GET", f"{PREFIX}/api/images/{scene['image']}/", **signed_in)
    image = json.loads(text)
    assert (status, image["url"]) == (200, f"{PREFIX}/files/images/{scene['image']}/")
    connection = http.client.HTTPConnection("127.0.0.1", browser.proxy.port, timeout=30)
    connection.request("GET", image["url"], headers={"Connection": "close", **signed_in})
    assert connection.getresponse().headers["Content-Type"] == "image/jpeg"
    address = f"ws://127.0.0.1:{browser.proxy.port}{PREFIX}/ws/projects/{scene['project']}/changes/"
    origin: Any = browser.origin
    with connect(address, origin=origin, additional_headers={"Cookie": browser.cookie}) as live:
        change = {"op": "create", "id": str(uuid.uuid4()), "class": scene["label"], "xyxy": [1, 1, 9, 9]}
        body = {"version": image["version"], "changes": [change]}
        status, *_ = browser.ask("POST", f"{PREFIX}/api/images/{scene['image']}/changes/", body, **signed_in)
        assert status == 200
        assert json.loads(live.recv(timeout=20))["image"] == scene["image"]


def test_a_live_page_names_addresses_under_the_path(browser: Browser) -> None:
    scene = browser.site.scene
    address = f"ws://127.0.0.1:{browser.proxy.port}{PREFIX}/ws/runs/{scene['run']}/"
    origin: Any = browser.origin
    with connect(address, origin=origin, additional_headers={"Cookie": browser.cookie}) as live:
        [figures] = json.loads(live.recv(timeout=20))["payload"]["result"]["classes"].values()
    [mistake] = figures["worst"]
    assert mistake["crop_url"].startswith(f"{PREFIX}/files/images/{scene['image']}/crop/")


def test_a_wrong_origin_is_said_which_setting_cures_it(browser: Browser) -> None:
    elsewhere = {"Cookie": browser.cookie, "Origin": "https://labels.example.org"}
    for path in (f"{PREFIX}/language/", f"{PREFIX}/api/projects/"):
        status, _, text = browser.ask("POST", path, {"name": "x"}, **elsewhere)
        assert (status, "LABELHUB_ORIGINS" in text) == (403, True)
    address = f"ws://127.0.0.1:{browser.proxy.port}{PREFIX}/ws/projects/{browser.site.scene['project']}/changes/"
    origin: Any = elsewhere["Origin"]
    with pytest.raises(InvalidStatus), connect(address, origin=origin, additional_headers={"Cookie": browser.cookie}):
        pass
    assert "https://labels.example.org was refused: name it in LABELHUB_ORIGINS" in browser.site.log.read_text()
