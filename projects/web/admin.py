"""What every page of the admin console shares: lists that stay quick on big tables, and changes that leave an audit
row.
"""

from __future__ import annotations

import contextlib
import json
from collections import defaultdict
from collections.abc import Callable
from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import JSONField, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projects import audit
from projects.errors import Refusal
from projects.models import Project
from projects.web.actor import actor_of
from projects.web.admin_search import HEADING


class CappedPaginator(Paginator):
    """Counts no further than it has to: nobody turns to page 101 of a table, they search."""

    CAP = 5_000

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by()[: self.CAP].count()


class QuickChangeList(ChangeList):
    """A list that says how many rows there are: all of them counted where nothing narrows it, else as far as it
    counts.
    """

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        self.model_admin.look_up(self.result_list)

    @cached_property
    def shown_count(self) -> str:
        if self.result_count < CappedPaginator.CAP:
            return number_format(self.result_count, force_grouping=True)
        if not self.query and not self.has_active_filters:
            return number_format(self.root_queryset.order_by().count(), force_grouping=True)
        return _("more than %(n)s") % {"n": number_format(CappedPaginator.CAP, force_grouping=True)}


SHORT = 120  # characters of data that are read at a glance; more is folded away


def data_of(field: JSONField) -> Callable[[Model], str]:
    """Shows a field's data: a line where it is short, else folded, and one value a line."""

    def shown(row: Model) -> str:
        value = getattr(row, field.attname)
        if value in (None, "", [], {}):
            return "–"
        line = json.dumps(value, ensure_ascii=False)
        if len(line) <= SHORT:
            return format_html("<code>{}</code>", line)
        whole = json.dumps(value, ensure_ascii=False, indent=1)
        return format_html(
            '<details class="data"><summary>{}</summary><pre>{}</pre></details>', _("Show the data"), whole
        )

    shown.__name__ = field.name  # Django's class for the row that shows it
    shown.short_description = field.verbose_name  # type: ignore[attr-defined]
    return shown


class QuickAdmin(admin.ModelAdmin):
    view_on_site = False  # an administrator who is no member would find nothing there
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each would count the table once more
    list_per_page = 40
    ordering = ("-pk",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return QuickChangeList

    def look_up(self, rows: list[Any]) -> None:
        """Puts onto the rows of one page what their columns say beside their fields, in a query or two."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Headed by what the rows are, for "select one to view" is said badly in some languages."""
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        title = {"title": capfirst(self.opts.verbose_name)} if object_id else {}
        return super().changeform_view(request, object_id, form_url, {**title, **(extra_context or {})})

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Takes a row's heading for its number: #12 is 12, and 32 digits are a UUID as databases write it."""
        typed = HEADING.sub("", search_term.strip())
        with contextlib.suppress(ValueError):
            typed = str(UUID(typed))
        return super().get_search_results(request, queryset, typed)

    @admin.display(description=gettext_lazy("file"))
    def file_name(self, row: Any) -> str:
        """As text: no address serves the files that are kept."""
        return row.file.name or "–"

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._audit(request, "added", obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._audit(request, "changed", obj, fields=self._fields_of(message))
        return super().log_change(request, obj, message)

    def _audit(self, request: HttpRequest, verb: str, row: Model, **data: Any) -> None:
        project = row if isinstance(row, Project) else getattr(row, "project", None)
        audit.record(actor_of(request), f"admin.{self.opts.model_name}.{verb}", row, project=project, id=row.pk, **data)

    @staticmethod
    def _fields_of(message: Any) -> list[str]:
        """Names of what was changed, without the values."""
        entries = message if isinstance(message, list) else []
        return [str(field) for entry in entries for field in entry.get("changed", {}).get("fields", ())]


class ChangesByAction(QuickAdmin):
    """Changes a row through the product's own action, which checks, keeps its rules and writes the audit row."""

    act_change: Callable[[HttpRequest, Any, dict[str, Any]], None]  # each subclass names its action

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """A form that tries the action and takes it back, so that what it refuses stands at the field that is wrong."""
        stock, try_change = super().get_form(request, obj, change=change, **kwargs), self._try_change

        class TriedForm(stock):  # type: ignore[misc, valid-type]
            def clean(self) -> Any:
                cleaned = super().clean()
                changed = {name: self.cleaned_data[name] for name in self.changed_data if name in self.cleaned_data}
                if self.instance.pk and changed and not self.errors:
                    try:
                        try_change(request, self.instance.pk, changed)
                    except Refusal as error:
                        self.add_error(error.field if error.field in self.fields else None, error.detail)
                return cleaned

        return TriedForm

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        changed = {name: form.cleaned_data[name] for name in form.changed_data}
        if changed:
            self.act_change(request, self.model._default_manager.get(pk=obj.pk), changed)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return admin.ModelAdmin.log_change(self, request, obj, message)  # the action wrote the audit row

    def _try_change(self, request: HttpRequest, pk: Any, changed: dict[str, Any]) -> None:
        with transaction.atomic():
            self.act_change(request, self.model._default_manager.get(pk=pk), changed)
            transaction.set_rollback(True)


class ReadOnlyAdmin(QuickAdmin):
    """For rows that only the product itself writes. What it keeps as data is folded."""

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [self._shown.get(name, name) for name in super().get_fields(request, obj)]

    @cached_property
    def _shown(self) -> dict[str, Callable[[Model], str]]:
        return {field.name: data_of(field) for field in self.opts.fields if isinstance(field, JSONField)}

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


Rows = QuerySet[Any] | list[Any]  # a query stays one: a database takes only so many values in one question
# What goes along with rows of a model, counted; each app adds what it keeps of them.
counters: dict[type[Model], list[Callable[[Rows], dict[str, int]]]] = defaultdict(list)


class DeletesByAction(QuickAdmin):
    """Deletes through the product's own action, which keeps the history, drops the files and writes the audit row."""

    act_delete: Callable[[HttpRequest, Any], None]  # each subclass names its action

    def below(self, rows: Rows) -> dict[str, int]:
        """What goes along, counted, so that nobody deletes more than they thought."""
        found: dict[str, int] = {}
        for count in counters[self.model]:
            found |= count(rows)
        return found

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.act_delete(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            self.act_delete(request, row)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Names what was chosen, not the hundred thousand rows below it."""
        names = [str(row) for row in objs]
        counts = {str(self.opts.verbose_name_plural): len(names), **self.below(objs)}
        return names, counts, set(), []


def counted(model: type[Model], **of: Any) -> dict[str, int]:
    """How many rows of a model there are, by its name."""
    return {str(model._meta.verbose_name_plural): model._default_manager.filter(**of).count()}
