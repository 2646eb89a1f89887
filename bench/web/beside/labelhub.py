"""LabelHub as `make run` starts it: the web process, the workers, and SQLite or PostgreSQL."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.web.beside import processes
from bench.web.beside.postgres import Postgres
from bench.web.beside.server import CLASSES, SIZE, DrawnBox, Server, form, picture_name, results
from bench.web.web_memory import free_port, rss_mb, wait_until_up

ROOT = Path(__file__).resolve().parents[3]
LOOK_S = 0.5  # between two looks at a job


@dataclass
class Project:
    """versions: of its images, by their ids, as they were seen last."""

    pk: int
    dataset: int
    images: list[int]
    classes: dict[str, int]
    versions: dict[int, int] = field(default_factory=dict)


class LabelHub(Server):
    imports = ("label_studio", "coco")
    exports = {"coco": "coco", "json": "label_studio", "yolo": "yolo"}  # noqa: RUF012 - never written to

    def __init__(self, folder: Path, database: str) -> None:
        super().__init__()
        self.folder, self.name = folder, f"LabelHub, {database}"
        self.postgres = Postgres(folder) if database == "PostgreSQL" else None
        for name in ("DATABASE_URL", "REDIS_URL"):
            os.environ.pop(name, None)
        os.environ |= {
            "LABELHUB_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "labelhub.settings",
            "LABELHUB_UPLOAD_RATE": "1000000/min", "LABELHUB_TOKEN_RATE": "0",
        } | ({"DATABASE_URL": self.postgres.url} if self.postgres else {})  # fmt: skip
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        began = time.monotonic()
        new = self.process is None
        with (self.folder / "serve.log").open("ab") as log:
            if new:
                for words in (["migrate"], ["collectstatic", "--no-input"]):
                    subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, stdout=log, stderr=log, check=True)
            self.port = free_port()
            command = [sys.executable, "manage.py", "serve", "--port", str(self.port)]
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        wait_until_up(self.port, self.process)
        took = time.monotonic() - began
        if new:
            self._prepare()
        return took

    def _prepare(self) -> None:
        import django

        django.setup()
        from projects.models import Scope
        from projects.people import tokens
        from tests import factories

        self.user = factories.make_user()
        self.token = tokens.create(self.user, scopes=tuple(Scope.values))[1]

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)
        self.forget_connections()

    def close(self) -> None:
        self.stop()
        if self.postgres is not None:
            self.postgres.stop()

    def cpu_s(self) -> float:
        assert self.process is not None
        return processes.cpu_s(self.process.pid) + self._database_cpu_s()

    def answering_cpu_s(self) -> float:
        return processes.cpu_s(self._web()) + self._database_cpu_s()

    def _database_cpu_s(self) -> float:
        return processes.cpu_s(self.postgres.pid) if self.postgres else 0.0

    def rss_mb(self) -> float:
        return rss_mb(self._web())

    def _web(self) -> int:
        assert self.process is not None
        named = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in processes.tree(self.process.pid)}
        return next(pid for pid, line in named.items() if b"uvicorn" in line)

    def make_project(self, images: int) -> Project:
        """Its images are rows alone, as the other's are addresses alone."""
        from projects.models import Image
        from tests import factories

        made = factories.make_project(self.user)
        dataset = made.datasets.get()
        Image.objects.bulk_create(
            (
                Image(
                    project=made, dataset=dataset, name=picture_name(number), sha256=uuid.uuid4().hex * 2,
                    width=SIZE[0], height=SIZE[1], bytes=1, file="x", thumb="y",
                )
                for number in range(images)
            ),
            batch_size=1000,
        )  # fmt: skip
        ids = list(made.images.order_by("id").values_list("id", flat=True))
        return Project(made.pk, dataset.pk, ids, {name: factories.make_class(made, name).pk for name in CLASSES})

    def import_labels(self, project: Project, labels: Sequence[list[DrawnBox]], format: str) -> None:
        self._import(project, coco(labels) if format == "coco" else tasks(labels, "annotations"))

    def prepare_saves(self, project: Project, images: int) -> None:
        from projects.models import Image

        project.versions = dict(Image.objects.filter(project=project.pk).values_list("id", "version"))

    def prepare_predictions(self, images: int) -> Project:
        return self.make_project(images)

    def import_predictions(self, project: Project, labels: Sequence[list[DrawnBox]]) -> None:
        self._import(project, tasks(labels, "predictions"))

    def _import(self, project: Project, file: object) -> None:
        root = f"/api/projects/{project.pk}/label-imports/"
        body, kind = form([("labels.json", json.dumps(file).encode())], "application/json", "files")
        job = f"{root}{json.loads(self.ask('POST', root, body, kind))['id']}/"
        self._wait(job, "ready")
        self.json("POST", f"{job}start/", {})
        self._wait(job, "done")

    def _wait(self, job: str, wanted: str) -> None:
        while (state := self.json("GET", job)["state"]) != wanted:
            if state in ("failed", "cancelled"):
                raise RuntimeError(f"{job}: {state}")
            time.sleep(LOOK_S)

    def export(self, project: Project, format: str) -> bytes:
        return self.ask("GET", f"/api/projects/{project.pk}/export/?format={self.exports[format]}&unfinished=1")

    def page(self, project: Project, number: int) -> bytes:
        query = f"page={number}&page_size=100&include=boxes"
        return self.ask("GET", f"/api/projects/{project.pk}/images/?{query}")

    def save(self, project: Project, place: int, boxes: list[DrawnBox]) -> None:
        image = project.images[place]
        changes = [
            {"op": "create", "id": str(uuid.uuid4()), "class": project.classes[box.label], "xyxy": corners(box)}
            for box in boxes
        ]
        body = {"version": project.versions[image], "changes": changes}
        project.versions[image] = self.json("POST", f"/api/images/{image}/changes/", body)["version"]

    def next_image(self, project: Project, place: int) -> bytes:
        return self.ask("GET", f"/api/images/{project.images[place]}/")

    def upload(self, project: Project, pictures: Sequence[tuple[str, bytes]]) -> None:
        body, kind = form(pictures, "image/jpeg", "files")
        found = json.loads(self.ask("POST", f"/api/datasets/{project.dataset}/images/", body, kind))
        if len(found["added"]) != len(pictures):
            raise RuntimeError(f"not all pictures were added: {found['problems'][:2]}")


