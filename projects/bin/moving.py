"""Into the bin, out of it, and out of the world: step by step, each step a short transaction."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from projects import audit
from projects.bin import placing, snapshot
from projects.bin.files import drop_after_commit
from projects.bin.kinds import came_back, kinds, models_in_bin
from projects.bin.placing import RestoreResult
from projects.bin.snapshot import plain
from projects.models import BinEntry, BinImage, BinPart, Image, JoinedImage, Project, User

MOST_WAITED = 1000  # numbers of one model that an entry names
State = BinEntry.State


def fill(entry: BinEntry) -> None:
    """Deletes what the entry names, to the end."""
    for _step in kinds[entry.kind].parts(entry):
        pass
    BinEntry.objects.filter(pk=entry.pk, state=State.FILLING).update(state=State.KEPT, updated_at=timezone.now())
    entry.state = State.KEPT


def empty(entry: BinEntry, images: Container[int] | None = None) -> int:
    """Puts everything back, last part first; returns how many rows came.

    The entry goes with its last part. What has no place yet stays in it, and comes by itself once there is one. images:
    those that are wanted, where not all are; others stay as well.
    """
    others = OthersInBin(entry)
    came, waits = 0, _Waits()
    for pk in list(entry.parts.order_by("-id").values_list("pk", flat=True)):
        with transaction.atomic():
            # The lock lets one restore at a time: what it put back, it takes out of the bin.
            held = BinEntry.objects.select_for_update().filter(pk=entry.pk).first()
            part = BinPart.objects.filter(entry=held, pk=pk).first()
            if held is None or part is None:
                continue
            restored = placing.put_back(bytes(part.data), others, images)
            for tell in came_back:
                tell(entry.restored_by, restored)
            came += restored.count
            waits.add(restored)
            _keep_left(part, restored)
            held.save(update_fields=["updated_at"])
    _finish(entry, came, waits)
    return came


class OthersInBin:
    """What else lies in the bin of an entry's project; read once, and only where somebody asks."""

    def __init__(self, entry: BinEntry) -> None:
        self.rows = BinEntry.objects.filter(project=entry.project_id).exclude(pk=entry.pk)

    @cached_property
    def exist(self) -> bool:
        return self.rows.exists()

    @cached_property
    def _numbers(self) -> dict[type[Model], set[int]]:
        found: dict[type[Model], set[int]] = defaultdict(set)
        for kind, numbers in self.rows.values_list("kind", "numbers"):
            found[kinds[kind].model].update(numbers)
        return found

    def hold(self, model: type[Model], number: Any) -> bool:
        return number in self._numbers[model]

    def may_hold(self, model: type[Model]) -> bool:
        """Whether rows of the model ever lie in the bin."""
        return model in models_in_bin()


@dataclass(slots=True)
class _Waits:
    """What stays in an entry, by the label of its model, and what that waits for."""

    left: Counter[str] = field(default_factory=Counter)
    waits_for: dict[str, set[Any]] = field(default_factory=lambda: defaultdict(set))

    def add(self, restored: RestoreResult) -> None:
        for model, rows in restored.left.items():
            self.left[model._meta.label] += len(rows)
        for model, numbers in restored.waits_for.items():
            self.waits_for[model._meta.label] |= {plain(number) for number in numbers}


def _keep_left(part: BinPart, restored: RestoreResult) -> None:
    numbers = [row.pk for row in restored.rows.get(Image, ())] + list(restored.joined.get(Image, ()))
    BinImage.objects.filter(entry=part.entry_id, number__in=numbers).delete()
    if left := restored.packed:
        part.data = left
        part.save(update_fields=["data"])
    else:
        part.delete()


def _finish(entry: BinEntry, came: int, waits: _Waits) -> None:
    with transaction.atomic():
        held = BinEntry.objects.select_for_update().filter(pk=entry.pk).first()
        if held is None:
            return
        if came:
            data = {"kind": entry.kind, "left": waits.left.total(), **entry.counts}
            audit.record(entry.restored_by, f"{entry.kind}.restored", entry, project=entry.project, **data)
        if held.parts.exists():
            held.counts = dict(waits.left)
            held.waits_for = {label: sorted(numbers)[:MOST_WAITED] for label, numbers in waits.waits_for.items()}
            held.state, held.attempts = State.KEPT, 0
            held.save(update_fields=["counts", "waits_for", "state", "attempts", "updated_at"])
        else:
            held.delete()
    if came:
        _bring_waiting(entry)


def _bring_waiting(entry: BinEntry) -> None:
    """Entries that could not come back whole, where what they wait for is there by now."""
    waiting = BinEntry.objects.filter(project=entry.project_id, state=State.KEPT).exclude(waits_for={})
    for other in waiting.exclude(pk=entry.pk):
        ready = any(_is_there(label, numbers) for label, numbers in other.waits_for.items())
        if ready and BinEntry.objects.filter(pk=other.pk, state=State.KEPT).update(state=State.EMPTYING, attempts=0):
            other.restored_by = entry.restored_by
            empty(other)


def _is_there(label: str, numbers: list[Any]) -> bool:
    model = apps.get_model(label)
    if model is Image and JoinedImage.objects.filter(number__in=numbers).exists():
        return True
    return bool(model._base_manager.filter(pk__in=numbers).exists())


@transaction.atomic
def purge(entry: BinEntry, actor: User | None = None) -> None:
    """The end of what lies there, with its files."""
    if BinEntry.objects.select_for_update().filter(pk=entry.pk).first() is None:
        return
    _drop_files_after_commit(entry)
    audit.record(actor, f"{entry.kind}.purged", entry, project=entry.project, **entry.counts)
    entry.delete()


def purge_project(project: Project, actor: User | None = None) -> None:
    """The end of a deleted project, with all files; what lies in its bin goes first, then images some at a time."""
    for entry in project.bin.all():
        purge(entry, actor)
    while pks := list(project.images.values_list("pk", flat=True)[:25]):
        with transaction.atomic():
            images = project.images.select_for_update().filter(pk__in=pks)
            drop_after_commit([(file.storage, str(file.name)) for row in images for file in (row.file, row.thumb)])
            images.delete()
    with transaction.atomic():
        audit.record(actor, "project.purged", project, id=project.pk)
        project.delete()


def _drop_files_after_commit(entry: BinEntry) -> None:
    for part in entry.parts.iterator(chunk_size=10):
        drop_after_commit(list(snapshot.files_of(bytes(part.data))))
