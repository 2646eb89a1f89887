"""What a request names of a project: a member, a dataset, classes.

Raises Refusal with the field where there is none such.
"""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext as _

from annotations.models import LabelClass
from projects.errors import Refusal
from projects.models import Dataset, Project, User


def member(project: Project, pk: int | None) -> User | None:
    """None for nobody."""
    if pk is None:
        return None
    person: User | None = project.members.filter(pk=pk).first()
    if person is None:
        raise Refusal(_("This person is not a member."), field="assignee")
    return person


def dataset(project: Project, pk: int) -> Dataset:
    found = project.datasets.filter(pk=pk).first()
    if found is None:
        raise Refusal(_("This dataset is not of this project."), field="dataset")
    return found


def classes(project: Project, ids: Collection[int] | None, *, field: str = "classes") -> list[LabelClass]:
    """Those of the ids, which must all be there; all of them where none is named. field: of the request."""
    known = list(project.classes.all())
    if missing := set(ids or ()) - {label.pk for label in known}:
        raise Refusal(_("This project has no class %(id)s.") % {"id": min(missing)}, field=field)
    return [label for label in known if not ids or label.pk in ids]
