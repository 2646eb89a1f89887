"""The gallery's page, which a script makes endless, and the forms that do the same without one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotations import named
from annotations.attribute_values import AttributeFilter
from annotations.gallery import actions, completion, saved_views
from annotations.gallery.filters import EXACT, KEYS, MINE, NEAR, NOBODY, GalleryFilter, may_work, narrowed
from annotations.gallery.rows import ids_and_groups, ids_of, rows
from annotations.models import LabelClass, Origin, WorkImage
from annotations.splits import actions as split_actions
from annotations.tags.actions import set_tag
from projects import policies
from projects.errors import Refusal
from projects.images.uploads import upload_data
from projects.models import Dataset, Image, Project, User
from projects.policies import Action
from projects.web.actor import actor_of
from projects.web.page import open_project, verb

PER_PAGE = 60
MOST_COUNTED = 3_000  # of what a filter leaves: who turns pages looks no further, and the script asks for all of them
ASKED_FIRST = {"complete": Action.LABEL, "delete": Action.MANAGE}  # what says or takes much at once, and who may
Choices = Sequence[tuple[str, str]]


@login_required
def images(request: HttpRequest, pk: int) -> HttpResponse:
    project, context = open_project(request, pk, "images")
    user = _user(request)
    datasets: list[Any] = list(project.datasets.annotate(n=Count("images")))  # each with its n
    classes = list(project.classes.all())
    wanted = _known(GalleryFilter.parse(request.GET), datasets, classes)
    chosen = next((dataset for dataset in datasets if dataset.pk == wanted.dataset), None)
    total = sum(dataset.n for dataset in datasets)
    found = narrowed(project, wanted, user)
    groups: Sequence[Any] = ()
    page: Page[Any]
    if wanted.narrows:  # asked once for their number, their groups and this page of them
        if wanted.copies:
            ids, groups = ids_and_groups(found, KEYS[wanted.copies])
        else:
            ids = ids_of(found[: MOST_COUNTED + 1])
        page = Paginator(ids[:MOST_COUNTED], PER_PAGE).get_page(request.GET.get("page"))
        there = Image.objects.in_bulk(list(page))
        images = [there[pk] for pk in page if pk in there]
    else:
        ids = []
        pages = Paginator(found, PER_PAGE)
        pages.count = chosen.n if chosen else total  # counted already
        page = pages.get_page(request.GET.get("page"))
        images = list(page)
    people = list(may_work(project))
    can: frozenset[Action] = context["can"]
    context |= {
        "page": page,
        "capped": len(ids) > MOST_COUNTED,
        "thumbs": rows(project, images, actor_of(request)),
        "datasets": datasets,
        "classes": classes,
        "chosen": chosen,
        "wanted": wanted,
        "groups": len(groups),
        "uncompared": project.images.filter(compared=False).count() if wanted.copies else 0,
        "query": wanted.query(),
        "people": people,
        "receivers": actions.receivers(user, can, people),
        "saved": [(view, view.query == wanted.query()) for view in project.saved_views.filter(user=user)],
        "total": total,
        "upload": upload_data(project, datasets, chosen),
        "data": {
            "project": project.pk,
            "query": wanted.query(),
            "total": page.paginator.count,
            "classes": [{"id": label.pk, "name": label.name, "color": label.color} for label in classes],
        },
        "attributes": sorted({one.name for label in classes for one in label.asked}),
        "tags": list(project.tags.order_by("name")),
        "said": AttributeFilter.parse(wanted.attribute),
        **choices(people, user),
    }
    return render(request, "annotations/images.html", context)


def _known(wanted: GalleryFilter, datasets: list[Dataset], classes: list[LabelClass]) -> GalleryFilter:
    """A dataset or a class that the project has not is no filter."""
    given = QueryDict(wanted.query(), mutable=True)
    if wanted.dataset not in {dataset.pk for dataset in datasets}:
        given.pop("dataset", None)
    if wanted.label not in {label.pk for label in classes}:
        given.pop("class", None)
    return GalleryFilter.parse(given)


def choices(people: list[User], user: User) -> dict[str, Choices]:
    """The words of each filter's values."""
    others = [(str(person.pk), str(person)) for person in people if person != user]
    return {
        "states": [
            ("", _("All images")),
            ("boxes", _("With boxes")),
            ("empty", _("Without boxes")),
            ("suggestions", _("With suggestions to review")),
            ("complete", _("Complete")),
            ("open", _("Not complete")),
        ],
        "assignees": [("", _("Anybody")), (MINE, _("Me")), (NOBODY, _("Nobody")), *others],
        "origins": [("", _("Any")), *((value, str(label)) for value, label in Origin.choices)],
        "sizes": [
            ("", _("Any")),
            ("small", _("Under 1 megapixel")),
            ("medium", _("1 to 8 megapixels")),
            ("large", _("8 megapixels and more")),
        ],
        "splits": [(value, str(label)) for value, label in Image.Split.choices],
        "works": [(value, str(label)) for value, label in WorkImage.State.choices],
        "flags": [
            ("occluded", _("occluded")),
            ("truncated", _("cut off")),
            ("difficult", _("difficult")),
            ("crowd", _("a group")),
            ("ignore", _("an ignore region")),
        ],
        "copies": [("", _("Any")), (EXACT, _("Exact copies")), (NEAR, _("Near copies"))],
        "orders": [
            ("", _("Oldest first")),
            ("newest", _("Newest first")),
            ("name", _("Name, A to Z")),
            ("-name", _("Name, Z to A")),
        ],
    }


