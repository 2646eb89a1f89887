"""What is measured of a server, one piece of work after the other. Keys of the figures are those of `table.ROWS`."""

from __future__ import annotations

import io
import itertools
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageDraw

from bench.web.beside.server import SIZE, DrawnBox, Server, drawn

Figures = dict[str, float]
CLIENTS = 8
IMPORTS_BESIDE = 2  # while people save


@dataclass(frozen=True, slots=True)
class Size:
    """How much of it. seconds: of each figure with several clients."""

    images: int = 2000
    boxes: int = 5
    uploads: int = 200
    seconds: float = 20


def measure(server: Server, size: Size) -> Figures:
    rng = random.Random(7)
    labels = [drawn(rng, size.boxes) for _ in range(size.images)]
    found: Figures = {}
    _starts(server, found)
    project = server.make_project(size.images)
    for format in server.imports:
        target = project if format == server.imports[0] else server.make_project(size.images)
        with cpu(server, found, f"import_{format}"):
            server.import_labels(target, labels, format)
        say(server, found)
    for format in server.exports:
        with cpu(server, found, f"export_{format}", times=3):
            for _ in range(3):
                server.export(project, format)
        say(server, found)
    _pages(server, project, size, found)
    say(server, found)
    _saves(server, project, size, labels, found)
    say(server, found)
    predicted = server.prepare_predictions(size.images)
    with cpu(server, found, "predictions"):
        server.import_predictions(predicted, labels)
    with cpu(server, found, "next", times=50, unit=1000, answering=True):
        for place in range(50):
            server.next_image(predicted, place)
    say(server, found)
    _uploads(server, size, found)
    found["rss"] = server.rss_mb()
    say(server, found)
    return found


@contextmanager
def cpu(
    server: Server, found: Figures, key: str, *, times: int = 1, unit: float = 1, answering: bool = False
) -> Iterator[None]:
    """Processor time of all that the server is, of one of so many times; and by the clock, as key_clock. answering: of
    requests that leave nothing to the workers.
    """
    used = server.answering_cpu_s if answering else server.cpu_s
    before, began = used(), time.monotonic()
    yield
    found[f"{key}_clock"] = (time.monotonic() - began) / times * unit
    found[key] = (used() - before) / times * unit


def _starts(server: Server, found: Figures) -> None:
    for which in ("first", "later"):
        before = os.times()
        found[f"{which}_start"] = server.start()
        after = os.times()  # children that have ended: what a first start runs before the server
        ended = after.children_user + after.children_system - before.children_user - before.children_system
        found[f"{which}_start_cpu"] = ended + server.cpu_s()
        if which == "first":
            server.stop()


def say(server: Server, found: Figures) -> None:
    """The figures so far, for who waits."""
    last = {key: round(value, 3) for key, value in list(found.items())[-6:]}
    print(f"{server.name}: {last}", flush=True)


def _pages(server: Server, project: Any, size: Size, found: Figures) -> None:
    pages = max(1, size.images // 100)
    server.page(project, 1)
    with cpu(server, found, "page", times=20, unit=1000, answering=True):
        for number in range(20):
            server.page(project, 1 + number % pages)
    waits = together(lambda turn: server.page(project, 1 + turn % pages), seconds=size.seconds)
    found["pages_a_second"] = waits.a_second


def _saves(server: Server, project: Any, size: Size, labels: list[list[DrawnBox]], found: Figures) -> None:
    """Each turn has an image of its own; nobody saves over another."""
    server.prepare_saves(project, size.images)
    rng = random.Random(8)
    turns = itertools.count()

    def save(_turn: int) -> None:
        server.save(project, next(turns) % size.images, drawn(rng, size.boxes))

    save(0)
    with cpu(server, found, "save", times=50, unit=1000, answering=True):
        for _ in range(50):
            save(0)
    waits = together(save, seconds=size.seconds)
    found["saves_a_second"], found["save_errors"] = waits.a_second, waits.errors
    others = [server.make_project(size.images) for _ in range(IMPORTS_BESIDE)]

    def bring() -> None:
        for other in others:
            server.import_labels(other, labels, server.imports[0])

    bulk = threading.Thread(target=bring)
    bulk.start()
    waits = together(save, until=lambda: not bulk.is_alive())
    bulk.join()
    found["busy_p95"], found["busy_errors"] = waits.p95, waits.errors


def _uploads(server: Server, size: Size, found: Figures) -> None:
    pictures = [(f"img{number:04}.jpg", jpeg(number)) for number in range(size.uploads)]
    for at_once in (20, 1):
        project = server.make_project(0)
        with cpu(server, found, f"upload_{at_once}", times=size.uploads, unit=1000):
            for start in range(0, len(pictures), at_once):
                server.upload(project, pictures[start : start + at_once])
        found[f"uploads_a_second_{at_once}"] = 1000 / found[f"upload_{at_once}_clock"]


@dataclass(slots=True)
class Waits:
    seconds: list[float]
    errors: int
    clock: float

    @property
    def a_second(self) -> float:
        return len(self.seconds) / self.clock

    @property
    def p95(self) -> float:
        return sorted(self.seconds)[int(0.95 * (len(self.seconds) - 1))] if self.seconds else float("nan")


def together(act: Callable[[int], object], *, seconds: float = 0, until: Callable[[], bool] | None = None) -> Waits:
    """What clients side by side wait for, each asking again as soon as it is answered."""
    began = time.monotonic()
    over = until or (lambda: time.monotonic() - began >= seconds)
    waits, errors, turns = list[float](), list[str](), itertools.count()

    def ask() -> None:
        while not over():
            own = time.monotonic()
            try:
                act(next(turns))
                waits.append(time.monotonic() - own)
            except (RuntimeError, OSError) as error:
                errors.append(str(error))

    with ThreadPoolExecutor(CLIENTS) as pool:
        for one in [pool.submit(ask) for _ in range(CLIENTS)]:
            one.result()
    if errors:
        print(f"{len(errors)} errors, the first: {errors[0][:200]}", flush=True)
    return Waits(waits, len(errors), time.monotonic() - began)


def jpeg(number: int) -> bytes:
    """A gradient with some shapes, another for each number."""
    rng = random.Random(number)
    picture = Image.new("RGB", (2, 2))
    picture.putdata([(rng.randrange(256), rng.randrange(256), rng.randrange(256)) for _ in range(4)])
    picture = picture.resize(SIZE, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(picture)
    for _ in range(6):
        x, y, side = rng.randrange(1100), rng.randrange(600), rng.randrange(40, 180)
        draw.ellipse((x, y, x + side, y + side), fill=(rng.randrange(256), rng.randrange(256), rng.randrange(256)))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()
