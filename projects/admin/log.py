"""The audit log, and what people are told."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase
from django.urls import path
from django.utils.translation import gettext_lazy as _

from projects import audit
from projects.audit_csv import csv_of
from projects.models import AuditEntry, Notification, Project, User
from projects.web.actor import actor_of
from projects.web.admin import ReadOnlyAdmin
from projects.web.admin_search import MOST, IndexSearch, one_of
from projects.web.streaming import streamed


@admin.register(AuditEntry)
class AuditAdmin(IndexSearch, ReadOnlyAdmin):
    list_display = ("at", "actor", "verb", "subject", "project")
    list_select_related = ("actor", "project")
    list_filter = ("at",)
    fields = ("at", "actor", "verb", "subject", "project", "data")
    search_help_text = _("How the action begins, of what, e-mail address or project")
    change_list_template = "projects/console/audit_log.html"

    def found_by(self, words: str) -> Q:
        projects = Project.objects.filter(name__icontains=words).values_list("pk", flat=True)[:MOST]
        people = User.objects.filter(email__icontains=words).values_list("pk", flat=True)[:MOST]
        whose = one_of("actor", list(people)) | one_of("project", list(projects))
        return Q(verb__startswith=words) | Q(subject__icontains=words) | whose

    def get_urls(self) -> list[Any]:
        export = path("export/", self.admin_site.admin_view(self.export), name="audit-export")
        return [export, *super().get_urls()]

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """The rows that the list would show: the same search and filters."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_changelist_instance(request).get_queryset(request)
        audit.record(actor_of(request), "audit.exported", "audit.csv", query=request.GET.urlencode())
        response = streamed(request, csv_of(rows), "text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="audit.csv"'
        return response


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = ("id", "person", "kind", "project", "about", "at", "read_at", "mailed_at")
    list_select_related = ("person", "project")
    list_filter = ("kind", ("read_at", admin.EmptyFieldListFilter))
    search_fields = ("=id", "person__email", "project__name", "about")
    search_help_text = _("Number, e-mail address, project or what it is about")
    fields = ("person", "kind", "project", "actor", "about", "detail", "count", "failed", "at", "read_at", "mailed_at")
