"""Tags of images: given in the editor and to many, made by who may, found, undone, and brought back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotations.boxes import actions as boxes
from annotations.boxes.payloads import image_state, read_rows
from annotations.gallery.filters import GalleryFilter, narrowed
from annotations.models import BoxHistory, ImageTag, Tag
from annotations.tags import actions
from annotations.timeline.actions import restore_from, restore_moment
from annotations.timeline.past import at_moment
from annotations.versions.actions import make_version
from projects.errors import Refusal
from projects.models import Image, Project, Role, User
from tests import factories

pytestmark = pytest.mark.django_db


def names(image: Image) -> list[str]:
    return [found.tag.name for found in image.tagged.select_related("tag").order_by("tag__name")]


def say(actor: User, image: Image, tag: str, value: bool = True) -> None:
    image.refresh_from_db()
    boxes.apply_changes(actor, image, seen=image.version, changes=[{"op": "tag", "tag": tag, "value": value}])


def test_an_image_is_tagged_once_with_its_history(project: Project) -> None:
    image, owner = factories.make_image(project), project.created_by
    for tag in ("night", "  night ", "비"):
        say(owner, image, tag)
    say(owner, image, "gone", value=False)
    assert image_state(read_rows(Image.objects.get(pk=image.pk)))["tags"] == names(image) == ["night", "비"]
    say(owner, image, "night", value=False)
    rows = BoxHistory.objects.filter(image=image).order_by("id").values_list("verb", "label_name")
    assert list(rows) == [("tagged", "night"), ("tagged", "비"), ("untagged", "night")]
    image.refresh_from_db()
    assert (image.version, names(image)) == (4, ["비"])


@pytest.mark.parametrize("tag", ["", " ", "a;b", "x" * 61])
def test_what_is_no_name_is_refused(tag: str, project: Project) -> None:
    with pytest.raises(Refusal):
        say(project.created_by, factories.make_image(project), tag)


def test_who_makes_no_classes_gives_the_tags_that_are_there(project: Project) -> None:
    annotator = factories.make_member(project, Role.ANNOTATOR)
    image = factories.make_image(project)
    Tag.objects.create(project=project, name="night")
    say(annotator, image, "night")
    with pytest.raises(Refusal) as refused:
        say(annotator, image, "rain")
    assert (refused.value.code, names(image)) == ("no_tag", ["night"])


def test_many_at_once_are_found_and_taken_back(project: Project, client_as: Any) -> None:
    images = [factories.make_image(project) for _ in range(3)]
    foreign = factories.make_image(factories.make_project())
    say(project.created_by, images[0], "night")
    url, ids = reverse("api-gallery-tag", args=[project.pk]), [image.pk for image in (*images[:2], foreign)]
    client = client_as("owner")
    answer = client.post(url, {"images": ids, "tag": "night", "value": True}, content_type="application/json").json()
    assert answer == {"count": 1, "images": [images[1].pk]}
    assert list(narrowed(project, GalleryFilter.parse({"tag": "night"}), project.created_by)) == images[:2]
    assert GalleryFilter.parse({"tag": "night"}).query() == "tag=night"
    rows = client.get(reverse("api-gallery-rows", args=[project.pk]), {"ids": str(images[1].pk)}).json()
    assert rows[0]["tags"] == ["night"]
    back = {"images": answer["images"], "tag": "night", "value": False}
    assert client.post(url, back, content_type="application/json").json()["count"] == 1
    assert (names(images[0]), names(images[1])) == (["night"], [])


def test_a_tag_in_use_is_renamed_but_not_deleted(project: Project) -> None:
    image, owner = factories.make_image(project), project.created_by
    say(owner, image, "nite")
    tag = actions.rename_tag(owner, Tag.objects.get(), "night")
    assert names(image) == ["night"]
    with pytest.raises(Refusal):
        actions.delete_tag(owner, tag)
    say(owner, image, "night", value=False)
    actions.delete_tag(owner, tag)
    assert not Tag.objects.exists()


def test_moments_and_versions_bring_tags_back(project: Project) -> None:
    image, owner = factories.make_image(project), project.created_by
    ImageTag.objects.create(image=image, tag=Tag.objects.create(project=project, name="old"))  # of before the history
    say(owner, image, "night")
    moment, version = BoxHistory.objects.latest("id").pk, make_version(owner, project, name="first")
    say(owner, image, "old", value=False)
    say(owner, image, "night", value=False)
    assert at_moment(image, moment).labels.tags == {"old", "night"}
    assert at_moment(image, 0).labels.tags == {"old"}
    for restore in (
        lambda seen: restore_moment(owner, image, seen=seen, moment=moment),
        lambda seen: restore_from(owner, image, seen=seen, version=version),
    ):
        image.refresh_from_db()
        restore(image.version)
        assert names(image) == ["night", "old"]
        say(owner, image, "night", value=False)


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_settings_make_rename_and_delete_tags(project: Project) -> None:
    client, image = client_of(project.created_by), factories.make_image(project)
    client.post(reverse("tag-new", args=[project.pk]), {"names": "night, rain, night"})
    night, rain = Tag.objects.order_by("name")
    say(project.created_by, image, "night")
    page = client.get(reverse("project-settings", args=[project.pk])).content.decode()
    assert page.count('data-testid="tag-row"') == 2
    client.post(reverse("tag", args=[project.pk, rain.pk]), {"name": "fog"})
    for tag in (night, rain):  # one that is in use stays
        client.post(reverse("tag", args=[project.pk, tag.pk]), {"do": "delete"})
    assert list(Tag.objects.values_list("name", flat=True)) == ["night"]
    other = factories.make_project(project.created_by)
    assert client.post(reverse("tag", args=[other.pk, night.pk]), {"name": "x"}).status_code == 404


def test_tags_are_merged_with_history(project: Project) -> None:
    owner, images = project.created_by, [factories.make_image(project) for _ in range(3)]
    for image, tag in ((images[0], "dark"), (images[1], "dark"), (images[1], "night"), (images[2], "night")):
        say(owner, image, tag)
    first = make_version(owner, project, name="before")
    address = reverse("tag-merge", args=[project.pk])
    for wanted in ({}, {"tag": "dark", "into": "dark"}, {"tag": "dark", "into": "gone"}):
        client_of(owner).post(address, wanted)
        assert Tag.objects.count() == 2
    answer = client_of(owner).post(address, {"tag": "dark", "into": "night"}, follow=True).content.decode()
    assert "2 images changed" in answer
    assert [names(image) for image in images] == [["night"]] * 3
    rows = BoxHistory.objects.filter(image=images[0]).order_by("id").values_list("verb", "label_name")
    assert list(rows) == [("tagged", "dark"), ("untagged", "dark"), ("tagged", "night")]
    second = make_version(owner, project, name="after")
    sides = {"before": first.pk, "after": second.pk}
    page = client_of(owner).get(reverse("version-compare", args=[project.pk]), sides | {"kind": "tagged"})
    assert page.context["tags"] == {"dark": {"given": 0, "taken": 2}, "night": {"given": 1, "taken": 0}}
    assert [(one.given, one.taken) for one, _marks in page.context["pictures"]] == [
        (("night",), ("dark",)),
        ((), ("dark",)),
    ]
    listed = client_of(owner).get(reverse("api-versions-compare", args=[project.pk]), sides).json()
    assert [(row["tags_given"], row["tags_taken"]) for row in listed["results"]] == [
        (["night"], ["dark"]),
        ([], ["dark"]),
    ]


def test_a_merge_of_very_many_is_refused(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MOST_MERGED", 1)
    for _ in range(2):
        say(project.created_by, factories.make_image(project), "dark")
    dark, night = Tag.objects.get(), Tag.objects.create(project=project, name="night")
    with pytest.raises(Refusal) as refused:
        actions.merge_tag(project.created_by, dark, night)
    assert refused.value.code == "too_many"
    assert Tag.objects.count() == 2
