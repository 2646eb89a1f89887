"""Pages of jobs: all of a project, one job with its images, making some, and the way to the next image."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotations import named
from annotations.gallery.filters import GalleryFilter as GalleryFilter
from annotations.gallery.filters import may_work, narrowed
from annotations.gallery.rows import ids_of
from annotations.models import WorkImage, WorkJob, WorkSample
from annotations.work import actions, queries, reviewing, sampling, turns
from annotations.work.forms import JobForm, NewJobsForm, SampleForm
from projects import policies
from projects.errors import Refusal
from projects.models import Image, Project
from projects.policies import Action
from projects.web.actor import actor_of
from projects.web.page import add_refusal, open_project, page_of, verb

State = WorkImage.State
SAMPLE, MOST_ERRORS = 20, 1  # what the form of a sample begins with
DOUBT = 0.2  # share of wrong images for which a sample's chance to pass is told


@login_required
def jobs(request: HttpRequest, pk: int) -> HttpResponse:
    project, context = open_project(request, pk, "work")
    page = page_of(request, queries.jobs_of(project))
    found = queries.progress(page)
    apart = queries.people_apart(page)
    reviews = Action.REVIEW in context["can"]
    context |= {
        "page": page,
        "rows": [_row(job, found[job.pk]) | {"apart": apart.get(job.pk, ())} for job in page],
        "progress": queries.project_progress(project),
        "mine": queries.mine(actor_of(request), project, reviews=reviews),
    }
    return render(request, "annotations/work.html", context)


def _row(job: WorkJob, progress: queries.Progress) -> dict[str, Any]:
    return {"job": job, "progress": progress, "late": queries.is_late(job.due, progress.open)}


@login_required
def job(request: HttpRequest, pk: int, job: int) -> HttpResponse:
    project, context = open_project(request, pk, "work")
    found = queries.get_job(request.user, pk, job)
    state = request.GET.get("state", "")
    states = [state] if state in State.values else []
    page = page_of(request, queries.with_names(queries.images_of(project, job=found.pk, states=states)), 50)
    progress = queries.progress([found])[found.pk]
    now = {"name": found.name, "assignee": found.assignee_id, "priority": found.priority, "due": found.due}
    context |= {
        **_row(found, progress),
        "classes": list(found.classes.all()),
        "page": page,
        "state": state,
        "states": [(part.state, part.label, part.count) for part in progress.parts],
        "form": JobForm(initial=now, people=_people(project), auto_id="job-%s"),
        "sample_form": SampleForm(
            initial={"size": min(SAMPLE, progress.submitted), "most_errors": MOST_ERRORS, "seed": found.pk},
            auto_id="sample-%s",
        ),
        "samples": [_sample(sample) for sample in found.samples.all()[:10]],
        "crumb": found.name,
    }
    return render(request, "annotations/work_job.html", context)


def _sample(sample: WorkSample) -> dict[str, Any]:
    size = len(sample.images)
    wrong = round(DOUBT * sample.lot)
    left = WorkImage.objects.filter(image__in=sample.images, state=State.SUBMITTED).count()
    chance = sampling.passes(sample.lot, wrong, size, sample.most_errors)
    return {"row": sample, "size": size, "left": left, "doubt": round(100 * DOUBT), "chance": round(100 * chance)}


@login_required
def make(request: HttpRequest, pk: int) -> HttpResponse:
    """The form of new jobs, for the images of a filter (GET) or for those that were chosen (POST)."""
    project, context = open_project(request, pk, "work", Action.JOBS)
    chosen = [one for one in request.POST.get("images", "").split(",") if one] or request.POST.getlist("image")
    ids = [int(one) for one in chosen if one.isascii() and one.isdecimal() and len(one) < 19]
    query = GalleryFilter.parse(request.GET).query()
    form = _new_form(project)
    return render(request, "annotations/work_make.html", context | _about(request, project, ids, query, form))


def _about(request: HttpRequest, project: Project, ids: list[int], query: str, form: NewJobsForm) -> dict[str, Any]:
    rows = project.images.filter(pk__in=ids) if ids else _filtered(request, project, query)
    return {
        "form": form,
        "images": ",".join(map(str, ids)),
        "query": query,
        "count": rows.order_by().count(),
        "free": rows.filter(work=None).order_by().count(),
        "crumb": _("New jobs"),
    }


def _filtered(request: HttpRequest, project: Project, query: str) -> Any:
    return narrowed(project, GalleryFilter.parse(QueryDict(query)), actor_of(request))


def _new_form(project: Project, data: Any = None) -> NewJobsForm:
    classes = [(label.pk, label.name) for label in project.classes.all()]
    return NewJobsForm(data, people=_people(project), classes=classes, auto_id="new-%s")


def _people(project: Project) -> list[tuple[int, str]]:
    return [(person.pk, str(person)) for person in may_work(project)]


@verb("work")
def new(request: HttpRequest, pk: int) -> HttpResponse:
    project, context = open_project(request, pk, "work", Action.JOBS)
    form = _new_form(project, request.POST)
    ids = [int(one) for one in request.POST.get("images", "").split(",") if one.isdecimal() and len(one) < 19]
    query = request.POST.get("query", "")
    if form.is_valid():
        try:
            handed = _hand_out(request, project, ids or ids_of(_filtered(request, project, query)), form.cleaned_data)
        except Refusal as error:
            add_refusal(form, error)
        else:
            words = ngettext("%(n)d image handed out.", "%(n)d images handed out.", handed.images)
            messages.success(request, words % {"n": handed.images})
            return redirect("work", pk)
    return render(request, "annotations/work_make.html", context | _about(request, project, ids, query, form))


def _hand_out(request: HttpRequest, project: Project, ids: list[int], data: dict[str, Any]) -> actions.HandOut:
    people = [person for pk in data["people"] if (person := named.member(project, pk))]
    wanted = actions.JobRequest(
        name=data["name"],
        people=people,
        each=data["each"],
        classes=named.classes(project, data["classes"]) if data["classes"] else (),
        priority=data["priority"],
        due=data["due"],
        overlap=data["overlap"] or 1,
        checks=data["checks"] or 0,
    )
    return actions.hand_out(actor_of(request), project, ids, wanted)


@verb("work")
def change(request: HttpRequest, pk: int, job: int) -> HttpResponse:
    """do: save, take-back, free (what was skipped), or sample."""
    found, do = queries.get_job(request.user, pk, job), request.POST.get("do", "save")
    back = redirect("work-job", pk, job)
    try:
        said = _change(request, found, do)
    except Refusal as error:
        messages.error(request, error.detail)
        return back
    messages.success(request, said)
    return back if WorkJob.objects.filter(pk=job).exists() else redirect("work", pk)


def _change(request: HttpRequest, job: WorkJob, do: str) -> str:
    actor = actor_of(request)
    if do == "sample":
        policies.require(actor, Action.REVIEW, job.project)
        form = SampleForm(request.POST)
        if not form.is_valid():
            raise Refusal(_("Say how many images, and how many of them may be returned."))
        reviewing.draw_sample(actor, job, **form.cleaned_data)
        return _("The sample is drawn.")
    if do == "take-back":
        n = actions.take_back(actor, job)
        return ngettext("%(n)d image is in no job any more.", "%(n)d images are in no job any more.", n) % {"n": n}
    if do == "free":
        ids = list(job.images.filter(state=State.SKIPPED).values_list("image_id", flat=True)[:200])
        n = len(actions.free(actor, job.project, ids))
        return ngettext("%(n)d image can be taken again.", "%(n)d images can be taken again.", n) % {"n": n}
    policies.require(actor, Action.JOBS, job.project)
    edit = JobForm(request.POST, people=_people(job.project))
    if not edit.is_valid():
        raise Refusal(" ".join(str(error) for errors in edit.errors.values() for error in errors))
    wanted = edit.cleaned_data
    assignee = named.member(job.project, wanted.pop("assignee"))
    actions.change(actor, job, assignee=assignee, **wanted)
    return _("Saved.")


@verb("work")
def take_next(request: HttpRequest, pk: int) -> HttpResponse:
    """To the image that it is this person's turn to work on."""
    project = policies.get_project(request.user, pk)
    item = turns.take_next(actor_of(request), project)
    if item is None:
        messages.info(request, _("Nothing waits for you in this project's jobs."))
        return redirect("work", pk)
    return redirect(_address(item.image, job=item.job_id))


@login_required
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """To the first image that waits for a reviewer, of one job, of a sample, or of all."""
    project, _context = open_project(request, pk, "work", Action.REVIEW)
    given = {name: request.GET.get(name, "") for name in ("job", "sample")}
    wanted = {name: int(value) for name, value in given.items() if value.isdecimal() and len(value) < 19}
    rows = queries.images_of(project, states=[State.SUBMITTED])
    if "job" in wanted:
        rows = rows.filter(job=wanted["job"])
    if "sample" in wanted:
        sample = WorkSample.objects.filter(job__project=project, pk=wanted["sample"]).first()
        rows = rows.filter(image__in=sample.images if sample else [])
    item = rows.select_related("image").first()
    if item is None:
        messages.info(request, _("Nothing waits for a review."))
        return redirect("work", pk)
    return redirect(_address(item.image, state=State.SUBMITTED.value, **wanted))


def _address(image: Image, **walk: Any) -> str:
    """The editor at this image, on its way through the list."""
    return reverse("editor", args=[image.pk]) + "?" + urlencode({"from": "work", **walk})
