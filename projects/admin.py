"""The admin console over people, projects, datasets, images, imports, invitations and the audit log."""

from __future__ import annotations

from typing import Any

import allauth.account.admin
import allauth.mfa.admin  # noqa: F401
import django_q.admin  # noqa: F401
import knox.admin  # noqa: F401
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django_q.models import Failure, OrmQ, Schedule, Success
from knox.models import AuthToken

from projects import actions
from projects.bin import actions as bin_actions
from projects.errors import Conflict, Refusal
from projects.images.file_views import file_response
from projects.models import AuditEntry, BinEntry, Dataset, Image, Import, Invitation, Membership, Project, Role, User
from projects.people import actions as people_actions
from projects.people import deactivation, invitations, two_factor
from projects.web.actor import actor_of
from projects.web.admin import ChangesByAction, DeletesByAction, QuickAdmin, ReadOnlyAdmin, counted, counters

admin.site.site_header = admin.site.site_title = "LabelHub"
admin.site.login = secure_admin_login(admin.site.login)  # one sign-in, with its rate limits
admin.site.unregister(AuthToken)  # tokens are their owner's; a person who must not come in any more is made inactive
admin.site.unregister(Authenticator)  # secrets
admin.site.unregister(Group)
admin.site.unregister(EmailAddress)  # a person's address stands with the person
admin.site.unregister([Schedule, Success, Failure, OrmQ])  # a task that is written here would run any code there is


class NewUserForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name")