@verb("images")
def images_bulk(request: HttpRequest, pk: int) -> HttpResponse:
    """What the API's verbs do, for the images that are ticked on one page."""
    project = policies.get_project(request.user, pk)
    ids = [int(value) for value in request.POST.getlist("image") if value.isdecimal()]
    if not ids:
        raise Refusal(_("Choose images first."))
    if request.POST.get("do") in ASKED_FIRST and "sure" not in request.POST:
        return _ask(request, project, ids)
    messages.success(request, _do(request, project, ids))
    return redirect(_back(request, project))


def _ask(request: HttpRequest, project: Project, ids: list[int]) -> HttpResponse:
    """What would be done, on a page of its own; nothing is done yet. A script asks the same before it sends
    anything.
    """
    do = request.POST["do"]
    _project, context = open_project(request, project.pk, "images", ASKED_FIRST[do])
    context |= {
        "do": do,
        "query": request.POST.get("query", ""),
        "back": _back(request, project),
        "images": project.images.filter(pk__in=ids).order_by("id"),
    }
    if do == "complete":
        context["label"] = label = _number(request, "class")
        labels = named.classes(project, None if label is None else [label])
        context["previews"] = completion.preview(_user(request), project, ids, labels)
    return render(request, "annotations/gallery_sure.html", context)


def _do(request: HttpRequest, project: Project, ids: list[int]) -> str:
    user, do = _user(request), request.POST.get("do", "")
    if do == "delete":
        entry = actions.delete(user, project, ids)
        n = len(entry.numbers) if entry else 0
        return ngettext("%(n)d image lies in the bin.", "%(n)d images lie in the bin.", n) % {"n": n}
    if do == "assign":
        n = actions.assign(user, project, ids, named.member(project, _number(request, "assignee"))).count
        return ngettext("%(n)d image assigned.", "%(n)d images assigned.", n) % {"n": n}
    if do == "move":
        moved = actions.move(user, project, ids, named.dataset(project, _number(request, "dataset") or 0))
        message = ngettext("%(n)d image moved.", "%(n)d images moved.", moved.count) % {"n": moved.count}
        if moved.stayed:
            message += " " + _("There already: %(names)s.") % {"names": ", ".join(moved.stayed[:20])}
        return message
    if do == "split":
        n = len(split_actions.assign(user, project, ids, request.POST.get("split", "")).moves)
        return ngettext("%(n)d image is in another split now.", "%(n)d images are in another split now.", n) % {"n": n}
    if do in ("tag", "untag"):
        n = len(set_tag(user, project, ids, request.POST.get("tag", ""), value=do == "tag").images)
        return ngettext("%(n)d image changed.", "%(n)d images changed.", n) % {"n": n}
    if do in ("complete", "reopen"):
        label = _number(request, "class")
        labels = named.classes(project, None if label is None else [label])
        n = completion.set_complete(user, project, ids, labels, value=do == "complete").count
        return ngettext("%(n)d image changed.", "%(n)d images changed.", n) % {"n": n}
    raise Refusal(_("There is nothing to do."))


def _number(request: HttpRequest, name: str) -> int | None:
    """The id that a field of the form names; None where it names none."""
    text = request.POST.get(name, "")
    if not text:
        return None
    if not text.isdecimal():
        raise Refusal(_("This is no number: %(text)s.") % {"text": text[:20]}, field=name)
    return int(text)


# --- saved views ------------------------------------------------------------------------------------------------------
@verb("images")
def view_save(request: HttpRequest, pk: int) -> HttpResponse:
    project = policies.get_project(request.user, pk)
    query = GalleryFilter.parse(QueryDict(request.POST.get("query", ""))).query()
    view = saved_views.save(_user(request), project, name=request.POST.get("name", ""), query=query)
    messages.success(request, _("View “%(name)s” is saved.") % {"name": view.name})
    return redirect(f"{reverse('images', args=[pk])}?{view.query}")


@verb("images")
def view_delete(request: HttpRequest, pk: int, view: int) -> HttpResponse:
    project = policies.get_project(request.user, pk)
    found = get_object_or_404(project.saved_views.filter(user=_user(request)), pk=view)
    saved_views.delete(_user(request), found)
    messages.success(request, _("View “%(name)s” is gone.") % {"name": found.name})
    return redirect(_back(request, project))


def _back(request: HttpRequest, project: Project) -> str:
    query = GalleryFilter.parse(QueryDict(request.POST.get("query", ""))).query()
    return reverse("images", args=[project.pk]) + (f"?{query}" if query else "")


def _user(request: HttpRequest) -> Any:
    assert isinstance(request.user, User)
    return request.user
