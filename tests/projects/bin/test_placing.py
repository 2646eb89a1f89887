"""Nothing is ever destroyed by a restore: what has no place yet waits, and what is there again is joined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import UniqueConstraint

from annotations.classes import actions as class_actions
from annotations.comments import actions as comment_actions
from annotations.gallery import completion
from annotations.models import Box, BoxHistory, Comment, Complete, ImageTag, LabelClass, Suggestion, Tag
from annotations.review import actions as review_actions
from projects.bin import actions, placing
from projects.bin.contents import waiting_words
from projects.bin.kinds import models_in_bin
from projects.errors import Conflict
from projects.images import uploads
from projects.models import BinEntry, Dataset, Image, JoinedImage, Project, User
from tests import factories
from training.models import LeftOut

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Scene:
    owner: User
    project: Project
    image: Image
    cat: LabelClass
    dog: LabelClass


@pytest.fixture
def scene(project: Project) -> Scene:
    """An image with boxes of two classes, a comment on one, a mark, an answer of the one class as a box of the
    other.
    """
    owner, image = project.created_by, factories.make_image(project)
    cat, dog = factories.make_class(project, "cat"), factories.make_class(project, "dog")
    factories.make_box(image, cat, (1, 1, 20, 20))
    drawn = factories.make_box(image, dog, (5, 5, 30, 30))
    comment_actions.add(owner, image, text="Is it?", box=drawn.pk)
    completion.set_complete(owner, project, [image.pk], [cat, dog], value=True)
    row = factories.make_suggestion(image, cat)
    review_actions.accept(owner, project, [(row.pk, row.version)])
    Box.objects.filter(suggestion=row).update(label=dog)
    LeftOut.objects.create(box=drawn, label=dog, by=owner)
    return Scene(owner, project, Image.objects.get(pk=image.pk), cat, dog)


def labels(image: int) -> dict[str, Any]:
    return {
        "boxes": sorted(Box.objects.filter(image=image).values_list("label__name", "x1", "y1", "x2", "y2")),
        "comments": list(Comment.objects.filter(image=image, box__in=Box.objects.values("pk")).values_list("text")),
        "complete": sorted(Complete.objects.filter(image=image).values_list("label__name", flat=True)),
        "answered": list(Suggestion.objects.filter(image=image).values_list("label__name", "box__label__name")),
        "left out": LeftOut.objects.filter(box__image=image).count(),
    }


def entry_of(kind: str) -> BinEntry:
    return BinEntry.objects.get(kind=kind)


@pytest.mark.parametrize("deleted", ["image class", "class image"])
@pytest.mark.parametrize("restored", ["image class", "class image"])
def test_image_and_class_come_back_in_any_order(deleted: str, restored: str, scene: Scene) -> None:
    before = labels(scene.image.pk)
    for thing in deleted.split():
        if thing == "image":
            actions.delete_image(scene.owner, Image.objects.get())
        else:
            class_actions.delete_class(scene.owner, LabelClass.objects.get(name="dog"))
    first, second = map(entry_of, restored.split())
    actions.restore(scene.owner, first)
    if BinEntry.objects.filter(pk=first.pk).exists():
        assert second.name in waiting_words(entry_of(first.kind))
    assert actions.restore(scene.owner, second) == 0
    assert labels(scene.image.pk) == before
    assert not BinEntry.objects.exists()


def test_what_waits_can_be_asked_for_again(scene: Scene) -> None:
    """Nothing can come before the class does: 409 says so, and nothing is gone."""
    class_actions.delete_class(scene.owner, scene.cat)
    actions.delete_image(scene.owner, scene.image)
    actions.restore(scene.owner, entry_of("class"))
    entry = entry_of("class")
    with pytest.raises(Conflict, match=scene.image.name):
        actions.restore(scene.owner, entry)
    entry.refresh_from_db()
    assert (entry.state, entry.counts) == (
        "kept",
        {"annotations.Box": 1, "annotations.Complete": 1, "annotations.Suggestion": 1},
    )


def upload_again(scene: Scene) -> Image:
    again = factories.make_image(scene.project)
    Image.objects.filter(pk=again.pk).update(sha256=scene.image.sha256)
    return again


def test_labels_join_the_same_picture(scene: Scene, django_capture_on_commit_callbacks: Any) -> None:
    before = labels(scene.image.pk)
    storage, name = scene.image.file.storage, scene.image.file.name
    actions.delete_image(scene.owner, scene.image)
    again = upload_again(scene)
    equal = factories.make_box(again, scene.dog, (5, 5, 30, 30))
    own = factories.make_box(again, scene.cat, (40, 40, 50, 50))
    completion.set_complete(scene.owner, scene.project, [again.pk], [scene.cat], value=True)
    version = Image.objects.get().version
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.restore(scene.owner, entry_of("image")) == 0
    assert labels(again.pk) == before | {"boxes": sorted([*before["boxes"], ("cat", *own.xyxy)])}
    assert Comment.objects.get().box == equal.pk
    assert not BinEntry.objects.exists()
    assert Image.objects.get().version == version + 1
    assert BoxHistory.objects.filter(image=again, verb="created", version=version + 1).count() == 2
    assert not storage.exists(name)


def test_what_lay_elsewhere_finds_the_picture_too(scene: Scene) -> None:
    before = labels(scene.image.pk)
    class_actions.delete_class(scene.owner, scene.dog)
    actions.delete_image(scene.owner, scene.image)
    again = upload_again(scene)
    actions.restore(scene.owner, entry_of("image"))
    actions.delete_image(scene.owner, Image.objects.get(pk=again.pk))  # and once more
    third = upload_again(scene)
    actions.restore(scene.owner, entry_of("image"))
    actions.restore(scene.owner, entry_of("class"))
    assert labels(third.pk) == before
    assert not BinEntry.objects.exists()


def test_an_id_that_was_used_again_costs_no_box(scene: Scene) -> None:
    boxes = {box.pk: box.xyxy for box in Box.objects.filter(label=scene.dog)}
    class_actions.delete_class(scene.owner, scene.dog)
    other = factories.make_class(scene.project, "dog")
    pk = next(iter(boxes))
    Box.objects.create(pk=pk, image=scene.image, label=other, x1=0, y1=0, x2=9, y2=9)
    assert actions.restore(scene.owner, entry_of("class")) == 0
    assert sorted(box.xyxy for box in Box.objects.filter(label__name="dog (2)")) == sorted(boxes.values())
    assert Box.objects.get(pk=pk).label == other


def test_some_images_of_an_entry(scene: Scene) -> None:
    """What was deleted with them stays where it is."""
    other = factories.make_image(scene.project)
    before = labels(scene.image.pk)
    actions.delete_images(scene.owner, scene.project, [scene.image.pk, other.pk])
    actions.bring_images_back(scene.owner, scene.project, [scene.image.pk])
    assert (Image.objects.get(), labels(scene.image.pk)) == (scene.image, before)
    entry = entry_of("image")
    assert [row.number for row in entry.images.all()] == [other.pk]
    assert actions.restore(scene.owner, entry) == 0
    assert Image.objects.count() == 2


@pytest.mark.parametrize(("role", "restored"), [("owner", True), ("annotator", False)])
def test_an_upload_of_what_lies_in_the_bin_brings_it_back(role: str, restored: bool, project: Project) -> None:
    """With its labels; who may not restore adds a picture, which the labels join later."""
    owner, dataset = project.created_by, Dataset.objects.create(project=project, name="Photos")
    file = SimpleUploadedFile("a.jpg", factories.picture_bytes())
    (image,) = uploads.add_images(owner, dataset, [file]).added
    box = factories.make_box(image, factories.make_class(project), (1, 1, 9, 9))
    actions.delete_image(owner, image)
    file.seek(0)
    person = owner if role == "owner" else factories.make_member(project, role)
    result = uploads.add_images(person, dataset, [file])
    assert [problem.code for problem in result.problems] == (["restored"] if restored else [])
    if not restored:
        actions.restore(owner, entry_of("image"))
    assert Box.objects.get().pk == box.pk
    assert (Image.objects.count(), Image.objects.get().boxes.count()) == (1, 1)


def test_a_row_that_may_be_there_once_has_its_rule() -> None:
    """Where images are joined, rows come to a parent that may have its own."""
    moved = {Image, Box, Suggestion}
    for model in models_in_bin():
        keys = {one.name for one in model._meta.concrete_fields if one.remote_field and one.related_model in moved}
        alone = [one.name for one in model._meta.concrete_fields if one.unique and one.name in keys]
        several = [one for one in model._meta.constraints if isinstance(one, UniqueConstraint) and keys & {*one.fields}]
        if (alone or several) and model is not JoinedImage:  # each tells of another number
            assert model in placing.fits, model


def test_what_went_with_a_tag_is_gone(project: Project) -> None:
    image = factories.make_image(project)
    tag = Tag.objects.create(project=project, name="night")
    ImageTag.objects.create(image=image, tag=tag)
    entry = actions.delete_image(project.created_by, image)
    tag.delete()
    assert entry is not None
    assert actions.restore(project.created_by, entry) == 0
    assert not BinEntry.objects.exists()
