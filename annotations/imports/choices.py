"""What a person makes of a preview: which class each of the file's becomes, and what else is taken over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from annotations import named
from annotations.classes import actions as classes
from annotations.classes.attributes import take_attributes
from annotations.models import LabelClass, LabelImport
from annotations.tags.actions import find_tags
from annotations.tags.names import clean_tag
from projects import policies
from projects.errors import Refusal
from projects.models import Project, User
from projects.policies import Action

NOTHING, FILE, ALL = "no", "file", "all"
COMPLETE = (NOTHING, FILE, ALL)


@dataclass(frozen=True, slots=True)
class Choices:
    """classes: the id that each class of the file becomes; None leaves its boxes out. complete: mark no image complete,
    those that the file calls so, or all that are labelled. splits: whether the file's are taken. pictures: whether
    pictures that no label names go in too. made: ids of the classes that are new with it.
    """

    classes: Mapping[str, int | None] = field(default_factory=dict)
    complete: str = NOTHING
    splits: bool = True
    pictures: bool = True
    made: tuple[int, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def labels(self, project: Project) -> dict[str, LabelClass]:
        """The classes that boxes of the file's names get; a class that was deleted since takes none."""
        known = {label.pk: label for label in project.classes.all()}
        return {name: known[pk] for name, pk in self.classes.items() if pk in known}


def settle(actor: User, job: LabelImport, wanted: Mapping[str, Any]) -> Choices:
    """Checks a wish against the preview and makes the classes that are new; within a transaction of the caller's.

    wanted: as Choices, but a class may be named: it is made if the project has none of that name. What is not said of
    a class is what the preview proposed. Raises Refusal, Forbidden (who may not manage makes no classes, and takes
    splits only with the right to review).
    """
    given: Mapping[str, Any] = wanted.get("classes") or {}
    preview = job.preview
    names = [row["name"] for row in preview["classes"]]
    if unknown := [name for name in given if name not in names]:
        raise Refusal(_("The file has no class “%(name)s”.") % {"name": unknown[0]}, field="classes")
    proposed = {row["name"]: row["class"] or (row["name"] if _is_used(row) else None) for row in preview["classes"]}
    meant: dict[str, int | str | None] = {name: given.get(name, proposed[name]) for name in names}
    ids = {value for value in meant.values() if isinstance(value, int)}
    if ids:
        named.classes(job.project, ids)
    there = set(job.project.classes.values_list("pk", flat=True))
    made = _made(actor, job.project, [value for value in meant.values() if isinstance(value, str)])
    ids_of = {name: made[value] if isinstance(value, str) else value for name, value in meant.items()}
    take_attributes(actor, job.project, preview.get("attributes", {}), ids_of, set(made.values()) - there)
    if policies.can(actor, Action.NEW_CLASS, job.project):
        find_tags(actor, job.project, filter(None, map(clean_tag, preview.get("tags", []))))
    splits = bool(wanted.get("splits", True)) and bool(preview["splits"])
    if splits and not policies.can(actor, Action.REVIEW, job.project):
        if wanted.get("splits"):
            policies.require(actor, Action.REVIEW, job.project)
        splits = False
    return Choices(
        classes=ids_of,
        complete=wanted.get("complete", NOTHING),
        splits=splits,
        pictures=bool(wanted.get("pictures", True)),
        made=tuple(sorted(set(made.values()) - there)),
    )


def _is_used(row: Mapping[str, Any]) -> bool:
    return bool(row["boxes"] or row["predictions"])


def _made(actor: User, project: Project, names: list[str]) -> dict[str, int]:
    """The ids of classes by name; what the project does not have is made, in the order of the file."""
    if bad := [name for name in names if not classes.can_be_made(name)]:
        words = _("No class can be called “%(name)s”: choose one of the project's for it, or leave it out.")
        raise Refusal(words % {"name": bad[0][:100]}, field="classes")
    clean = {name: classes.clean_name(name) for name in dict.fromkeys(names)}
    there = dict(project.classes.values_list("name", "pk"))
    new = [name for name in dict.fromkeys(clean.values()) if name not in there]
    if new and not policies.can(actor, Action.NEW_CLASS, project):
        words = _("You cannot add classes here: choose one of the project's for “%(name)s”, or leave it out.")
        raise Refusal(words % {"name": new[0]}, code="forbidden", field="classes")
    for start in range(0, len(new), classes.MOST):
        for label in classes.create_classes(actor, project, new[start : start + classes.MOST]):
            there[label.name] = label.pk
    return {name: there[known] for name, known in clean.items()}
