"""What workers do with labels: imports, exports, changes of many boxes. To look at; queues have a page of their own."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from annotations.models import BulkEdit, Export, LabelImport
from projects.web.admin import ReadOnlyAdmin


@admin.register(LabelImport)
class LabelImportAdmin(ReadOnlyAdmin):
    list_display = ("id", "name", "project", "dataset", "phase", "done", "total", "created_by", "created_at")
    list_display_links = ("id", "name")
    list_select_related = ("project", "dataset", "created_by")
    list_filter = ("state", "step")
    search_fields = ("name", "=id", "project__name")
    search_help_text = _("Name, number or project")
    fields = (
        "name", "project", "dataset", "phase", "done", "total", "attempts", "problems", "notices", "file_name",
        "created_by", "created_at",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[LabelImport]:
        return super().get_queryset(request).defer("preview", "choices", "counts", "splits")

    @admin.display(description=_("state"))
    def phase(self, job: LabelImport) -> str:
        return job.phase_label


@admin.register(Export)
class ExportAdmin(ReadOnlyAdmin):
    list_display = ("id", "name", "project", "state", "boxes", "file_size", "created_by", "created_at")
    list_display_links = ("id", "name")
    list_select_related = ("project", "created_by")
    list_filter = ("state",)
    search_fields = ("name", "=id", "=sha256", "project__name")
    search_help_text = _("Name, number, SHA-256 or project")
    fields = (
        "name", "project", "choice", "state", "done", "total", "attempts", "problem", "boxes", "file_name", "file_size",
        "sha256", "created_by", "created_at", "finished_at",
    )  # fmt: skip

    @admin.display(description=_("file size"))
    def file_size(self, job: Export) -> str:
        return filesizeformat(job.bytes) if job.bytes else "–"


@admin.register(BulkEdit)
class BulkEditAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "project", "kind", "state", "step", "count", "created_by", "created_at", "undone_at")
    list_select_related = ("project", "created_by")
    list_filter = ("kind", "state")
    search_fields = ("=id", "project__name", "created_by__email")
    search_help_text = _("Number, project or e-mail address")
    fields = (
        "project", "kind", "choice", "state", "step", "done", "total", "count", "problem", "created_by", "created_at",
        "undone_by", "undone_at",
    )  # fmt: skip
