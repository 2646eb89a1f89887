"""Many people in the same images: is every save that was acknowledged found in the history, and in the boxes?

    python bench/web/together.py                                       50 clients, 20 images, 120 s, on both databases
    python bench/web/together.py --database sqlite --seconds 20

Each draws, moves and deletes boxes, their own and others', and sends again what came too late (409) on top of what is
there now. In the end each acknowledged change is looked up in the history, no version may have been given to two
people, and the boxes must be those that the acknowledged changes leave, in the order of their versions. Exits with 1
otherwise.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import subprocess
import sys
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.web.person import Person  # noqa: E402
from bench.web.team_load import Site, new_site, said, share  # noqa: E402

PAUSE_S = (0.2, 0.8)
VERBS = {"create": "created", "update": "changed", "delete": "deleted"}


@dataclass(frozen=True, slots=True)
class SavedChange:
    """A change that the server acknowledged. xyxy: pixels, None where the box was deleted."""

    image: int
    version: int
    op: str
    box: str
    xyxy: tuple[float, ...] | None


@dataclass
class Client:
    """One person who goes from image to image and changes a box in each."""

    person: Person
    saved: list[SavedChange] = field(default_factory=list)
    late: int = 0

    async def work(self, until: float) -> None:
        while time.monotonic() < until:
            image = random.choice(self.person.images)
            state = json.loads(await self.person.patiently("GET", f"/api/images/{image}/"))
            self.person.waited.pop()
            while time.monotonic() < until and (state := await self.change(image, state)) and random.random() < 0.7:
                await asyncio.sleep(random.uniform(*PAUSE_S))

    async def change(self, image: int, state: dict[str, Any]) -> dict[str, Any]:
        """The image's state after the change, or that which others made of it meanwhile."""
        boxes = [box["id"] for box in state["boxes"]]
        op = random.choice(["create", "create", "update", "delete"]) if boxes else "create"
        box = str(uuid.uuid4()) if op == "create" else random.choice(boxes)
        x, y = round(random.uniform(0, 30), 2), round(random.uniform(0, 20), 2)
        change: dict[str, Any] = {"op": op, "id": box}
        if op != "delete":
            change["xyxy"] = [x, y, x + 9, y + 9]
        if op == "create":
            change["class"] = self.person.label
        body = {"version": state["version"], "changes": [change]}
        before = self.person.answers[200]
        found: dict[str, Any] = json.loads(
            await self.person.patiently("POST", f"/api/images/{image}/changes/", body) or b"{}"
        )
        if self.person.answers[200] > before:
            xyxy = tuple(change["xyxy"]) if "xyxy" in change else None
            self.saved.append(SavedChange(image, found["version"], op, box, xyxy))
            return found
        self.late += 1
        current: dict[str, Any] = found.get("current") or {}
        return current


def faults(saved: list[SavedChange]) -> list[str]:
    """What of these the database does not hold as it was acknowledged."""
    from annotations.models import Box, BoxHistory

    found: list[str] = []
    twice = [key for key, count in Counter((one.image, one.version) for one in saved).items() if count > 1]
    found += [f"version {version} of image {image} was given twice" for image, version in twice]
    columns = ("image_number", "version", "verb", "box")
    rows = {(image, version, verb, str(box)) for image, version, verb, box in BoxHistory.objects.values_list(*columns)}
    for one in saved:
        if (one.image, one.version, VERBS[one.op], one.box) not in rows:
            found.append(f"not in the history: {one}")
    left: dict[str, tuple[float, ...]] = {}
    for one in sorted(saved, key=lambda one: (one.image, one.version)):
        if one.xyxy is None:
            left.pop(one.box, None)
        else:
            left[one.box] = one.xyxy
    there = {str(box.pk): box.xyxy for box in Box.objects.all()}
    found += [f"box {pk} should be there" for pk in left.keys() - there.keys()]
    found += [f"box {pk} should not be there" for pk in there.keys() - left.keys()]
    for pk in left.keys() & there.keys():
        if any(abs(one - other) > 0.01 for one, other in zip(left[pk], there[pk], strict=True)):
            found.append(f"box {pk} lies elsewhere")
    return found


async def trial(site: Site, count: int, seconds: float) -> list[Client]:
    clients = [Client(person) for person in site.people(count)]
    for client in clients:
        client.person.images = site.images
    until = time.monotonic() + seconds
    await asyncio.gather(*(client.work(until) for client in clients))
    return clients


def measure(kind: str, arguments: argparse.Namespace) -> bool:
    """Whether everything that was acknowledged is there."""
    with new_site(kind) as site:
        site.images = site.images[: arguments.images]
        site.start()
        clients = asyncio.run(trial(site, arguments.clients, arguments.seconds))
        saved = [one for client in clients for one in client.saved]
        waited = [one for client in clients for one in client.person.waited]
        wrong = faults(saved)
    print(
        f"{kind}: {arguments.clients} clients in {arguments.images} images for {arguments.seconds:.0f} s: "
        f"{len(saved)} saves "
        f"acknowledged, {sum(client.late for client in clients)} too late, p95 {share(waited, 0.95):.0f} ms; answers "
        f"{said([client.person for client in clients])}; not found as acknowledged: {len(wrong)}",
        *wrong[:10],
        sep="\n  ",
        flush=True,
    )
    return bool(saved) and not wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=["sqlite", "postgres"], help="one of them alone")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--images", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=120)
    arguments = parser.parse_args()
    if arguments.database:
        return 0 if measure(arguments.database, arguments) else 1
    done = [subprocess.run([sys.executable, __file__, *sys.argv[1:], "--database", kind], check=False).returncode
            for kind in ("sqlite", "postgres")]  # fmt: skip
    return int(any(done))


if __name__ == "__main__":
    sys.exit(main())
