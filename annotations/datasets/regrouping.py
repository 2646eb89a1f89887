"""Images into another dataset of their project: datasets are merged, or one is split."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from annotations.datasets.choice import Choice, images_of
from annotations.datasets.record import Record, write_part
from annotations.gallery.actions import MOST, move
from annotations.models import DatasetChange
from projects.bin.actions import delete_dataset
from projects.jobs.hold import Hold, letting_others_write
from projects.models import Dataset, User

AT_ONCE = MOST // 2


def regroup(hold: Hold[DatasetChange], actor: User, target: Dataset) -> None:
    """A picture that the target has already stays where it is. Raises LostJob."""
    change, choice = hold.job, Choice.read(hold.job.choice)
    left = list(images_of(actor, change.project, choice).exclude(dataset=target).values_list("pk", flat=True))
    hold.report(total=change.done + len(left))
    for start in range(0, len(left), AT_ONCE):
        part = left[start : start + AT_ONCE]
        with letting_others_write(), transaction.atomic():
            changed = move(actor, change.project, part, target)
            moved = {str(dataset): images for dataset, images in changed.before.items()}
            write_part(hold, Record(moved=moved), done=len(part), count=changed.count, stayed=len(changed.stayed))
    if change.kind == DatasetChange.Kind.MERGE:
        _drop_empty(hold, actor, [pk for pk in choice.datasets if pk != target.pk])


def _drop_empty(hold: Hold[DatasetChange], actor: User, datasets: Sequence[int]) -> None:
    """Into the bin, from where undo brings them back."""
    for dataset in Dataset.objects.filter(project=hold.job.project, pk__in=datasets):
        if not dataset.images.exists():
            with transaction.atomic():
                entry = delete_dataset(actor, dataset)
                write_part(hold, Record(entry=entry.pk), done=0, count=0)
