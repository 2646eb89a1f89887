"""Projects with their members, and datasets."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, Model, QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from projects import actions
from projects.bin import actions as bin_actions
from projects.errors import Conflict
from projects.groups.actions import check_leaves
from projects.models import Dataset, Image, Membership, Project, Role
from projects.web.actor import actor_of
from projects.web.admin import ChangesByAction, DeletesByAction


class Members(BaseInlineFormSet):
    def add_fields(self, form: Any, index: int | None) -> None:
        """Names each field for screen readers: the table has its words in the head alone."""
        super().add_fields(form, index)
        for bound in form:
            widget = bound.field.widget
            getattr(widget, "widget", widget).attrs["aria-label"] = bound.label

    def clean(self) -> None:
        super().clean()
        rows = [form.cleaned_data for form in self.forms if getattr(form, "cleaned_data", None)]
        try:
            for row in rows:
                if row.get("DELETE") and row.get("user"):
                    check_leaves(self.instance, row["user"])
            actions.require_an_owner(str(row.get("role")) for row in rows if not row.get("DELETE"))
        except Conflict as error:
            raise ValidationError(error.detail) from error


class MembershipInline(admin.TabularInline):
    model = Membership
    formset = Members
    extra = 0
    autocomplete_fields = ("user",)
    fields = ("user", "role")


@admin.register(Project)
class ProjectAdmin(ChangesByAction, DeletesByAction):
    list_display = ("id", "name", "image_total", "member_total", "created_by", "created_at", "deleted_at")
    list_filter = (("deleted_at", admin.EmptyFieldListFilter),)
    actions = ("restore",)
    list_display_links = ("id", "name")
    list_select_related = ("created_by",)
    search_fields = ("name", "=id", "created_by__email")
    search_help_text = _("Name, number, or e-mail address of who made it")
    fields = ("name", "description", "contents", "created_by", "created_at")
    readonly_fields = ("contents", "created_by", "created_at")
    inlines = (MembershipInline,)

    def look_up(self, rows: list[Any]) -> None:
        _count(rows, "project", image_count=Image, member_count=Membership)

    @admin.display(description=_("images"))
    def image_total(self, project: Project) -> int:
        return int(project.image_count)

    @admin.display(description=_("members"))
    def member_total(self, project: Project) -> int:
        return int(project.member_count)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # the portal makes them, with an owner and a first dataset

    def act_change(self, request: HttpRequest, row: Project, changed: dict[str, Any]) -> None:
        actions.update_project(actor_of(request), row, **changed)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Members come, change and go by the actions: owners are made first, so that there is one at every moment."""
        formset.save(commit=False)
        project, actor = form.instance, actor_of(request)
        gone = [member.user for member in formset.deleted_objects]
        kept = list(formset.new_objects)
        for member, fields in formset.changed_objects:
            if "user" in fields:  # another person in the same line
                gone.append(Membership.objects.select_related("user").get(pk=member.pk).user)
            kept.append(member)
        for member in sorted(kept, key=lambda member: member.role != Role.OWNER):
            actions.add_member(actor, project, member.user, member.role)
        for user in gone:
            actions.remove_member(actor, project, user)

    @admin.action(description=_("Restore from the bin"))
    def restore(self, request: HttpRequest, rows: QuerySet[Project]) -> None:
        for row in rows:
            bin_actions.restore_project(actor_of(request), row)

    def act_delete(self, request: HttpRequest, row: Project) -> None:
        """Into the bin; out of the bin for good."""
        if row.deleted_at is None:
            bin_actions.delete_project(actor_of(request), row)
        else:
            bin_actions.purge_project(actor_of(request), row)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Project | None:
        project = super().get_object(request, object_id, from_field)
        if project is not None:
            project.asked_by = request
        return project

    @admin.display(description=_("contents"))
    def contents(self, project: Project) -> str:
        """Ways to its rows that the person may look at, each page of the console narrowed to this project."""
        models = [relation.related_model for relation in Project._meta.related_objects]
        ways = (
            (reverse(f"admin:{found.label_lower.replace('.', '_')}_changelist"), project.pk, found.verbose_name_plural)
            for found in (model._meta for model in models if self._may_view(project.asked_by, model))
        )
        return format_html_join(" · ", '<a href="{}?project__id__exact={}">{}</a>', ways) or "–"

    def _may_view(self, request: HttpRequest, model: type[Model]) -> bool:
        """Models that the console shows at all, to this person."""
        return self.admin_site.is_registered(model) and self.admin_site.get_model_admin(model).has_view_permission(
            request
        )


@admin.register(Dataset)
class DatasetAdmin(ChangesByAction, DeletesByAction):
    list_display = ("id", "name", "project", "image_total", "created_at")
    list_display_links = ("id", "name")
    list_select_related = ("project",)
    search_fields = ("name", "=id", "project__name")
    search_help_text = _("Name, number or project")
    fields = ("name", "project", "created_at")
    readonly_fields = ("project", "created_at")

    def look_up(self, rows: list[Any]) -> None:
        _count(rows, "dataset", image_count=Image)

    @admin.display(description=_("images"))
    def image_total(self, dataset: Dataset) -> int:
        return int(dataset.image_count)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def act_change(self, request: HttpRequest, row: Dataset, changed: dict[str, Any]) -> None:
        actions.rename_dataset(actor_of(request), row, name=changed["name"])

    def act_delete(self, request: HttpRequest, row: Dataset) -> None:
        bin_actions.delete_dataset(actor_of(request), row)


def _count(rows: list[Any], key: str, **models: type[Model]) -> None:
    """How many rows of each model point at each of `rows`, as an attribute of that name; a query each."""
    for name, model in models.items():
        pointing = model._default_manager.filter(**{f"{key}__in": [row.pk for row in rows]})
        counts = dict(pointing.order_by().values_list(key).annotate(Count("pk")))
        for row in rows:
            setattr(row, name, counts.get(row.pk, 0))
