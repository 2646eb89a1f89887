"""Files that lie at addresses come in as those that are sent; what may not be asked, or is not there, is named."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from django.utils.translation import gettext

from annotations.imports import actions, notices
from annotations.imports.notices import said
from annotations.models import LabelImport
from projects.errors import Refusal
from projects.models import Project
from tests import factories
from tests.annotations.imports.made import boxes_of, coco, step, yolo, zip_of

pytestmark = pytest.mark.django_db
FILES = {
    "/set.zip": zip_of(yolo()),
    "/labels.json": coco({"a.jpg": [("cat", 1, 1, 9, 9)]}).encode(),
    "/deep/a.jpg": factories.picture_bytes(seed=1),
    "/other/a.jpg": factories.picture_bytes(seed=2),
    "/picture": factories.picture_bytes(seed=3),
}


class Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        inside = self.path == "/inside"
        body = FILES.get(self.path)
        self.send_response(302 if inside else 200 if body else 404)
        if inside:
            self.send_header("Location", "http://127.0.0.1:1/")
        self.send_header("Content-Type", "image/jpeg" if self.path == "/picture" else "application/octet-stream")
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_args: Any) -> None: ...


@pytest.fixture
def site(settings: Any) -> Iterator[str]:
    """On a loopback address that is allowed by itself; the others are not."""
    settings.OUTBOUND_NETWORKS = [ip_network("127.0.0.2/32")]
    server = ThreadingHTTPServer(("127.0.0.2", 0), Site)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.2:{server.server_port}"
    server.shutdown()
    server.server_close()


def read(project: Project, *urls: str) -> LabelImport:
    return step(actions.take_addresses(project.created_by, project.datasets.get(), urls))


def test_a_zip(project: Project, site: str) -> None:
    job = read(project, f"{site}/set.zip")
    assert (job.phase, job.name, job.preview["format"]) == ("ready", "set.zip", "yolo")


def test_labels_and_pictures(project: Project, site: str) -> None:
    job = read(project, f"{site}/deep/a.jpg", f"{site}/labels.json", f"{site}/picture")
    assert (job.preview["images"]["new"], job.preview["images"]["unlabelled"]) == (1, 1)
    step(actions.start(project.created_by, job, {}))
    assert boxes_of(project) == [("a.jpg", "cat", (1, 1, 9, 9))]
    assert sorted(image.name for image in project.images.all()) == ["a.jpg", "picture.jpg"]


def test_what_does_not_come_is_named(project: Project, site: str) -> None:
    wrong = [
        f"{site}/gone",
        f"{site}/inside",
        "http://127.0.0.1:1/x",
        "http://[::ffff:10.0.0.1]/",
        "http://2130706433/",
    ]
    job = read(project, f"{site}/labels.json", *wrong)
    assert job.phase == "ready"
    assert [row["file"] for row in job.problems] == wrong
    assert all(said(row)["detail"] for row in job.problems)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_why_is_said_in_the_readers_language(project: Project, site: str, language: str) -> None:
    job = read(project, f"{site}/labels.json", "http://10.0.0.1/x.jpg")
    with translation.override(language):
        detail = said(job.problems[0])["detail"]
        why = gettext("“%(host)s” lies in a network that is not allowed.") % {"host": "10.0.0.1"}
        assert detail == gettext("Not fetched: %(reason)s") % {"reason": why}
    assert (language == "en") == ("lies in a network" in detail)


def test_where_nothing_comes_it_has_failed(project: Project, site: str) -> None:
    job = read(project, f"{site}/gone")
    assert (job.phase, bool(job.file)) == ("failed", False)
    assert {row.get("what") for row in job.problems} == {notices.NOT_FETCHED}


def test_names_that_meet(project: Project, site: str) -> None:
    job = read(project, f"{site}/deep/a.jpg", f"{site}/other/a.jpg", f"{site}/set.zip")
    assert (job.preview["images"]["unlabelled"], [row["file"] for row in job.problems]) == (2, [f"{site}/set.zip"])


def csv(url: str) -> bytes:
    return f"filename,class,xmin,ymin,xmax,ymax\n{url},cat,1,1,9,9\n".encode()


def tasks(url: str) -> bytes:
    value = {"x": 1 / 0.64, "y": 1 / 0.48, "width": 8 / 0.64, "height": 8 / 0.48, "rectanglelabels": ["cat"]}
    region = {"type": "rectanglelabels", "original_width": 64, "original_height": 48, "value": value}
    return json.dumps([{"data": {"image": url}, "annotations": [{"result": [region]}]}]).encode()


def coco_url(url: str) -> bytes:
    found = json.loads(coco({"a.jpg": [("cat", 1, 1, 9, 9)]}))
    found["images"][0]["coco_url"] = url
    return json.dumps(found).encode()


@pytest.mark.parametrize(
    ("name", "labels"), [("x.csv", csv), ("x.json", tasks), ("x.json", coco_url)], ids=["csv", "label_studio", "coco"]
)
def test_missing_pictures_are_fetched_from_where_labels_say(
    project: Project, site: str, name: str, labels: Callable[[str], bytes]
) -> None:
    actor = project.created_by
    file = SimpleUploadedFile(name, labels(f"{site}/deep/a.jpg"))
    job = step(actions.take_files(actor, project.datasets.get(), [file]))
    assert (job.phase, job.preview["images"]["missing"], job.preview["addresses"]) == ("ready", 1, 1)
    assert "http:/" not in job.preview["missing"][0]
    job = step(actions.fetch(actor, job))
    assert (job.phase, job.preview["images"]["new"], job.preview["addresses"]) == ("ready", 1, 0)
    step(actions.start(actor, job, {}))
    assert boxes_of(project) == [(project.images.get().name, "cat", (1, 1, 9, 9))]


def test_pictures_that_do_not_come_are_not_asked_for_again(project: Project, site: str) -> None:
    actor = project.created_by
    file = SimpleUploadedFile("x.csv", csv(f"{site}/gone.jpg"))
    job = step(actions.fetch(actor, step(actions.take_files(actor, project.datasets.get(), [file]))))
    assert (job.phase, job.preview["images"]["missing"], job.preview["addresses"]) == ("ready", 1, 0)
    assert [row["file"] for row in job.problems] == [f"{site}/gone.jpg"]
    with pytest.raises(Refusal):
        actions.fetch(actor, job)


@pytest.mark.parametrize("urls", [[], [" "], ["file:///etc/passwd"], ["ftp://example.org/x"], ["no address"]])
def test_what_is_no_address(project: Project, urls: list[str]) -> None:
    with pytest.raises(Refusal):
        actions.take_addresses(project.created_by, project.datasets.get(), urls)
    assert not LabelImport.objects.exists()