@admin.register(User)
class UserAdmin(ChangesByAction, StockUserAdmin):
    """People are made inactive, not deleted: their work keeps its author."""

    add_form = NewUserForm
    list_display = ("email", "name", "is_active", "is_staff", "is_superuser", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email", "name")
    search_help_text = _("E-mail address or name")
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        (_("Person"), {"fields": ("name", "language")}),
        (_("Permissions"), {"fields": ("is_active", "is_staff", "is_superuser")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),)
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()
    ordering = ("email",)
    actions = ("deactivate", "reactivate", "remove_two_factor")

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """What the action would refuse stands at its field."""
        stock = super().get_form(request, obj, **kwargs)

        class CheckedForm(stock):  # type: ignore[misc, valid-type]
            def clean_is_active(self) -> bool:
                wanted = bool(self.cleaned_data["is_active"])
                if self.instance.pk and self.instance.is_active and not wanted:
                    try:
                        deactivation.check(actor_of(request), self.instance)
                    except Refusal as error:
                        raise ValidationError(error.detail) from error
                return wanted

        return CheckedForm

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.save()
            return
        super().save_model(request, obj, form, change)
        if "is_active" in form.changed_data:
            person = User.objects.get(pk=obj.pk)
            if obj.is_active:
                deactivation.reactivate(actor_of(request), person)
            else:
                self._deactivate(request, person)

    def act_change(self, request: HttpRequest, row: User, changed: dict[str, Any]) -> None:
        """All but `is_active`, which has actions of its own."""
        if fields := {name: value for name, value in changed.items() if name != "is_active"}:
            people_actions.change_person(actor_of(request), row, **fields)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """A password is set by Django's own page, which no action stands behind."""
        match = request.resolver_match
        by_action = match is None or match.url_name != "auth_user_password_change"
        return (ChangesByAction if by_action else QuickAdmin).log_change(self, request, obj, message)

    @admin.action(description=_("Deactivate: ends sign-ins and tokens, keeps their work"), permissions=["change"])
    def deactivate(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        for person in rows.filter(is_active=True):
            try:
                self._deactivate(request, person)
            except Refusal as error:
                self.message_user(request, f"{person}: {error.detail}", messages.ERROR)

    @admin.action(description=_("Reactivate"), permissions=["change"])
    def reactivate(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        for person in rows.filter(is_active=False):
            deactivation.reactivate(actor_of(request), person)

    @admin.action(description=_("Remove the second factor of who lost it"), permissions=["change"])
    def remove_two_factor(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        count = sum(two_factor.remove(actor_of(request), person) for person in rows)
        self.message_user(request, _("Second factors removed: %(n)d") % {"n": count})

    def _deactivate(self, request: HttpRequest, person: User) -> None:
        for project in deactivation.deactivate(actor_of(request), person):
            words = _("“%(project)s” has no active owner now: make somebody owner there, under Projects.")
            self.message_user(request, words % {"project": project}, messages.WARNING)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Members(BaseInlineFormSet):
    def clean(self) -> None:
        super().clean()
        kept = (form.cleaned_data for form in self.forms if getattr(form, "cleaned_data", None))
        try:
            actions.require_an_owner(str(row.get("role")) for row in kept if not row.get("DELETE"))
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
    list_display = ("id", "name", "created_by", "created_at", "deleted_at")
    list_filter = (("deleted_at", admin.EmptyFieldListFilter),)
    actions = ("restore",)
    list_display_links = ("id", "name")
    list_select_related = ("created_by",)
    search_fields = ("name", "=id", "created_by__email")
    search_help_text = _("Name, number, or e-mail address of who made it")
    fields = ("name", "description", "contents", "created_by", "created_at")
    readonly_fields = ("contents", "created_by", "created_at")
    inlines = (MembershipInline,)

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
    list_display = ("id", "name", "project", "created_at")
    list_display_links = ("id", "name")
    list_select_related = ("project",)
    search_fields = ("name", "=id", "project__name")
    search_help_text = _("Name, number or project")
    fields = ("name", "project", "created_at")
    readonly_fields = ("project", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def act_change(self, request: HttpRequest, row: Dataset, changed: dict[str, Any]) -> None:
        actions.rename_dataset(actor_of(request), row, name=changed["name"])

    def act_delete(self, request: HttpRequest, row: Dataset) -> None:
        bin_actions.delete_dataset(actor_of(request), row)


@admin.register(Image)
class ImageAdmin(DeletesByAction):
    list_display = ("id", "name", "dataset", "project", "size", "version", "created_at")
    list_display_links = ("id", "name")
    list_select_related = ("dataset", "project")
    search_fields = ("name", "=id", "=sha256", "project__name")
    search_help_text = _("File name, number, SHA-256 or project")
    fields = (
        "preview", "name", "project", "dataset", "size", "file_size", "sha256", "file_name", "version", "uploaded_by",
        "created_at",
    )  # fmt: skip

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


@admin.register(BinEntry)
class BinEntryAdmin(ReadOnlyAdmin):
    list_display = ("id", "name", "kind", "project", "state", "deleted_by", "deleted_at")
    list_display_links = ("id", "name")
    list_select_related = ("project", "deleted_by")
    list_filter = ("kind", "state")
    fields = ("name", "kind", "project", "counts", "state", "deleted_by", "deleted_at")
    search_fields = ("name", "=id", "project__name")
    search_help_text = _("Name, number or project")
    actions = ("restore",)

    @admin.action(description=_("Restore from the bin"))
    def restore(self, request: HttpRequest, rows: QuerySet[BinEntry]) -> None:
        for row in rows.select_related("project"):
            try:
                bin_actions.restore(actor_of(request), row)
            except Conflict as error:
                self.message_user(request, f"{row}: {error.detail}", messages.ERROR)


@admin.register(Invitation)
class InvitationAdmin(DeletesByAction, ReadOnlyAdmin):
    """Without the tokens, whose hashes are of no use here. Deleting one makes its link work no more."""

    list_display = ("id", "project", "role", "email", "created_by", "expires_at", "used_at", "used_by")
    list_select_related = ("project", "created_by", "used_by")
    list_filter = ("role",)
    search_fields = ("email", "project__name")
    search_help_text = _("E-mail address or project")
    fields = ("project", "role", "email", "created_by", "created_at", "expires_at", "used_at", "used_by")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj)

    def act_delete(self, request: HttpRequest, row: Invitation) -> None:
        invitations.revoke(actor_of(request), row)


@admin.register(AuditEntry)
class AuditAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor", "verb", "subject", "project")
    list_select_related = ("actor", "project")
    list_filter = ("at",)
    fields = ("at", "actor", "verb", "subject", "project", "data")
    search_fields = ("verb__startswith", "subject", "actor__email", "project__name")
    search_help_text = _("How the action begins, of what, e-mail address or project")


counters[Project].append(lambda rows: counted(Image, project__in=rows))
counters[Dataset].append(lambda rows: counted(Image, dataset__in=rows))
