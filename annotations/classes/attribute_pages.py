"""The page where a manager says what the boxes of a class are asked for."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from annotations.attributes import Attribute, Kind, text_of
from annotations.classes.actions import update_class
from annotations.classes.attributes import MOST
from projects.errors import Refusal
from projects.policies import Action
from projects.web.actor import actor_of
from projects.web.page import open_project

Row = dict[str, Any]
BLANK: Row = {"name": "", "kind": str(Kind.CHOICE), "choices": "", "default": "", "required": False}


@login_required
def class_attributes(request: HttpRequest, pk: int, label: int) -> HttpResponse:
    """A post with `do=more` keeps nothing, and shows one more row."""
    project, context = open_project(request, pk, "settings", Action.CLASSES)
    found = get_object_or_404(project.classes.select_related("project"), pk=label)
    rows, problem = [_shown(one) for one in found.asked], ""
    if request.method == "POST":
        rows = _posted(request.POST)
        if request.POST.get("do") != "more":
            try:
                update_class(actor_of(request), found, attributes=[_meant(row) for row in rows if row["name"]])
            except Refusal as error:
                problem = error.detail
            else:
                messages.success(request, _("Saved."))
                return redirect("class-attributes", pk, label)
    kinds = [
        (Kind.CHOICE, _("Choice")), (Kind.NUMBER, _("Number")), (Kind.TEXT, _("Text")), (Kind.YES_NO, _("Yes or no")),
    ]  # fmt: skip
    context |= {"label": found, "rows": [*rows, BLANK], "kinds": kinds, "problem": problem, "crumb": found.name}
    return render(request, "annotations/class_attributes.html", context)


def _shown(one: Attribute) -> Row:
    default = "" if one.default is None else text_of(one.default)
    return one.row() | {"choices": "\n".join(one.choices), "default": default}


def _posted(given: QueryDict) -> list[Row]:
    count = given.get("rows", "0")
    rows = []
    for place in range(min(int(count), MOST + 1) if count.isdecimal() and len(count) < 4 else 0):
        row = {field: given.get(f"{field}-{place}", "").strip() for field in ("name", "kind", "choices", "default")}
        if row["name"]:
            rows.append(row | {"required": f"required-{place}" in given})
    return rows


def _meant(row: Row) -> Row:
    """With choices as a list, and a default of the kind's own."""
    kind = row["kind"]
    choices = [line for line in row["choices"].splitlines() if line.strip()] if kind == Kind.CHOICE else []
    default: object = row["default"] or None
    if kind in (Kind.NUMBER, Kind.YES_NO) and default is not None:
        read = Attribute(row["name"], Kind(kind)).read(default)
        default = default if read is None else read
    return row | {"choices": choices, "default": default}
