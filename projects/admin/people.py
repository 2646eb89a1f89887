"""People, groups of staff, invitations and tokens."""

from __future__ import annotations

from typing import Any

import knox.admin  # noqa: F401
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken

from projects.errors import Refusal
from projects.models import Invitation, Membership, User
from projects.people import actions as people_actions
from projects.people import deactivation, groups, invitations, tokens, two_factor
from projects.web.actor import actor_of
from projects.web.admin import ChangesByAction, DeletesByAction, QuickAdmin, ReadOnlyAdmin

admin.site.unregister([AuthToken, Group])  # below they come in the house's own way


class NewUserForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name")


@admin.register(User)
class UserAdmin(ChangesByAction, StockUserAdmin):
    """People are made inactive, not deleted: their work keeps its author."""

    add_form = NewUserForm
    list_display = ("email", "name", "project_total", "is_active", "is_staff", "is_superuser", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser", "groups")
    search_fields = ("email", "name")
    search_help_text = _("E-mail address or name")
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        (_("Person"), {"fields": ("name", "language")}),
        (_("Permissions"), {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),)
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()
    ordering = ("email",)
    actions = ("deactivate", "reactivate", "remove_two_factor")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Nobody gives more than they have."""
        mine = () if actor_of(request).is_superuser else ("is_staff", "is_superuser", "groups")
        return (*self.readonly_fields, *mine)

    def look_up(self, rows: list[Any]) -> None:
        counts = dict(Membership.objects.filter(user__in=rows).order_by().values_list("user").annotate(Count("pk")))
        for row in rows:
            row.project_count = counts.get(row.pk, 0)

    @admin.display(description=_("projects"))
    def project_total(self, person: User) -> int:
        return int(person.project_count)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The action gave the groups."""

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


@admin.register(Group)
class GroupAdmin(ChangesByAction, DeletesByAction):
    """What staff who are no administrators may look at and change; administrators make and change groups."""

    list_display = ("name", "person_total")
    search_fields = ("name",)
    search_help_text = _("Name")
    fields = ("name", "permissions")
    filter_horizontal = ("permissions",)
    ordering = ("name",)

    def look_up(self, rows: list[Any]) -> None:
        of = User.groups.through.objects.filter(group__in=rows)
        counts = dict(of.order_by().values_list("group").annotate(Count("pk")))
        for row in rows:
            row.person_count = counts.get(row.pk, 0)

    @admin.display(description=_("people"))
    def person_total(self, group: Group) -> int:
        return int(group.person_count)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only over what the console shows."""
        shown = [model._meta.model_name for model in self.admin_site._registry]
        labels = {model._meta.app_label for model in self.admin_site._registry}
        rows = Permission.objects.filter(content_type__model__in=shown, content_type__app_label__in=labels)
        kwargs["queryset"] = rows.select_related("content_type")
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return actor_of(request).is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return actor_of(request).is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return actor_of(request).is_superuser

    def save_model(self, request: HttpRequest, obj: Group, form: Any, change: bool) -> None:
        groups.save_group(actor_of(request), obj, **form.cleaned_data)

    def act_change(self, request: HttpRequest, row: Group, changed: dict[str, Any]) -> None:
        now = {"name": row.name, "permissions": list(row.permissions.all())}
        groups.save_group(actor_of(request), row, **{**now, **changed})

    def act_delete(self, request: HttpRequest, row: Group) -> None:
        groups.delete_group(actor_of(request), row)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The action gave the permissions."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return admin.ModelAdmin.log_addition(self, request, obj, message)  # the action wrote the audit row


@admin.register(AuthToken)
class TokenAdmin(DeletesByAction, ReadOnlyAdmin):
    """By their beginning, as lists name them: neither a token nor its hash is shown. Deleting one ends it at once."""

    list_display = ("token_key", "name", "user", "scopes", "created", "used", "expiry")
    list_select_related = ("user", "grant")
    list_filter = (("expiry", admin.EmptyFieldListFilter),)
    search_fields = ("token_key__startswith", "grant__name", "user__email")
    search_help_text = _("How it begins, name or e-mail address")
    fields = ("token_key", "name", "user", "scopes", "created", "used", "expiry")
    ordering = ("-created",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj)

    def act_delete(self, request: HttpRequest, row: AuthToken) -> None:
        tokens.take_away(actor_of(request), row)

    @admin.display(description=_("name"))
    def name(self, token: AuthToken) -> str:
        grant = tokens.grant_of(token)
        return grant.name if grant and grant.name else "–"

    @admin.display(description=_("scopes"))
    def scopes(self, token: AuthToken) -> str:
        return ", ".join(sorted(tokens.scopes_of(token)))

    @admin.display(description=_("last used"))
    def used(self, token: AuthToken) -> Any:
        grant = tokens.grant_of(token)
        return grant.used_at if grant else None


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
