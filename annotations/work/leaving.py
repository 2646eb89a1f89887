"""What becomes of a person's jobs when the account is switched off: they go back, and others go on where they were."""

from __future__ import annotations

from itertools import groupby

from django.db import transaction

from annotations import history
from annotations.models import BoxHistory, WorkImage, WorkJob
from annotations.work import replicas
from projects.models import User

State = WorkImage.State


@transaction.atomic
def give_back(actor: User | None, person: User) -> None:
    """Their jobs become shared queues, begun images are to do again with all boxes, returned ones anybody's to mend."""
    replicas.leave(actor, person)
    rows = WorkImage.objects.select_for_update(of=("self",)).select_related("image")
    begun = list(rows.filter(worker=person, state__in=WorkImage.BEGUN).order_by("image__project", "pk"))
    held = WorkImage.objects.filter(pk__in=[item.pk for item in begun])
    held.filter(state=State.STARTED).update(state=State.TODO, lease_until=None)
    held.update(worker=None)
    WorkJob.objects.filter(assignee=person).update(assignee=None)
    for project, items in groupby(begun, key=lambda item: item.image.project_id):
        steps = [history.of_work(actor, BoxHistory.Verb.FREED, item.image) for item in items]
        history.save_history(project, steps)
