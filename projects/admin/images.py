"""Images, and the zips that bring them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from projects.bin import actions as bin_actions
from projects.images.file_views import file_response
from projects.models import Dataset, Image, Import, Project
from projects.web.actor import actor_of
from projects.web.admin import DeletesByAction, ReadOnlyAdmin, counted, counters
from projects.web.admin_search import IndexSearch, by_number, one_of


@admin.register(Image)
class ImageAdmin(IndexSearch, DeletesByAction):
    list_display = ("id", "name", "dataset", "project", "size", "version", "created_at")
    list_display_links = ("id", "name")
    list_select_related = ("dataset", "project")
    search_help_text = _("File name, number, SHA-256 or project")
    fields = (
        "preview", "name", "project", "dataset", "size", "file_size", "sha256", "file_name", "version",
        "uploaded_by", "created_at",
    )  # fmt: skip

    def found_by(self, words: str) -> Q:
        projects = list(Project.objects.filter(name__iexact=words).values_list("pk", flat=True))
        whose = one_of("project", projects) | (Q(sha256=words.lower()) if len(words) == 64 else Q(pk__in=()))
        return by_number(words, "pk") | Q(name__icontains=words) | whose

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields

    def act_delete(self, request: HttpRequest, row: Image) -> None:
        bin_actions.delete_image(actor_of(request), row)

    @admin.display(description=_("size"))
    def size(self, image: Image) -> str:
        return f"{image.width} × {image.height}"

    @admin.display(description=_("file size"))
    def file_size(self, image: Image) -> str:
        return filesizeformat(image.bytes)

    @admin.display(description=_("preview"))
    def preview(self, image: Image) -> str:
        return format_html('<img src="{}" alt="">', reverse("admin:image-thumb", args=[image.pk]))

    def get_urls(self) -> list[Any]:
        # The portal shows an administrator only their own projects; here they see what they are asked about.
        thumb = path("<int:pk>/thumb/", self.admin_site.admin_view(self.thumb), name="image-thumb")
        return [thumb, *super().get_urls()]

    def thumb(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        image = get_object_or_404(Image, pk=pk)
        if not self.has_view_permission(request, image):
            return self.admin_site.login(request)
        return file_response(request, image.thumb, etag=f"{image.key.hex}-thumb", name=image.name)


@admin.register(Import)
class ImportAdmin(ReadOnlyAdmin):
    list_display = ("id", "name", "dataset", "state", "done", "total", "added", "created_by", "created_at")
    list_display_links = ("id", "name")
    list_select_related = ("dataset", "created_by")
    list_filter = ("state",)
    fields = (
        "name", "dataset", "state", "done", "total", "added", "problems", "file_name", "created_by", "created_at",
    )  # fmt: skip
    search_fields = ("name", "=id", "dataset__name")
    search_help_text = _("Name, number or dataset")


counters[Project].append(lambda rows: counted(Image, project__in=rows))
counters[Dataset].append(lambda rows: counted(Image, dataset__in=rows))
