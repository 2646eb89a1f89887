"""The admin console over classes, boxes, their history and suggestions.

Boxes are only looked at: the editor changes them.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from annotations.classes.actions import update_class
from annotations.models import Box, BoxHistory, Corners, LabelClass, Suggestion
from projects.models import Dataset, Image, Project
from projects.web.actor import actor_of
from projects.web.admin import ChangesByAction, ReadOnlyAdmin, counted, counters
from projects.web.admin_search import MOST, IndexSearch, by_file_name, by_number, by_person, by_uuid, one_of


@admin.register(LabelClass)
class ClassAdmin(ChangesByAction):
    list_display = ("id", "name", "project", "swatch", "hotkey", "position")
    list_display_links = ("id", "name")
    list_select_related = ("project",)
    search_fields = ("name", "=id", "project__name")
    search_help_text = _("Name, number or project")
    fields = ("project", "name", "color", "hotkey", "position")
    readonly_fields = ("project",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # the portal does it box by box, with history

    def act_change(self, request: HttpRequest, row: LabelClass, changed: dict[str, Any]) -> None:
        update_class(actor_of(request), row, **changed)

    @admin.display(description=_("colour"))
    def swatch(self, label: LabelClass) -> str:
        return format_html('<svg width="14" height="14"><rect width="14" height="14" fill="{}"/></svg>', label.color)


class WithCorners(IndexSearch, ReadOnlyAdmin):
    search_help_text = _("Number, file name or class")

    @admin.display(description=_("corners in pixels"))
    def corners(self, row: Corners) -> str:
        known = [value for value in row.xyxy if value is not None]
        return ", ".join(f"{value:.0f}" for value in known) or "–"


class OfImage(WithCorners):
    @admin.display(description=_("project"))
    def project(self, row: Box | Suggestion) -> Project:
        return row.image.project

    @admin.display(description=_("changed in"))
    def editor(self, row: Box | Suggestion) -> str:
        """The page that changes it, with its rules and its history; for members of the project."""
        return format_html('<a href="{}">{}</a>', reverse("editor", args=[row.image_id]), _("Editor"))


@admin.register(Box)
class BoxAdmin(OfImage):
    list_display = ("__str__", "label", "image", "project", "corners", "author", "updated_at")
    list_select_related = ("image__project", "label", "author")
    fields = ("id", "label", "image", "editor", "project", "corners", "origin", "author", "created_at", "updated_at")
    list_filter = ("origin",)
    ordering = ("pk",)  # by age would sort the whole table

    def found_by(self, words: str) -> Q:
        return by_uuid(words) | by_number(words, "image") | by_file_name(words) | by_class(words)


@admin.register(BoxHistory)
class BoxHistoryAdmin(WithCorners):
    """It tells of images that are gone, too: by the name and number that they had."""

    list_display = ("id", "at", "actor", "verb", "label_name", "corners", "project", "image_name", "image_number")
    list_select_related = ("actor", "project")
    fields = (
        "at", "actor", "verb", "label_name", "corners", "project", "image_name", "image_number", "image", "version",
        "box", "suggestion",
    )  # fmt: skip
    search_help_text = _("Number of a box or an image, file name, or e-mail address")

    def get_list_filter(self, request: HttpRequest) -> tuple[str, ...]:
        """Verbs are told apart where a search leaves few rows: one that is rare would be looked for in all of them."""
        return ("verb",) if request.GET.get("q") else ()

    def found_by(self, words: str) -> Q:
        """A box leads to its image, whose rows have an index; only what is gone is looked for in all rows."""
        box = by_uuid(words, "box")
        if box != Q(pk__in=()):
            images = Box.objects.filter(by_uuid(words)).values_list("image", flat=True)[:MOST]
            return box & Q(image_number__in=list(images)) if images else box
        nothing = Q(pk__in=())
        here = by_number(words, "image_number") | by_file_name(words, "image_number") | by_person(words, "actor")
        return here if here != nothing | nothing | nothing else Q(image_name__icontains=words)


@admin.register(Suggestion)
class SuggestionAdmin(OfImage):
    list_display = ("id", "label", "image", "project", "corners", "probability", "sure", "state", "decided_by")
    list_select_related = ("image__project", "label", "decided_by")
    list_filter = ("state", "sure")
    fields = (
        "label", "image", "editor", "project", "corners", "probability", "sure", "score", "source", "evidence", "state",
        "box", "decided_by", "decided_at", "unseen", "created_at",
    )  # fmt: skip

    def found_by(self, words: str) -> Q:
        return by_number(words, "pk") | by_number(words, "image") | by_file_name(words) | by_class(words)


def by_class(words: str) -> Q:
    rows = LabelClass.objects.filter(name__iexact=words).order_by().values_list("pk", flat=True)
    return one_of("label", list(rows[:MOST]))


def _drawn(**of: Any) -> dict[str, int]:
    return counted(Box, **of) | counted(Suggestion, **of)


# By its classes a project's boxes and suggestions are counted in their indexes alone.
counters[Project].append(lambda rows: _drawn(label__project__in=rows))
counters[Dataset].append(lambda rows: _drawn(image__dataset__in=rows))
counters[Image].append(lambda rows: _drawn(image__in=rows))
