"""Into the bin, out of it, and out of the world: step by step, each step a short transaction."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from projects import audit
from projects.bin import snapshot
from projects.bin.kinds import kinds
from projects.models import BinEntry, Project, User

State = BinEntry.State


def fill(entry: BinEntry) -> None:
    """Deletes what the entry names, to the end."""
    for _step in kinds[entry.kind].parts(entry):
        pass
    BinEntry.objects.filter(pk=entry.pk, state=State.FILLING).update(state=State.KEPT, updated_at=timezone.now())
    entry.state = State.KEPT


def empty(entry: BinEntry) -> int:
    """Puts everything back, last part first; the entry goes with its last part. Returns how many rows could not come."""
    lost = 0
    kind = kinds[entry.kind]
    while True:
        with transaction.atomic():
            # The lock lets one restore at a time: what it put back, it takes out of the bin.
            held = BinEntry.objects.select_for_update().filter(pk=entry.pk).first()
            if held is None:
                return lost
            part = held.parts.order_by("-id").first()
            if part is None:
                data = {"kind": entry.kind, "lost": lost, **entry.counts}
                audit.record(entry.restored_by, f"{entry.kind}.restored", entry, project=entry.project, **data)
                held.delete()
                return lost
            restored = snapshot.put_back(bytes(part.data))
            kind.restored(entry.restored_by, restored)
            lost += restored.lost
            part.delete()
            held.save(update_fields=["updated_at"])


@transaction.atomic
def purge(entry: BinEntry, actor: User | None = None) -> None:
    """The end of what lies there, with its files."""
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
            _drop_after_commit([(file.storage, str(file.name)) for row in images for file in (row.file, row.thumb)])
            images.delete()
    with transaction.atomic():
        audit.record(actor, "project.purged", project, id=project.pk)
        project.delete()


def _drop_files_after_commit(entry: BinEntry) -> None:
    for part in entry.parts.iterator(chunk_size=10):
        _drop_after_commit(list(snapshot.files_of(bytes(part.data))))


def _drop_after_commit(files: list[tuple[object, str]]) -> None:
    def drop() -> None:
        for storage, name in files:
            storage.delete(name)  # type: ignore[attr-defined]

    transaction.on_commit(drop)
