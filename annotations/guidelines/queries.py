"""What a project's guidelines say now, and who has read them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.http import Http404
from django.utils.safestring import SafeString

from annotations.guidelines.markdown import render
from annotations.models import Guideline, GuidelineExample, GuidelineReading, LabelClass
from projects import policies
from projects.models import Project

if TYPE_CHECKING:
    from projects.policies import Person


@dataclass(frozen=True, slots=True)
class Section:
    """What is said of a class, or (without one) of the whole project. readers: members who have read this version."""

    label: LabelClass | None
    guideline: Guideline | None
    html: SafeString
    readers: int = 0
    good: list[GuidelineExample] = field(default_factory=list)
    bad: list[GuidelineExample] = field(default_factory=list)

    @property
    def shown(self) -> list[tuple[bool, list[GuidelineExample]]]:
        return [(True, self.good), (False, self.bad)]

    @property
    def empty(self) -> bool:
        return not (self.html or self.good or self.bad)


def newest(project: Project) -> QuerySet[Guideline]:
    """The last version of each."""
    later = Guideline.objects.filter(project=project, version__gt=OuterRef("version"))
    of_class = later.filter(label=OuterRef("label"))
    return Guideline.objects.filter(
        Q(label=None) & ~Exists(later.filter(label=None)) | Q(label__isnull=False) & ~Exists(of_class), project=project
    )


def sections(project: Project) -> list[Section]:
    """The project's own first, then every class in its order."""
    members = Q(readings__person__memberships__project=F("project"))
    rows = newest(project).select_related("author").annotate(readers=Count("readings", filter=members, distinct=True))
    said = {one.label_id: one for one in rows}
    shown: dict[int, dict[bool, list[GuidelineExample]]] = defaultdict(lambda: {True: [], False: []})
    for example in GuidelineExample.objects.filter(label__project=project).order_by("id"):
        shown[example.label_id][example.good].append(example)
    labels: list[LabelClass | None] = [None, *project.classes.order_by("position", "id")]
    return [_section(label, said, shown) for label in labels]


def _section(
    label: LabelClass | None,
    said: Mapping[int | None, Guideline],
    shown: dict[int, dict[bool, list[GuidelineExample]]],
) -> Section:
    guideline = said.get(label.pk if label else None)
    html = render(guideline.text) if guideline else SafeString("")
    examples = shown[label.pk] if label else {True: [], False: []}
    return Section(label, guideline, html, getattr(guideline, "readers", 0), examples[True], examples[False])


def unread(user: Person, project: Project) -> bool:
    """Whether something was written that this person has not read."""
    read = GuidelineReading.objects.filter(guideline=OuterRef("pk"), person=user.pk)
    return newest(project).exclude(text="").filter(~Exists(read)).exists()


def get_example(user: Person, project: Project, pk: int) -> GuidelineExample:
    seen = GuidelineExample.objects.filter(label__project__in=policies.visible_projects(user), label__project=project)
    found = seen.filter(pk=pk).select_related("label__project").first()
    if found is None:
        raise Http404
    return found