def corners(box: DrawnBox) -> list[float]:
    x, y, w, h = (part / 100 for part in box.place)
    return [x * SIZE[0], y * SIZE[1], (x + w) * SIZE[0], (y + h) * SIZE[1]]


def tasks(labels: Sequence[list[DrawnBox]], what: str) -> list[dict[str, Any]]:
    """Label Studio's file of them. what: annotations or predictions."""
    scores = what == "predictions"
    return [
        {
            "data": {"image": f"http://images.invalid/{picture_name(number)}"},
            what: [
                {"result": results(boxes, scores=scores)} | ({"score": 0.9, "model_version": "v1"} if scores else {})
            ],
        }
        for number, boxes in enumerate(labels)
    ]


def coco(labels: Sequence[list[DrawnBox]]) -> dict[str, Any]:
    rows = [(image, box) for image, boxes in enumerate(labels, start=1) for box in boxes]
    return {
        "images": [
            {"id": number, "file_name": picture_name(number - 1), "width": SIZE[0], "height": SIZE[1]}
            for number in range(1, len(labels) + 1)
        ],
        "categories": [{"id": number, "name": name} for number, name in enumerate(CLASSES, start=1)],
        "annotations": [
            {"id": number, "image_id": image, "category_id": CLASSES.index(box.label) + 1, "bbox": sides(box)}
            for number, (image, box) in enumerate(rows, start=1)
        ],
    }


def sides(box: DrawnBox) -> list[float]:
    x1, y1, x2, y2 = corners(box)
    return [x1, y1, x2 - x1, y2 - y1]
