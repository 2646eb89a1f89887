"""Copies of an image: found by their files or by their looks, kept in groups, and caught up with for images of earlier
times.
"""

from __future__ import annotations

import io
import random
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django_q.models import OrmQ
from PIL import Image as Pillow
from PIL import ImageDraw

from projects.images import duplicates, imports, perceptual_hash, uploads
from projects.models import Image, Import, Project
from tests import factories


def scene(seed: int, size: tuple[int, int] = (640, 480)) -> Pillow.Image:
    """Shapes on a ground: different for each seed."""
    rng = random.Random(seed)
    picture = Pillow.new("RGB", size, (rng.randrange(256), rng.randrange(256), rng.randrange(256)))
    draw = ImageDraw.Draw(picture)
    for _ in range(25):
        x, y, side = rng.randrange(size[0]), rng.randrange(size[1]), rng.randrange(30, 200)
        draw.ellipse((x, y, x + side, y + side), fill=(rng.randrange(256), rng.randrange(256), rng.randrange(256)))
    return picture


def jpeg(picture: Pillow.Image, quality: int = 90) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


def variants(picture: Pillow.Image) -> dict[str, bytes]:
    width, height = picture.size
    return {
        "again": jpeg(picture, 60),
        "half": jpeg(picture.resize((width // 2, height // 2))),
        "cropped": jpeg(picture.crop((width // 66, height // 66, width - width // 66, height - height // 66))),
    }


def look(data: bytes) -> perceptual_hash.Look:
    with Pillow.open(io.BytesIO(data)) as picture:
        width, height = picture.size
        picture.thumbnail((320, 320))
        found = perceptual_hash.look_of(jpeg(picture.convert("RGB"), 80))
    assert found is not None
    return perceptual_hash.Look(*found, width, height)


@pytest.mark.parametrize("kind", ["again", "half", "cropped"])
def test_a_variant_looks_the_same(kind: str) -> None:
    for seed in range(20):
        assert look(jpeg(scene(seed))).near(look(variants(scene(seed))[kind])), seed


def test_other_pictures_look_different() -> None:
    seen = [look(jpeg(scene(seed))) for seed in range(30)]
    assert [(a, b) for a in range(30) for b in range(a) if seen[a].near(seen[b])] == []


def test_a_shape_of_its_own_is_no_copy() -> None:
    one = perceptual_hash.Look(5, 6, 640, 480)
    assert one.near(perceptual_hash.Look(5, 6, 1280, 960))
    assert not one.near(perceptual_hash.Look(5, 6, 480, 640))


@pytest.mark.parametrize(
    "data", [b"", b"no picture", jpeg(Pillow.new("RGB", (320, 240), "#777")), jpeg(scene(1))[:300]]
)
def test_what_shows_nothing_has_no_look(data: bytes) -> None:
    assert perceptual_hash.look_of(data) is None


def test_bands_find_what_differs_in_so_many_bits() -> None:
    """Whatever bits differ, one band is among the near values: nothing near is missed."""
    rng = random.Random(0)
    for _ in range(500):
        waves = rng.getrandbits(64) - 2**63
        other = waves
        for bit in rng.sample(range(64), perceptual_hash.WAVES_APART):
            other ^= 1 << bit if bit < 63 else -(1 << 63)
        assert perceptual_hash.apart(waves, other) == perceptual_hash.WAVES_APART
        shared = [
            (other >> 16 * band & 0xFFFF) in values for band, values in enumerate(perceptual_hash.bands_near(waves))
        ]
        assert any(shared)


# --- groups
# -------------------------------------------------------------------------------------------------------------
def add(project: Project, data: bytes, dataset: Any = None) -> Image:
    files = [SimpleUploadedFile("a.jpg", data)]
    result = uploads.add_images(project.created_by, dataset or project.datasets.get(name="Images"), files)
    assert result.problems == []
    return result.added[0]


def groups(project: Project) -> list[int | None]:
    return list(project.images.order_by("pk").values_list("group", flat=True))


@pytest.mark.django_db
def test_an_upload_joins_its_copies(project: Project, django_capture_on_commit_callbacks: Any) -> None:
    second = project.datasets.create(name="Second")
    with django_capture_on_commit_callbacks(execute=True):
        first, _other = add(project, jpeg(scene(1))), add(project, jpeg(scene(2)))
        for data in variants(scene(1)).values():
            add(project, data)
        add(project, jpeg(scene(2)), second)  # the very same file
    assert groups(project) == [first.pk, first.pk + 1, first.pk, first.pk, first.pk, first.pk + 1]
    assert not project.images.filter(compared=False).exists()


@pytest.mark.django_db
def test_flat_pictures_are_copies_by_their_files_alone(
    project: Project, django_capture_on_commit_callbacks: Any
) -> None:
    second, red = project.datasets.create(name="Second"), jpeg(Pillow.new("RGB", (64, 48), "red"))
    with django_capture_on_commit_callbacks(execute=True):
        for data, dataset in ((red, None), (jpeg(Pillow.new("RGB", (64, 48), "blue")), None), (red, second)):
            add(project, data, dataset)
    first = project.images.order_by("pk").first()
    assert groups(project) == [first.pk, None, first.pk]


def bare(project: Project, waves: int, **fields: Any) -> Image:
    image = factories.make_image(project)
    Image.objects.filter(pk=image.pk).update(waves=waves, edges=0, **fields)
    image.refresh_from_db()
    return image


@pytest.mark.django_db
def test_one_between_two_brings_them_together(project: Project) -> None:
    """0 and 2^12 - 1 are 12 bits apart: too far; what lies between is near to both."""
    low, high, far = bare(project, 0), bare(project, 2**12 - 1), bare(project, -1)
    duplicates.compare([low, high, far])
    assert groups(project) == [None, None, None]
    between = bare(project, 2**6 - 1)
    duplicates.compare([between])
    assert groups(project) == [low.pk, low.pk, None, low.pk]
    duplicates.compare([between])  # again: nothing to do
    assert groups(project) == [low.pk, low.pk, None, low.pk]


@pytest.mark.django_db
def test_groups_merge_as_one(project: Project) -> None:
    images = [bare(project, waves) for waves in (0, 1, 2**12 - 1, 2**12 - 2)]
    duplicates.compare(images)
    first, _, third, _ = [image.pk for image in images]
    assert groups(project) == [first, first, third, third]
    duplicates.compare([bare(project, 2**6 - 1)])
    assert groups(project) == [first] * 5


@pytest.mark.django_db
def test_another_project_is_another_world(project: Project) -> None:
    other = factories.make_project()
    for one in (project, other):
        bare(one, 3)
    Image.objects.update(sha256="a" * 64)
    duplicates.compare(Image.objects.all())
    assert (groups(project), groups(other)) == ([None], [None])
    assert not Image.objects.filter(compared=False).exists()


@pytest.mark.django_db
def test_what_was_deleted_meanwhile_is_nobodys_copy(project: Project) -> None:
    gone, stays = bare(project, 3), bare(project, 3)
    Image.objects.filter(pk=gone.pk).delete()
    duplicates.compare([gone, stays])
    assert groups(project) == [None]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_many_at_once_come_together(project: Project) -> None:
    images = [bare(project, 1 << n) for n in range(8)]

    def work(image: Image) -> None:
        try:
            duplicates.compare([image])
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, images))
    assert groups(project) == [images[0].pk] * 8


@pytest.mark.django_db
def test_images_of_a_zip_are_compared_too(project: Project, django_capture_on_commit_callbacks: Any) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in variants(scene(5)).items():
            archive.writestr(f"{name}.jpg", data)
    file = SimpleUploadedFile("a.zip", out.getvalue())
    job = Import.objects.create(dataset=project.datasets.get(), name="a.zip", file=file, created_by=project.created_by)
    with django_capture_on_commit_callbacks(execute=True):
        imports.run_import(job.pk)
    assert groups(project) == [project.images.order_by("pk").first().pk] * 3


# --- catching up
# --------------------------------------------------------------------------------------------------------
def queued() -> list[str]:
    return [message.name() for message in OrmQ.objects.filter(key="default")]


@pytest.mark.django_db
def test_images_of_earlier_times_are_caught_up_with(project: Project, monkeypatch: Any) -> None:
    monkeypatch.setattr(duplicates, "AT_ONCE", 3)
    images = [factories.make_image(project) for _ in range(4)]
    for image in images:
        image.thumb.delete(save=False)
    for image, data in zip(images, (*variants(scene(3)).values(), None), strict=True):
        if data:
            image.thumb.save("thumb.jpg", SimpleUploadedFile("thumb.jpg", data), save=True)
    duplicates.sweep()
    duplicates.sweep()
    assert queued() == ["copies"]  # once, however often somebody looks
    OrmQ.objects.all().delete()
    assert duplicates.catch_up() == 3
    assert queued() == ["copies"]  # the rest
    OrmQ.objects.all().delete()
    assert duplicates.catch_up() == 1  # its thumbnail is gone: compared by its file alone
    assert groups(project) == [images[0].pk] * 3 + [None]
    duplicates.sweep()
    assert queued() == []


@pytest.mark.django_db
def test_what_was_looked_at_later_is_the_same(project: Project) -> None:
    image = add(project, jpeg(scene(4)))
    before = image.waves, image.edges
    assert None not in before
    Image.objects.filter(pk=image.pk).update(waves=None, edges=None)
    duplicates.catch_up()
    image.refresh_from_db()
    assert (image.waves, image.edges) == before
