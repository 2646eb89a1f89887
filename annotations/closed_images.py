"""Images that are not a person's to change while others work on them."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from annotations.blindness import hidden_images
from annotations.models import CheckImage, WorkImage
from projects import policies
from projects.models import Project, User
from projects.policies import Action

CLOSED = (WorkImage.State.SUBMITTED, WorkImage.State.FINAL)


def closed_to(actor: User, project: Project, images: Collection[int]) -> set[int]:
    """Those of the images that this person changes nothing in: what they label apart, and for who does not review what
    others do, and what is submitted or final. In three queries; in none without a workflow.
    """
    hidden = set(hidden_images(actor, project).filter(image__in=images))
    if not project.workflow or policies.can(actor, Action.REVIEW, project):
        return hidden
    taken = WorkImage.objects.filter(Q(job__overlap__gt=1) | Q(state__in=CLOSED), image__in=images)
    checks = CheckImage.objects.filter(image__in=images)
    return hidden.union(taken.values_list("image_id", flat=True), checks.values_list("image_id", flat=True))
