"""The pages of versions: the list, one version, two side by side, a restore on its way."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from annotations import named
from annotations.blindness import hidden_images
from annotations.formats.table import FORMATS
from annotations.models import DatasetVersion, Restore, VersionComparison
from annotations.versions import actions, comparisons, queries, restores
from annotations.versions.comparison import Kind
from annotations.versions.drawing import marks
from projects import policies
from projects.web.actor import actor_of
from projects.web.page import open_project, page_of, verb

PICTURES = 24
CHOICES = 200  # versions that a page offers to compare with


@login_required
def versions(request: HttpRequest, pk: int) -> HttpResponse:
    project, context = open_project(request, pk, "versions")
    automatic = request.GET.get("automatic") == "1"
    context |= {
        "page": page_of(request, queries.versions_of(project, automatic=automatic)),
        "automatic": automatic,
        "restores": project.restores.select_related("version", "dataset", "created_by", "undoes", "undone_by")[:5],
    }
    return render(request, "annotations/versions.html", context)


@verb("versions")
def version_new(request: HttpRequest, pk: int) -> HttpResponse:
    project = policies.get_project(request.user, pk)
    wanted = {name: request.POST.get(name, "") for name in ("name", "notes")}
    made = actions.make_version(actor_of(request), project, **wanted)
    messages.success(request, _("%(version)s “%(name)s” is kept.") % {"version": made, "name": made.name})
    return redirect("version", pk, made.pk)


@login_required
def version(request: HttpRequest, pk: int, version: int) -> HttpResponse:
    project, context = open_project(request, pk, "versions")
    found = queries.get_version(project, version)
    context |= {
        "version": found,
        "rows": [row | found.figures["classes"][str(row["id"])] for row in found.classes],
        "others": _choices(project, found),
        "live_datasets": project.datasets.all(),
        "exports": found.exports.all(),
        "formats": FORMATS.values(),
        "crumb": str(found),
    }
    return render(request, "annotations/version.html", context)


@verb("versions")
def version_compare_now(request: HttpRequest, pk: int, version: int) -> HttpResponse:
    """With the project as it stands: kept as a version, so that the comparison and its pages stay what they are."""
    project = policies.get_project(request.user, pk)
    found = queries.get_version(project, version)
    now = actions.keep_now(actor_of(request), project)
    return redirect(f"{reverse('version-compare', args=[pk])}?before={found.pk}&after={now.pk}")


@login_required
def version_compare(request: HttpRequest, pk: int) -> HttpResponse:
    project, context = open_project(request, pk, "versions")
    chosen = [request.GET.get(side, "") for side in ("before", "after")]
    context |= {"choices": _choices(project), "crumb": _("Compare versions")}
    if not all(value.isdecimal() for value in chosen):
        return render(request, "annotations/version_compare.html", context)
    before, after = (queries.get_version(project, int(value)) for value in chosen)
    comparison, hidden = comparisons.compare(before, after), set(hidden_images(actor_of(request), project))
    kind = request.GET.get("kind", "")
    kind = kind if kind in set(Kind) else ""
    colors = {row["id"]: row["color"] for row in (*before.classes, *after.classes)}
    page = page_of(request, comparisons.changed_images(comparison, kind, but=hidden), PICTURES)
    context |= {
        "before": before,
        "after": after,
        "figures": comparison.figures,
        "kinds": [(one, words, _count(comparison, one)) for one, words in _kinds()],
        "tags": comparison.figures["tags"],
        "kind": kind,
        "rows": comparisons.class_rows(comparison),
        "page": page,
        "pictures": [(one, marks(one, colors)) for one in comparisons.pictures(comparison, list(page))],
    }
    return render(request, "annotations/version_compare.html", context)


@verb("versions")
def version_restore(request: HttpRequest, pk: int, version: int) -> HttpResponse:
    project = policies.get_project(request.user, pk)
    wanted = request.POST.get("dataset", "")
    dataset = named.dataset(project, int(wanted)) if wanted.isdecimal() else None
    job = restores.start_restore(actor_of(request), queries.get_version(project, version), dataset)
    return redirect("restore", pk, job.pk)


@login_required
def restore(request: HttpRequest, pk: int, restore: int) -> HttpResponse:
    project, context = open_project(request, pk, "versions")
    job = queries.get_restore(project, restore)
    context |= {
        "job": job,
        "counts": _counts(job),
        "result": restores.result_of(job),
        "undone": Restore.objects.filter(undoes=job).first(),
        "crumb": _("Restore"),
    }
    return render(request, "annotations/restore.html", context)


@verb("versions")
def restore_undo(request: HttpRequest, pk: int, restore: int) -> HttpResponse:
    project = policies.get_project(request.user, pk)
    job = restores.undo_restore(actor_of(request), queries.get_restore(project, restore))
    return redirect("restore", pk, job.pk)


def _choices(project: Any, but: DatasetVersion | None = None) -> list[DatasetVersion]:
    rows = queries.versions_of(project).select_related(None).exclude(pk=but.pk if but else 0)
    return list(rows.only("id", "number", "name", "reason", "made_at", "project")[:CHOICES])


def _count(comparison: VersionComparison, kind: Kind) -> int:
    if kind == Kind.TAGGED:
        return sum(one["given"] + one["taken"] for one in comparison.figures["tags"].values())
    return int(comparison.figures["boxes"].get(kind, 0))


def _kinds() -> list[tuple[Kind, str]]:
    return [
        (Kind.ADDED, _("Boxes added")),
        (Kind.MOVED, _("Boxes moved")),
        (Kind.REMOVED, _("Boxes removed")),
        (Kind.RELABELLED, _("Boxes of another class")),
        (Kind.FLAGGED, _("Boxes with other flags")),
        (Kind.TAGGED, _("Tags given or taken off")),
    ]


def _counts(job: Restore) -> list[tuple[str, int]]:
    """What a restore changed, in words; what it did not is left out."""
    found = restores.result_of(job)
    words = {
        "added": _("Boxes brought back"),
        "moved": _("Boxes moved back"),
        "removed": _("Boxes removed"),
        "relabelled": _("Boxes of their old class again"),
        "flagged": _("Boxes with their old flags again"),
        "completed": _("Marked complete again"),
        "reopened": _("No longer complete"),
        "splits": _("Images in their old split"),
        "made": _("Classes made again"),
        "brought": _("Images brought back from the bin"),
        "newer": _("Newer images, left as they are"),
        "stayed": _("Images changed since, left as they are"),
        "gone": _("Images that are gone"),
    }
    return [(word, found[name]) for name, word in words.items() if found[name]]
