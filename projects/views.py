"""Pages of people and projects: the list, first steps, the account."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db.models import Count, OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from projects import policies
from projects.models import Image, Project, ProjectFigures
from projects.web.page import page_of

PREVIEWS = 4


@login_required
def projects(request: HttpRequest) -> HttpResponse:
    rows = policies.visible_projects(request.user)
    search = _searched(request)
    if search:
        rows = rows.filter(name__icontains=search)
    previews = {
        f"preview{n}": Subquery(Image.objects.filter(project=OuterRef("pk")).order_by("id").values("pk")[n : n + 1])
        for n in range(PREVIEWS)
    }
    page = page_of(request, rows.annotate(**previews), per_page=12)
    counts = _project_counts([project.pk for project in page])
    cards = [
        {
            "project": project,
            "previews": [pk for n in range(PREVIEWS) if (pk := getattr(project, f"preview{n}"))],
            **counts[project.pk],
        }
        for project in page
    ]
    return render(request, "projects/list.html", {"page": page, "cards": cards, "search": search})


def _project_counts(ids: list[int]) -> dict[int, dict[str, int]]:
    """Images, labelled images, boxes and pending suggestions of each project, in three queries.

    Of large projects what the worker counted last (annotations.figures): they are told to a minute or so.
    """
    found = {pk: {"images": 0, "labelled": 0, "boxes": 0, "pending": 0} for pk in ids}
    kept = ProjectFigures.objects.filter(project__in=ids, counted_at__isnull=False).values_list("project", "data")
    large = {pk: {name: data[name] for name in ("images", "labelled", "boxes", "pending")} for pk, data in kept}
    for pk, figures in large.items():
        found[pk] |= figures
    small = found.keys() - large.keys()
    for pk, n in Image.objects.filter(project__in=small).order_by().values_list("project").annotate(n=Count("pk")):
        found[pk]["images"] = n
    of_page = Project.objects.filter(pk__in=small).order_by()
    # By its classes a project's boxes and suggestions are counted in their indexes alone: no row is looked at.
    boxes = {"boxes": Count("classes__boxes__label"), "labelled": Count("classes__boxes__image", distinct=True)}
    for row in of_page.annotate(**boxes).values("pk", *boxes):
        found[row.pop("pk")] |= row
    waiting = of_page.filter(classes__suggestions__state="pending")
    for pk, n in waiting.values_list("pk").annotate(n=Count("classes__suggestions__label")):
        found[pk]["pending"] = n
    return found


def _searched(request: HttpRequest) -> str:
    return request.GET.get("search", "").replace("\0", "").strip()  # PostgreSQL takes no NUL


# --- first steps ------------------------------------------------------------------------------------------------------


# --- the account ------------------------------------------------------------------------------------------------------
