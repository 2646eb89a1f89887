"""A labelling server as the bench asks it, whichever it is: start it, put labels in, take them out."""

from __future__ import annotations

import abc
import http.client
import io
import json
import random
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

CLASSES = ("cat", "dog", "car", "person", "bird")
SIZE = (1280, 720)


@dataclass(frozen=True, slots=True)
class DrawnBox:
    """A box in percent of its image: left, top, width, height."""

    label: str
    place: tuple[float, float, float, float]
    score: float = 0.0


def drawn(rng: random.Random, count: int) -> list[DrawnBox]:
    sides = [(rng.uniform(3, 30), rng.uniform(3, 30)) for _ in range(count)]
    return [
        DrawnBox(rng.choice(CLASSES), (rng.uniform(0, 100 - w), rng.uniform(0, 100 - h), w, h), rng.random())
        for w, h in sides
    ]


def results(boxes: Sequence[DrawnBox], *, scores: bool = False) -> list[dict[str, Any]]:
    """As Label Studio's JSON has them."""
    return [
        {
            "id": uuid.uuid4().hex[:10], "type": "rectanglelabels", "from_name": "label", "to_name": "image",
            "original_width": SIZE[0], "original_height": SIZE[1], "image_rotation": 0,
            "value": dict(zip(("x", "y", "width", "height"), box.place, strict=True))
            | {"rotation": 0, "rectanglelabels": [box.label]},
        }
        | ({"score": box.score} if scores else {})
        for box in boxes
    ]  # fmt: skip


def picture_name(number: int) -> str:
    return f"{number:06}.jpg"


class Server(abc.ABC):
    """imports: formats of labels that it takes. exports: what it calls ours. An answer that is not good raises: a
    figure of errors is none.
    """

    name: str
    imports: tuple[str, ...]
    exports: dict[str, str]
    port: int
    token: str

    def __init__(self) -> None:
        self._own = threading.local()  # a connection of each thread, kept alive

    @abc.abstractmethod
    def start(self) -> float:
        """Seconds until it answers; the first time it makes its database."""

    @abc.abstractmethod
    def stop(self) -> None: ...

    @abc.abstractmethod
    def close(self) -> None:
        """Stops it with what it stands on."""

    @abc.abstractmethod
    def cpu_s(self) -> float:
        """Of all its processes and its database."""

    @abc.abstractmethod
    def answering_cpu_s(self) -> float:
        """Of the process that answers requests, and its database: without what workers do of themselves meanwhile."""

    @abc.abstractmethod
    def rss_mb(self) -> float:
        """Of the process that answers requests."""

    @abc.abstractmethod
    def make_project(self, images: int) -> Any:
        """A project with so many images that it shows from elsewhere."""

    @abc.abstractmethod
    def import_labels(self, project: Any, labels: Sequence[list[DrawnBox]], format: str) -> None:
        """The labels of all images, from one file; returns when they are in."""

    @abc.abstractmethod
    def prepare_predictions(self, images: int) -> Any:
        """A project with so many images and no labels."""

    @abc.abstractmethod
    def prepare_saves(self, project: Any, images: int) -> None:
        """Learns how each image of the project is called, and what a save of it must say."""

    @abc.abstractmethod
    def import_predictions(self, project: Any, labels: Sequence[list[DrawnBox]]) -> None: ...

    @abc.abstractmethod
    def export(self, project: Any, format: str) -> bytes: ...

    @abc.abstractmethod
    def page(self, project: Any, number: int) -> bytes:
        """A hundred images with all their boxes."""

    @abc.abstractmethod
    def save(self, project: Any, place: int, boxes: list[DrawnBox]) -> None:
        """New boxes on an image, by its place in the project."""

    @abc.abstractmethod
    def next_image(self, project: Any, place: int) -> bytes: ...

    @abc.abstractmethod
    def upload(self, project: Any, pictures: Sequence[tuple[str, bytes]]) -> None:
        """In one request; returns when they are in."""

    def ask(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> bytes:
        """Raises RuntimeError for an answer that is not good."""
        data = json.dumps(body).encode() if kind == "application/json" and body is not None else body
        try:
            status, found = self._answer(method, path, data, kind)
        except (http.client.BadStatusLine, ConnectionError):  # it was closed while nobody asked
            self._own.connection = None
            status, found = self._answer(method, path, data, kind)
        if status >= 300:
            raise RuntimeError(f"{method} {path}: {status} {found[:300]!r}")
        return found

    def _answer(self, method: str, path: str, data: bytes | None, kind: str) -> tuple[int, bytes]:
        if getattr(self._own, "connection", None) is None:
            self._own.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=900)
        headers = {"Authorization": f"Token {self.token}"} | ({} if data is None else {"Content-Type": kind})
        self._own.connection.request(method, path, data, headers)
        answer = self._own.connection.getresponse()
        return answer.status, answer.read()

    def json(self, method: str, path: str, body: Any = None) -> Any:
        return json.loads(self.ask(method, path, body) or b"null")

    def forget_connections(self) -> None:
        """Of the server that was stopped."""
        self._own = threading.local()


def form(files: Sequence[tuple[str, bytes]], kind: str, field: str = "") -> tuple[bytes, str]:
    """Files as a multipart body, with its type. field: of all of them; without it each is a field of its own name."""
    edge = uuid.uuid4().hex
    out = io.BytesIO()
    for name, data in files:
        head = f'--{edge}\r\nContent-Disposition: form-data; name="{field or name}"; filename="{name}"\r\n'
        out.write(f"{head}Content-Type: {kind}\r\n\r\n".encode() + data + b"\r\n")
    out.write(f"--{edge}--\r\n".encode())
    return out.getvalue(), f"multipart/form-data; boundary={edge}"
