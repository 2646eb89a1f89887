"""What a person may see of images that several label apart from one another: there, only their own boxes."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from annotations.models import Replica, WorkImage
from projects import policies
from projects.errors import Refusal
from projects.models import Image, Project, User
from projects.policies import Action

# Boxes of others come to light when the image is settled; those of a check image never, to whom it checks.
SETTLED = Q(item__state=WorkImage.State.FINAL)


def blind(user: User, project: Project) -> QuerySet[Replica]:
    """Replicas that this person sees in place of the image's own boxes."""
    if not project.workflow:
        return Replica.objects.none()
    rows = Replica.objects.filter(person=user.pk, job__project=project)
    return rows.filter(state__in=Replica.OPEN) if policies.can(user, Action.REVIEW, project) else rows.exclude(SETTLED)


def hidden_images(user: User, project: Project) -> QuerySet[Replica, int]:
    """Ids of images whose boxes are to be left out of every list that this person reads."""
    return blind(user, project).values_list("image_id", flat=True)


def versions_apart(user: User, project: Project) -> dict[int, int]:
    """The same images with the version that this person sees: an image's own would tell of others' saves."""
    return dict(blind(user, project).values_list("image_id", "version"))


def hidden_from(users: Collection[int], project: int, images: Collection[int]) -> dict[int, frozenset[int]]:
    """Of these images, those whose changes a person does not hear of, by person; one question where there are none."""
    rows = Replica.objects.filter(person__in=users, job__project=project, image__in=images)
    people = User.objects.filter(pk__in=rows.order_by().values("person")) if images else ()
    found: dict[int, frozenset[int]] = {}
    for person in people:
        own = hidden_images(person, Project.objects.get(pk=project)).filter(image__in=images)
        found[person.pk] = frozenset(own)
    return found


def labelled_apart(projects: Collection[int]) -> QuerySet[Replica, int]:
    """Ids of images that anybody labels apart or is checked by: pages of models show no boxes of these."""
    return Replica.objects.filter(job__project__in=projects).exclude(SETTLED).values_list("image_id", flat=True)


def seen_by(user: User, image: Image) -> Replica | None:
    """What this person sees in place of the image's boxes; None for the boxes themselves."""
    if not image.project.workflow:
        return None  # an empty query costs a twentieth of a save
    return blind(user, image.project).select_related("person").filter(image=image).first()


def refuse_blind(user: User, project: Project) -> None:
    """Raises Refusal while images here are hidden from this person: a file of all labels would show them."""
    if hidden_images(user, project).exists():
        raise Refusal(_("You label images here apart from others. Whoever leads the project can export."), code="apart")
