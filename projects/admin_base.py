"""What every page of the admin console shares: lists that stay quick on big tables, and changes that leave an audit row."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from projects import audit
from projects.models import Project


class CappedPaginator(Paginator):
    """Counts no further than it has to: nobody turns to page 201 of a table, they search."""

    CAP = 10_000

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by()[: self.CAP].count()


class QuickAdmin(admin.ModelAdmin):
    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 50
    ordering = ("-pk",)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._audit(request, "added", obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._audit(request, "changed", obj, fields=self._fields_of(message))
        return super().log_change(request, obj, message)

    def _audit(self, request: HttpRequest, verb: str, row: Model, **data: Any) -> None:
        project = row if isinstance(row, Project) else getattr(row, "project", None)
        audit.record(request.user, f"admin.{self.opts.model_name}.{verb}", row, project=project, id=row.pk, **data)

    @staticmethod
    def _fields_of(message: Any) -> list[str]:
        """Names of what was changed, without the values."""
        entries = message if isinstance(message, list) else []
        return [str(field) for entry in entries for field in entry.get("changed", {}).get("fields", ())]


class ReadOnlyAdmin(QuickAdmin):
    """For rows that only the product itself writes."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class DeletesByAction(QuickAdmin):
    """Deletes through the product's own action, which keeps the history, drops the files and writes the audit row."""

    act_delete: Callable[[HttpRequest, Any], None]  # each subclass names its action

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.act_delete(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            self.act_delete(request, row)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Names what was chosen, not the hundred thousand rows below it."""
        rows = list(objs)
        return [str(row) for row in rows], {str(self.opts.verbose_name_plural): len(rows)}, set(), []
