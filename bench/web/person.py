"""One person of a team that works in the portal, as the server sees a browser: requests, waits, and boxes drawn."""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

CSRF = "a" * 32
THINK_S = (1.0, 2.0)
BOXES_AN_IMAGE = 5


@dataclass
class Person:
    """A signed-in person with one connection kept alive, as a browser does it."""

    port: int
    session: str
    label: int
    images: list[int]
    waited: list[float] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, str], bytes]:
        """One request; a connection that the server closed meanwhile is opened again."""
        data = b"" if body is None else json.dumps(body).encode()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAccept: application/json\r\n"
            f"Cookie: sessionid={self.session}; csrftoken={CSRF}\r\nX-CSRFToken: {CSRF}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        )
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.streams
        writer.write(head.encode() + data)
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:] if line)}
        if headers.get("transfer-encoding") == "chunked":
            found = b""
            while size := int(await reader.readline(), 16):
                found += (await reader.readexactly(size + 2))[:-2]
            await reader.readline()
        else:
            found = await reader.readexactly(int(headers.get("content-length", 0)))
        if headers.get("connection") == "close":
            writer.close()
            self.streams = None
        return int(lines[0].split()[1]), headers, found

    async def patiently(self, method: str, path: str, body: Any = None) -> bytes:
        """As the editor does it: where the server is busy it asks when to come again. The wait counts as one."""
        began = time.monotonic()
        while True:
            try:
                status, headers, found = await self.ask(method, path, body)
            except (OSError, asyncio.IncompleteReadError):
                status, headers, found, self.streams = 599, {}, b"", None
            self.answers[status] += 1
            if status != 503:
                self.waited.append(time.monotonic() - began)
                return found
            await asyncio.sleep(float(headers.get("retry-after", 1)))

    async def save(self, image: int, version: int) -> int:
        x, y = random.uniform(0, 30), random.uniform(0, 20)
        change = {"op": "create", "id": str(uuid.uuid4()), "class": self.label, "xyxy": [x, y, x + 9, y + 9]}
        body = {"version": version, "changes": [change]}
        found = json.loads(await self.patiently("POST", f"/api/images/{image}/changes/", body) or b"{}")
        return int(found.get("version") or (found.get("current") or {}).get("version") or version)

    async def hurry(self, until: float) -> None:
        """Saves without a pause; a new image every five boxes, so that answers stay as small as people's are."""
        while time.monotonic() < until:
            image = random.choice(self.images)
            version = json.loads(await self.patiently("GET", f"/api/images/{image}/"))["version"]
            self.waited.pop()
            for _ in range(BOXES_AN_IMAGE * 4):
                if time.monotonic() < until:
                    version = await self.save(image, version)

    async def work(self, until: float) -> None:
        """Opens an image, draws five boxes, goes on to the next, with time to think."""
        await asyncio.sleep(random.uniform(0, THINK_S[1]))
        await self.patiently("GET", f"/images/{self.images[0]}/")
        while time.monotonic() < until:
            image = random.choice(self.images)
            found = json.loads(await self.patiently("GET", f"/api/images/{image}/") or b"{}")
            await self.patiently("GET", found.get("url", f"/files/images/{image}/"))
            version = found.get("version", 1)
            for _ in range(BOXES_AN_IMAGE):
                await asyncio.sleep(random.uniform(*THINK_S))
                if time.monotonic() > until:
                    break
                version = await self.save(image, version)
