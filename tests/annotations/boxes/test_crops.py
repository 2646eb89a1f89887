"""Crops show the box with what is around it, cost little, and are fetched once."""

import io

import pytest
from django.core.cache import cache
from django.urls import reverse
from PIL import Image as Pillow

from annotations.boxes import crops
from tests import factories


@pytest.mark.parametrize(
    ("xyxy", "size", "expected"),
    [
        ((100, 100, 200, 150), (1000, 1000), (85, 60, 215, 190)),  # a square with 15 % on each side
        ((0, 0, 100, 100), (1000, 1000), (0, 0, 130, 130)),  # pushed into the image
        ((900, 950, 1000, 1000), (1000, 1000), (870, 870, 1000, 1000)),
        ((10, 10, 12, 12), (1000, 1000), (0, 0, 24, 24)),  # something around a tiny box
        ((0, 0, 900, 100), (1000, 200), (0, 0, 1000, 200)),  # the image is smaller than the window
    ],
)
def test_the_window(xyxy, size, expected):
    assert crops.window(xyxy, *size) == pytest.approx(expected)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("side", [40, 700, 3000])
def test_the_crop_shows_the_box(tmp_path, kind, side):
    picture = Pillow.new("RGB", (3200, 3100), "blue")
    picture.paste("red", (100, 50, 100 + side, 50 + side))
    picture.save(tmp_path / "x", kind)
    part = crops.window((100, 50, 100 + side, 50 + side), 3200, 3100)
    crop = Pillow.open(io.BytesIO(crops.jpeg(tmp_path / "x", part, 3200, 3100)))
    assert (crop.format, max(crop.size)) == ("JPEG", crops.SIDE)
    assert crop.getpixel((80, 80))[0] > 200
    assert crop.getpixel((crop.width - 3, crop.height - 3))[2] > 150


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P"])
def test_every_kind_of_picture(tmp_path, mode):
    Pillow.new("RGB", (300, 200), "red").convert(mode).save(tmp_path / "x", "PNG")
    assert Pillow.open(io.BytesIO(crops.jpeg(tmp_path / "x", (0, 0, 100, 100), 300, 200))).mode == "RGB"


def test_a_crop_is_made_once_and_fetched_once(project, client_as, monkeypatch):
    cache.clear()
    suggestion = factories.make_suggestion(factories.make_image(project), factories.make_class(project))
    url = reverse("file-suggestion-crop", args=[suggestion.pk])
    client = client_as("viewer")
    response = client.get(url)
    assert (response["Content-Type"], response["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert response["Cache-Control"] == "private, max-age=31536000, immutable"
    assert max(Pillow.open(io.BytesIO(response.content)).size) == 160
    monkeypatch.setattr(crops, "jpeg", lambda *args: pytest.fail("made twice"))
    assert client.get(url).content == response.content
    again = client.get(url, headers={"if-none-match": response["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", response["ETag"])


def test_a_moved_box_has_another_crop(project, client_as):
    box = factories.make_box(factories.make_image(project, width=400, height=300), factories.make_class(project))
    url = reverse("file-box-crop", args=[box.pk])
    client = client_as("viewer")
    before = client.get(url)
    assert before["Cache-Control"] == "private, no-cache"
    assert client.get(url, headers={"if-none-match": before["ETag"]}).status_code == 304
    box.xyxy = (200, 100, 300, 250)
    box.save()
    after = client.get(url, headers={"if-none-match": before["ETag"]})
    assert after.status_code == 200
    assert after["ETag"] != before["ETag"]


def test_a_lost_picture_is_404(project, client_as):
    cache.clear()
    image = factories.make_image(project)
    box = factories.make_box(image, factories.make_class(project))
    for file in (image.file, image.thumb):
        file.storage.delete(file.name)
    assert client_as("viewer").get(reverse("file-box-crop", args=[box.pk])).status_code == 404


def test_a_part_of_an_image_is_shown_as_it_is_and_larger(project, client_as):
    image = factories.make_image(project)
    url, client = reverse("file-image-crop", args=[image.pk]), client_as("viewer")
    shown = Pillow.open(io.BytesIO(client.get(url, {"part": "0,0,32,16"}).content))
    assert shown.size == (crops.LARGE, crops.LARGE // 2)
    assert client.get(url, {"part": "900,0,990,9"}).json()["field"] == "part"


def test_the_picture_of_evidence_outlives_its_box(project, client_as):
    image, label = factories.make_image(project), factories.make_class(project)
    shot = factories.make_box(image, label)
    item = {"box_id": str(shot.pk), "image_id": image.pk, "xyxy": [4, 4, 24, 6], "similarity": 0.9, "positive": True}
    factories.make_suggestion(image, label, evidence=[item])
    shot.delete()
    client = client_as("viewer")
    [row] = client.get(reverse("api-image", args=[image.pk])).json()["suggestions"]
    answer = client.get(row["evidence"][0]["crop_url"])
    assert answer.status_code == 200
    width, height = Pillow.open(io.BytesIO(answer.content)).size
    assert min(width, height) > 80  # a sliver comes with what is around it
