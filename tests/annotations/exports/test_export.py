"""Exports say exactly what the database says, whatever is called how, and stream with flat memory."""

import asyncio
import gc
import io
import json
import tracemalloc
import zipfile

import pytest
import yaml
from asgiref.sync import sync_to_async
from django.test import AsyncClient
from django.urls import reverse
from PIL import Image as Pillow

from annotations.exports.choice import ExportChoice
from annotations.exports.export import export
from annotations.exports.sources import source_of
from annotations.formats import coco, yolo
from annotations.geometry import inside
from annotations.models import Box
from projects.models import Dataset, Image
from tests import factories


@pytest.fixture
def labelled(project):
    """Two datasets, twins by name, boxes with long fractions and beyond the edge, an image without boxes."""
    cat, dog = factories.make_class(project, "cat"), factories.make_class(project, "개 dog", position=1)
    more = Dataset.objects.create(project=project, name="Images!")
    first = factories.make_image(project, name="a.jpg")
    factories.make_image(project, name="empty.jpg")
    twin = factories.make_image(project, name="A.JPG", dataset=more)
    other = factories.make_image(project, name="a.png", dataset=more)
    factories.make_box(first, cat, (1 / 3, 0.1, 20 / 7, 30.3))
    factories.make_box(first, dog, (-2.5, 3, 70, 48.000000001))
    factories.make_box(twin, dog, (5, 6, 7, 8))
    factories.make_box(other, cat, (0.1, 0.2, 0.3, 0.4))
    return project


def get(client, project, **query):
    return client.get(reverse("api-export", args=[project.pk]), {"unfinished": 1} | query)


def stream(project, format):
    choice = ExportChoice(format, unfinished=True)
    return export(source_of(project, choice), choice)


def content(response):
    return b"".join(response.streaming_content)


def boxes_in_database(**wanted):
    rows = Box.objects.filter(**wanted).values_list("image_id", "label__name", "x1", "y1", "x2", "y2")
    return sorted((image, label, tuple(xyxy)) for image, label, *xyxy in rows)


def boxes_in(found):
    return sorted((image.id, box.label, box.xyxy) for image in found for box in image.boxes)


def test_coco_says_what_the_database_says(labelled, client_as):
    response = get(client_as("viewer"), labelled, format="coco")
    found = coco.parse(content(response))
    assert boxes_in(found) == boxes_in_database()
    assert found.classes == ("cat", "개 dog")
    assert {image.id: (image.width, image.height) for image in found} == {
        image.pk: (image.width, image.height) for image in Image.objects.all()
    }
    assert response["Content-Type"] == "application/json"
    assert response["Content-Disposition"].startswith('attachment; filename="project-')
    assert "-coco-20" in response["Content-Disposition"]


def test_names_differ_and_say_nothing_of_the_server(labelled, client_as):
    found = coco.parse(content(get(client_as("viewer"), labelled, format="coco")))
    names = [image.name for image in found]
    more = Dataset.objects.get(name="Images!").pk
    first = labelled.datasets.get(name="Images").pk
    pks = {image.name: image.pk for image in Image.objects.all()}
    assert names == [
        f"images-{first}/a.jpg",
        "empty.jpg",
        f"images-{more}/{pks['A.JPG']}/A.JPG",
        f"images-{more}/{pks['a.png']}/a.png",
    ]


@pytest.mark.parametrize("format", ["coco", "yolo"])
def test_a_zip_with_the_pictures(labelled, client_as, format):
    response = get(client_as("viewer"), labelled, format=format, images="1")
    assert response["Content-Type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(content(response)))
    assert archive.testzip() is None
    if format == "coco":
        found = coco.parse(archive.read("annotations.json"))
        assert boxes_in(found) == boxes_in_database()
    else:
        found = yolo.read(zipfile.Path(archive), lambda name: Pillow.open(archive.open(f"images/{name}")).size)
        assert len(boxes_in(found)) == Box.objects.count()
    pictures = {name for name in archive.namelist() if name.startswith("images/") and name[-1] != "/"}
    assert pictures == {f"images/{image.name}" for image in found}
    stored = {image.file.open().read() for image in Image.objects.all()}
    assert {archive.read(name) for name in pictures} == stored
    # a JPEG that was uploaded under a name with .png says what it is
    assert all(name.lower().endswith(".jpg") for name in pictures)


def test_yolo_is_a_folder_that_trains(labelled, client_as):
    archive = zipfile.ZipFile(io.BytesIO(content(get(client_as("viewer"), labelled, format="yolo"))))
    data = yaml.safe_load(archive.read("data.yaml"))
    assert data["names"] == {0: "cat", 1: "개 dog"}
    assert archive.read("labels/empty.txt") == b""
    assert not [name for name in archive.namelist() if name.startswith("images/")]
    sizes = {image.pk: (image.width, image.height) for image in Image.objects.all()}
    found = yolo.read(zipfile.Path(archive), lambda name: (64, 48))
    assert set(sizes.values()) == {(64, 48)}
    assert [len(image.boxes) for image in found] == [1, 2, 1, 0] or len(boxes_in(found)) == 4
    # YOLO knows nothing beyond the edges
    wanted = sorted(inside(xyxy, 64, 48) or xyxy for _image, _label, xyxy in boxes_in_database())
    for box, twin in zip(sorted(xyxy for _i, _l, xyxy in boxes_in(found)), wanted, strict=True):
        assert box == pytest.approx(twin, abs=1e-6, rel=0)


def test_one_dataset_and_one_class(labelled, client_as):
    cat = labelled.classes.get(name="cat")
    more = labelled.datasets.get(name="Images!")
    response = get(client_as("viewer"), labelled, format="coco", dataset=more.pk, **{"class": cat.pk})
    found = coco.parse(content(response))
    assert found.classes == ("cat",)
    assert len(found.images) == 2
    assert boxes_in(found) == boxes_in_database(label=cat, image__dataset=more)
    both = get(client_as("viewer"), labelled, format="coco", **{"class": [c.pk for c in labelled.classes.all()]})
    assert boxes_in(coco.parse(content(both))) == boxes_in_database()


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "format"),
        ({"format": "zip"}, "format"),
        ({"format": "coco", "dataset": "x"}, "dataset"),
        ({"format": "coco", "dataset": 10**9}, "dataset"),
        ({"format": "coco", "class": "1,x"}, "class"),
        ({"format": "coco", "class": 10**9}, "class"),
        ({"format": "coco", "images": "maybe"}, "images"),
    ],
)
def test_a_bad_question_is_refused_with_its_field(query, field, project, client_as):
    response = get(client_as("viewer"), project, **query)
    assert response.status_code == 400
    assert response.json()["field"].startswith(field)
    assert response.json()["detail"]


