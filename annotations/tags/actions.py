"""Verbs on tags. Who may make classes makes tags, by giving them to images; others give those that are there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from annotations.closed_images import closed_to
from annotations.locking import BATCH, lock_images
from annotations.models import ImageTag, Tag
from annotations.tags.names import clean_tag
from annotations.unit_of_work import UnitOfWork
from projects import audit, policies
from projects.errors import Refusal
from projects.models import Project, User
from projects.policies import Action

MOST = 500  # tags of a project
MOST_MERGED = 5_000  # images that a person waits for


@dataclass(frozen=True, slots=True)
class TagChange:
    """images: ids of those that got it, or lost it."""

    images: list[int]


def clean_name(value: object) -> str:
    """Raises Refusal."""
    name = clean_tag(value)
    if not name:
        raise Refusal(_("A tag has 1 to 60 characters, and no “;”."), field="tag")
    return name


def find_tags(actor: User, project: Project, names: Iterable[str]) -> dict[str, Tag]:
    """By name. Makes those that are not there, within a transaction of the caller's. Raises Refusal where the person
    may not.
    """
    wanted = list(dict.fromkeys(map(clean_name, names)))
    found = {tag.name: tag for tag in Tag.objects.filter(project=project, name__in=wanted)}
    if new := [name for name in wanted if name not in found]:
        if not policies.can(actor, Action.NEW_CLASS, project):
            words = _("This project has no tag “%(name)s”, and you cannot make one.")
            raise Refusal(words % {"name": new[0]}, code="no_tag", field="tag")
        if project.tags.count() + len(new) > MOST:
            raise Refusal(_("A project has at most %(n)d tags.") % {"n": MOST}, field="tag")
        Tag.objects.bulk_create([Tag(project=project, name=name) for name in new], ignore_conflicts=True)
        found |= {tag.name: tag for tag in Tag.objects.filter(project=project, name__in=new)}
        audit.record(actor, "tag.created", ", ".join(new), project=project, names=new)
    return found


@transaction.atomic
def set_tag(actor: User, project: Project, ids: Sequence[int], name: str, *, value: bool) -> TagChange:
    """Gives a tag to at most 200 images, or takes it off; those that are not the actor's to change stay as they are."""
    policies.require(actor, Action.LABEL, project)
    if len(ids) > BATCH:
        raise Refusal(_("At most %(n)d images at once.") % {"n": BATCH}, code="too_many", field="images")
    name = clean_name(name)
    tag = find_tags(actor, project, [name])[name] if value else Tag.objects.filter(project=project, name=name).first()
    if tag is None:
        return TagChange([])
    closed = closed_to(actor, project, ids)
    images = {pk: one for pk, one in lock_images(ids).items() if one.project_id == project.pk and pk not in closed}
    there = {
        found.image_id: found for found in ImageTag.objects.filter(image__in=images, tag=tag).select_related("tag")
    }
    unit = UnitOfWork(actor, images.values())
    changed = [pk for pk in images if (pk in there) != value]
    for pk in changed:
        if value:
            unit.tag(images[pk], tag)
        else:
            unit.untag(there[pk])
    unit.write()
    if changed:
        verb = "images.tagged" if value else "images.untagged"
        audit.record(actor, verb, tag, project=project, count=len(changed), images=changed)
    return TagChange(changed)


@transaction.atomic
def rename_tag(actor: User, tag: Tag, name: str) -> Tag:
    policies.require(actor, Action.CLASSES, tag.project)
    name = clean_name(name)
    if tag.project.tags.exclude(pk=tag.pk).filter(name=name).exists():
        raise Refusal(_("This project has a tag “%(name)s” already.") % {"name": name}, code="taken", field="name")
    tag.name = name
    tag.save(update_fields=["name"])
    audit.record(actor, "tag.renamed", tag, project=tag.project)
    return tag


@transaction.atomic
def make_tags(actor: User, project: Project, names: Sequence[str]) -> int:
    """How many of them are new."""
    policies.require(actor, Action.NEW_CLASS, project)
    before = project.tags.count()
    find_tags(actor, project, names)
    return project.tags.count() - before


def merge_tag(actor: User, tag: Tag, into: Tag) -> int:
    """Gives the images of one tag another in its place, in short transactions, and deletes the one; how many they are.
    Begun again it goes on.
    """
    policies.require(actor, Action.CLASSES, tag.project)
    rows = ImageTag.objects.filter(tag=tag).order_by("id").values_list("image", flat=True)
    if (count := rows.count()) > MOST_MERGED:
        words = _("More than %(n)d images have this tag: give them the other one in the gallery.")
        raise Refusal(words % {"n": MOST_MERGED}, code="too_many", field="tag")
    while ids := list(rows[: BATCH // 2]):
        _give_instead(actor, tag, into, ids)
    with transaction.atomic():
        audit.record(actor, "tag.merged", tag, project=tag.project, into=into.name, count=count)
        tag.delete()
    return count


@transaction.atomic
def _give_instead(actor: User, tag: Tag, into: Tag, ids: Sequence[int]) -> None:
    images = lock_images(ids)
    unit = UnitOfWork(actor, images.values())
    have = set(ImageTag.objects.filter(image__in=images, tag=into).values_list("image", flat=True))
    for found in ImageTag.objects.filter(image__in=images, tag=tag).select_related("tag"):
        unit.untag(found)
        if found.image_id not in have:
            unit.tag(images[found.image_id], into)
    unit.write()


@transaction.atomic
def delete_tag(actor: User, tag: Tag) -> None:
    """Of a tag that no image has: one that is in use is taken off in the gallery first, which can be undone."""
    policies.require(actor, Action.CLASSES, tag.project)
    if tag.tagged.exists():
        raise Refusal(
            _("Images have the tag “%(name)s”: take it off first.") % {"name": tag}, code="in_use", field="tag"
        )
    audit.record(actor, "tag.deleted", tag, project=tag.project)
    tag.delete()


def tags_section(project: Project) -> dict[str, QuerySet[Tag]]:
    """Of a project's settings: each tag with `n`, how many images have it."""
    return {"tags": project.tags.annotate(n=Count("tagged")).order_by("name")}


def tags_of(images: Collection[int]) -> dict[int, list[str]]:
    """Names by image, in their order; one query."""
    found: dict[int, list[str]] = {}
    rows = ImageTag.objects.filter(image__in=images).order_by("tag__name").values_list("image_id", "tag__name")
    for image, name in rows:
        found.setdefault(image, []).append(name)
    return found
