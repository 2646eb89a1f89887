"""Label Studio as its own `label-studio start` runs it: one process on SQLite, from an environment of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.web.beside import processes
from bench.web.beside.server import CLASSES, DrawnBox, Server, form, picture_name, results
from bench.web.web_memory import free_port, rss_mb, wait_until_up

PROGRAM = Path(__file__).resolve().parents[3] / ".venv/label-studio/bin/label-studio"
CONFIG = (
    '<View><Image name="image" value="$image"/><RectangleLabels name="label" toName="image">'
    + "".join(f'<Label value="{name}"/>' for name in CLASSES)
    + "</RectangleLabels></View>"
)
LOOK_S = 0.2
LONGEST_START_S = 900  # on a machine that does other things too


class LabelStudio(Server):
    """A project is its number with the ids of its tasks."""

    imports = ("label_studio",)
    exports = {"coco": "COCO", "json": "JSON", "yolo": "YOLO"}  # noqa: RUF012 - never written to
    name = "Label Studio"
    token = "0123456789abcdef0123456789abcdef01234567"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.tasks: dict[int, list[int]] = {}

    def start(self) -> float:
        self.port = free_port()
        command = [
            str(PROGRAM), "start", "--no-browser", "--data-dir", str(self.folder), "--internal-host", "127.0.0.1",
            "--port", str(self.port), "--username", "bench@example.org", "--password", "correct-horse-battery",
            "--user-token", self.token, "--enable-legacy-api-token",
        ]  # fmt: skip
        quiet = {"LATEST_VERSION_CHECK": "0", "COLLECT_ANALYTICS": "0", "SENTRY_DSN": "", "FRONTEND_SENTRY_DSN": ""}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LABELHUB_")}
        began = time.monotonic()
        with (self.folder / "start.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=self.folder, env=environment | quiet, stdout=log, stderr=log)
        wait_until_up(self.port, self.process, LONGEST_START_S)
        return time.monotonic() - began

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.forget_connections()

    close = stop

    def cpu_s(self) -> float:
        return processes.cpu_s(self.process.pid)

    answering_cpu_s = cpu_s

    def rss_mb(self) -> float:
        return max(rss_mb(pid) for pid in processes.tree(self.process.pid))

    def make_project(self, images: int) -> int:
        """Its images are addresses."""
        found: int = self.json("POST", "/api/projects/", {"title": f"bench {images}", "label_config": CONFIG})["id"]
        self.tasks[found] = []
        return found

    def import_labels(self, project: int, labels: Sequence[list[DrawnBox]], format: str) -> None:
        self._import(project, [[{"result": results(boxes)}] for boxes in labels])

    def _import(self, project: int, annotations: Sequence[list[dict[str, Any]]]) -> None:
        body = [
            {"data": {"image": f"http://images.invalid/{picture_name(number)}"}, "annotations": held}
            for number, held in enumerate(annotations)
        ]
        self.json("POST", f"/api/projects/{project}/import", body)
        self._wait(project, len(annotations))

    def _wait(self, project: int, count: int) -> None:
        while self.json("GET", f"/api/projects/{project}/")["task_number"] < count:
            time.sleep(LOOK_S)

    def prepare_saves(self, project: int, images: int) -> None:
        rows = (row for page in range(1, images // 100 + 1) for row in self._rows(project, page, "id"))
        self.tasks[project] = [row["id"] for row in rows]

    def prepare_predictions(self, images: int) -> int:
        project = self.make_project(images)
        self._import(project, [[] for _ in range(images)])
        self.prepare_saves(project, images)
        return project

    def import_predictions(self, project: int, labels: Sequence[list[DrawnBox]]) -> None:
        about = {"score": 0.9, "model_version": "v1"}
        body = [
            {"task": task, "result": results(boxes, scores=True)} | about
            for task, boxes in zip(self.tasks[project], labels, strict=True)
        ]
        self.json("POST", f"/api/projects/{project}/import/predictions", body)

    def export(self, project: int, format: str) -> bytes:
        query = urlencode({"exportType": self.exports[format], "download_resources": "false"})
        return self.ask("GET", f"/api/projects/{project}/export?{query}")

    def page(self, project: int, number: int) -> bytes:
        query = urlencode({"project": project, "page": number, "page_size": 100, "fields": "all"})
        return self.ask("GET", f"/api/tasks/?{query}")

    def _rows(self, project: int, number: int, include: str) -> list[dict[str, Any]]:
        query = urlencode({"project": project, "page": number, "page_size": 100, "include": include})
        found: list[dict[str, Any]] = self.json("GET", f"/api/tasks/?{query}")["tasks"]
        return found

    def save(self, project: int, place: int, boxes: list[DrawnBox]) -> None:
        task = self.tasks[project][place]
        self.json("POST", f"/api/tasks/{task}/annotations/", {"result": results(boxes), "lead_time": 5.0})

    def next_image(self, project: int, place: int) -> bytes:
        return self.ask("GET", f"/api/projects/{project}/next/")

    def upload(self, project: int, pictures: Sequence[tuple[str, bytes]]) -> None:
        there = self.json("GET", f"/api/projects/{project}/")["task_number"]
        body, kind = form(pictures, "image/jpeg")
        self.ask("POST", f"/api/projects/{project}/import", body, kind)
        self._wait(project, there + len(pictures))
