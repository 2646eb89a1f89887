"""What the Python client does where the server is busy, silent, or breaks off: a real server that does so."""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from labelhub_client import AsyncClient, Client, ClientError, LabelHubError, Unreachable
from labelhub_client.values import Export

FILE = bytes(range(256)) * 4096
SHA256 = hashlib.sha256(FILE).hexdigest()
EMPTY = json.dumps({"count": 0, "next": None, "previous": None, "results": []}).encode()


class Moody(BaseHTTPRequestHandler):
    """busy: how many requests are refused as such. breaks: how many downloads end after half of the file."""

    protocol_version = "HTTP/1.1"
    busy: ClassVar[int] = 0
    breaks: ClassVar[int] = 0
    wrong: ClassVar[bool] = False
    seen: ClassVar[list[tuple[str, str | None]]] = []

    def do_GET(self) -> None:
        kind = type(self)
        kind.seen.append((self.path, self.headers.get("Range")))
        if kind.busy:
            kind.busy -= 1
            return self.answer(429, b"{}", **{"Retry-After": "0.01"})
        if self.path == "/api/exports/1/":
            row = EXPORT | {"sha256": SHA256}
            return self.answer(200, json.dumps(row).encode())
        if self.path == "/api/exports/1/file/":
            return self.send_file()
        if self.path.startswith("/api/projects/?"):
            return self.answer(200, EMPTY)
        return self.answer(502, b"<h1>Bad gateway</h1>")

    def send_file(self) -> None:
        kind = type(self)
        wanted = self.headers.get("Range")
        first = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        data = (b"x" * len(FILE) if kind.wrong else FILE)[first:]
        self.send_response(206 if first else 200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if kind.breaks:
            kind.breaks -= 1
            self.wfile.write(data[: len(data) // 2])
            self.close_connection = True
            return
        self.wfile.write(data)

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Nobody reads it."""


EXPORT: dict[str, Any] = {
    "id": 1, "name": "p/labels.bin", "state": "done", "done": 1, "total": 1, "boxes": 0, "bytes": len(FILE),
    "sha256": "", "problem": "", "file": "/api/exports/1/file/",
}  # fmt: skip


@pytest.fixture
def server() -> Iterator[type[Moody]]:
    class Handler(Moody):
        seen: ClassVar[list[tuple[str, str | None]]] = []

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Handler.url = f"http://127.0.0.1:{running.server_port}"  # type: ignore[attr-defined]
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield Handler
    running.shutdown()
    running.server_close()


@pytest.fixture(params=["sync", "async"])
def do(request: pytest.FixtureRequest, server: Any) -> Callable[..., Any]:
    """Calls a method of the sync or of the async client by its name."""

    def call(name: str, *arguments: Any, url: str = "") -> Any:
        with Client(url or server.url, "token") as hub:
            return getattr(hub, name)(*arguments)

    async def wait_for(name: str, *arguments: Any, url: str = "") -> Any:
        async with AsyncClient(url or server.url, "token") as hub:
            return await getattr(hub, name)(*arguments)

    if request.param == "sync":
        return call
    return lambda *arguments, **options: asyncio.run(wait_for(*arguments, **options))


def test_a_busy_server_is_asked_again(do: Any, server: Any) -> None:
    server.busy = 2
    assert do("list_projects") == []
    assert len(server.seen) == 3


def test_what_a_proxy_says_is_an_error_too(do: Any) -> None:
    with pytest.raises(LabelHubError, match="Bad gateway") as caught:
        do("list_classes", 1)
    assert (caught.value.status, caught.value.code) == (502, "")


def test_nobody_there(do: Any) -> None:
    with pytest.raises(Unreachable):
        do("list_projects", url="http://127.0.0.1:9")


def test_a_download_that_breaks_goes_on(do: Any, server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labelhub_client.exports.PAUSE_S", 0.0)
    server.breaks = 2
    path = do("export_file", Export(**EXPORT), tmp_path)
    assert path == tmp_path / "labels.bin"
    assert path.read_bytes() == FILE
    ranges = [wanted for address, wanted in server.seen if address.endswith("/file/")]
    assert ranges == [None, f"bytes={len(FILE) // 2}-", f"bytes={len(FILE) * 3 // 4}-"]
    assert [one.name for one in tmp_path.iterdir()] == ["labels.bin"]


def test_a_download_of_other_bytes_is_refused(do: Any, server: Any, tmp_path: Path) -> None:
    server.wrong = True
    with pytest.raises(ClientError, match="not what the server made"):
        do("export_file", Export(**EXPORT), tmp_path)
    assert list(tmp_path.iterdir()) == []
