"""Uploads over REST: what goes in, what is named with its reason, and how much at once."""

import io
import zipfile

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from projects.models import Import
from tests import factories


def url(name, *args):
    return reverse(f"api-{name}", args=args)


def upload(client, dataset, *files):
    return client.post(url("upload", dataset.pk), {"files": [SimpleUploadedFile(name, data) for name, data in files]})


def test_good_files_go_in_and_bad_ones_are_named(project, client_as):
    client, dataset = client_as("annotator"), project.datasets.get()
    good = factories.picture_bytes(seed=1)
    response = upload(
        client, dataset, ("good.jpg", good), ("empty.jpg", b""), ("words.txt", b"words"), ("twin.jpg", good)
    )
    assert response.status_code == 200
    body = response.json()
    assert [row["name"] for row in body["added"]] == ["good.jpg"]
    assert {row["file"]: row["code"] for row in body["problems"]} == {
        "empty.jpg": "empty",
        "words.txt": "not_image",
        "twin.jpg": "duplicate",
    }
    assert "good.jpg" in next(row["detail"] for row in body["problems"] if row["code"] == "duplicate")
    row = body["added"][0]
    assert (row["width"], row["height"], row["version"], row["dataset"]) == (64, 48, 1, dataset.pk)
    assert client.get(row["url"]).status_code == client.get(row["thumb_url"]).status_code == 200


def test_a_zip_becomes_an_import(project, client_as):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.jpg", factories.picture_bytes())
    client = client_as("annotator")
    body = upload(client, project.datasets.get(), ("all.zip", buffer.getvalue())).json()
    (job,) = body["imports"]
    found = client.get(url("import", job["id"])).json()
    assert (found["state"], found["name"], found["problems"]) == ("queued", "all.zip", [])
    Import.objects.update(
        state="done", done=2, total=2, added=1, problems=[{"file": "x", "code": "broken", "detail": "Bad."}]
    )
    assert client.get(url("import", job["id"])).json()["problems"] == [
        {"file": "x", "code": "broken", "detail": "Bad."}
    ]


def test_an_upload_of_nothing_and_of_too_much(project, client_as, settings):
    client, dataset = client_as("annotator"), project.datasets.get()
    assert client.post(url("upload", dataset.pk), {}).json()["field"] == "files"
    assert client.post(url("upload", dataset.pk), {}, content_type="application/json").status_code == 415
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    response = upload(client, dataset, *[(f"{n}.jpg", factories.picture_bytes(seed=n)) for n in range(3)])
    assert (response.status_code, response.json()["code"], response.json()["field"]) == (400, "too_many_files", "files")
    assert not project.images.exists()


def test_uploads_are_throttled(project, client_as, monkeypatch):
    from django.core.cache import cache
    from rest_framework.throttling import ScopedRateThrottle

    cache.clear()
    monkeypatch.setitem(ScopedRateThrottle.THROTTLE_RATES, "upload", "2/min")
    client, dataset = client_as("annotator"), project.datasets.get()
    answers = [upload(client, dataset, (f"{n}.jpg", factories.picture_bytes(seed=n))).status_code for n in range(3)]
    cache.clear()
    assert answers == [200, 200, 429]