def test_people_are_named_by_address_or_id(project, client_as):
    ada, image = factories.make_member(project, "annotator", email="ada@example.org"), factories.make_image(project)
    factories.make_image(project)
    factories.make_box(image, factories.make_class(project), author=ada)
    counts = reverse("api-export-counts", args=[project.pk])
    for author, n in ((ada.pk, 1), ("ADA@example.org", 1), ("nobody@example.org", 0), ("ada", None)):
        answer = client_as("viewer").get(counts, {"format": "csv", "author": author})
        assert (answer.status_code, answer.json().get("images")) == (400 if n is None else 200, n)


def test_an_empty_project_exports_too(project, client_as):
    assert json.loads(content(get(client_as("viewer"), project, format="coco")))["images"] == []
    archive = zipfile.ZipFile(io.BytesIO(content(get(client_as("viewer"), project, format="yolo", images=1))))
    assert set(archive.namelist()) == {"train.txt", "data.yaml"}


def test_a_lost_picture_is_named(labelled, client_as):
    lost = Image.objects.get(name="empty.jpg")
    lost.file.storage.delete(lost.file.name)
    archive = zipfile.ZipFile(io.BytesIO(content(get(client_as("viewer"), labelled, format="coco", images=1))))
    assert archive.read("missing-images.txt").decode() == "empty.jpg\n"


def test_the_queries_do_not_grow_with_the_boxes(labelled, django_assert_num_queries):
    def run():
        return b"".join(stream(labelled, "coco").chunks)

    # classes, tags, those in use, ids, datasets, names; then images and what is complete for each of two passes, and
    # boxes
    with django_assert_num_queries(11) as before:
        run()
    label = labelled.classes.first()
    for _ in range(30):
        factories.make_box(factories.make_image(labelled), label)
    with django_assert_num_queries(len(before)):
        run()


def many(project, images):
    label = project.classes.first() or factories.make_class(project)
    dataset = project.datasets.first()
    rows = Image.objects.bulk_create(
        Image(
            project=project,
            dataset=dataset,
            name=f"photo-{n:06}.jpg",
            sha256=f"{n:064x}",
            width=640,
            height=480,
            bytes=1,
        )
        for n in range(images)
    )
    Box.objects.bulk_create(
        (Box(image=image, label=label, x1=n, y1=1 / 3, x2=n + 100 / 7, y2=300) for image in rows for n in range(2)),
        batch_size=5000,
    )


def peak_of(download):
    gc.collect()
    gc.freeze()  # what was there before is not looked through again after each piece
    tracemalloc.start()
    size = 0
    for piece in download.chunks:
        size += len(piece)
        gc.collect()  # what is only waiting for the collector is not held
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    gc.unfreeze()
    assert size > 150_000
    return peak


@pytest.mark.parametrize(("format", "bytes_per_image"), [("coco", 300), ("yolo", 1000)])
def test_memory_stays_flat(project, format, bytes_per_image):
    """Beside the batch in hand, an export holds only what tells twins apart, and zip's own table of contents."""
    many(project, 4000)
    for _piece in stream(project, format).chunks:
        pass  # Python's own tables (interned names) have grown now: what is measured next is the export's
    most = peak_of(stream(project, format))
    Image.objects.all().delete()
    many(project, 1000)
    assert most - peak_of(stream(project, format)) < 3000 * bytes_per_image


@pytest.mark.django_db(transaction=True)
async def test_it_streams_under_asgi(project):
    await sync_to_async(many)(project, 1500)
    client = AsyncClient()
    await sync_to_async(client.force_login)(project.created_by)
    response = await client.get(reverse("api-export", args=[project.pk]), {"format": "coco", "unfinished": 1})
    assert response.is_async
    pieces = [piece async for piece in response.streaming_content]
    assert len(pieces) > 3
    found = await asyncio.to_thread(coco.parse, b"".join(pieces))
    assert len(found.images) == 1500
