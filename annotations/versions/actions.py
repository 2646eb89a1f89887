"""Verbs on versions: making one, by hand or by the house itself, and keeping the hash of an export."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from annotations.models import DatasetVersion, VersionBlock
from annotations.versions.snapshot import Snapshot, take_snapshot
from projects import audit, policies
from projects.errors import Refusal
from projects.models import Project, User
from projects.policies import Action

Reason = DatasetVersion.Reason
AT_ONCE = 25  # blocks in one transaction, a megabyte or three
LONGEST_NAME, LONGEST_NOTES = 120, 5000


def make_version(actor: User, project: Project, *, name: str, notes: str = "") -> DatasetVersion:
    """A named version of the project as it stands. Raises Refusal for a name that is none."""
    policies.require(actor, Action.LABEL, project)
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise Refusal(_("A version needs a name of 1 to %(n)d characters.") % {"n": LONGEST_NAME}, field="name")
    if len(notes) > LONGEST_NOTES:
        raise Refusal(_("These notes are longer than %(n)d characters.") % {"n": LONGEST_NOTES}, field="notes")
    return _store(project, take_snapshot(project), Reason.MADE, actor, name=name, notes=notes.strip())


def keep_now(actor: User, project: Project) -> DatasetVersion:
    """The project as it stands, to compare with. For everybody who sees it: nothing that people work on changes."""
    policies.require(actor, Action.READ, project)
    return version_of_now(project, Reason.COMPARED, actor)


def version_of_now(project: Project, reason: Reason, actor: User | None) -> DatasetVersion:
    """The project as it stands, without a name: the newest version where nothing has changed since, else a new one."""
    taken = take_snapshot(project)
    last = DatasetVersion.objects.filter(project=project).order_by("-number").first()
    if last is not None and not taken.new and _is_of(last, taken):
        return last
    return _store(project, taken, reason, actor)


def _is_of(version: DatasetVersion, taken: Snapshot) -> bool:
    same = (version.classes, version.datasets) == (taken.classes, taken.datasets)
    return same and version.blocks == _ids(version.project_id, taken.keys)


def _store(
    project: Project, taken: Snapshot, reason: Reason, actor: User | None, *, name: str = "", notes: str = ""
) -> DatasetVersion:
    """Blocks first, in small transactions: one that no version names yet does no harm, and is found again by its
    key.
    """
    fresh = list(taken.new.values())
    for start in range(0, len(fresh), AT_ONCE):
        with transaction.atomic():
            VersionBlock.objects.bulk_create(fresh[start : start + AT_ONCE], ignore_conflicts=True)
    blocks = _ids(project.pk, taken.keys)
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # two at once would take the same number
        last = DatasetVersion.objects.filter(project=project).order_by("-number").first()
        version = DatasetVersion.objects.create(
            project=project, number=last.number + 1 if last else 1, name=name, notes=notes, reason=reason,
            made_by=actor, made_at=taken.at, classes=taken.classes, datasets=taken.datasets, blocks=blocks,
            figures=taken.figures,
        )  # fmt: skip
        if reason == Reason.MADE:
            audit.record(actor, "version.made", f"{version} {name}", project=project, images=taken.figures["images"])
    return version


def _ids(project_id: int, keys: Sequence[str]) -> list[int]:
    found: dict[str, int] = {}
    for start in range(0, len(keys), 500):
        rows = VersionBlock.objects.filter(project=project_id, key__in=keys[start : start + 500])
        found.update(rows.values_list("key", "pk"))
    return [found[key] for key in keys]
