"""Django's administration with pages of the house beside its lists: for administrators alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite, site
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext as _

from projects import policies
from projects.web.actor import actor_of


@dataclass(frozen=True, slots=True)
class Page:
    """name: of its address. route: after the administration's own. title: lazily translated, "" where no list names it.

    place: among the others of the list, first ones first.
    """

    name: str
    route: str
    view: Callable[..., HttpResponseBase]
    title: Any = ""
    place: int = 0


FOLDED = ("auth", "knox")
pages: list[Page] = []  # each app adds its own as the administration is gathered


class ConsoleSite(AdminSite):
    site_header = site_title = "LabelHub"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.login = secure_admin_login(self.login)  # type: ignore[method-assign]  # one sign-in, with its rate limits

    @property
    def pages(self) -> list[Page]:
        return sorted((page for page in pages if page.title), key=lambda page: page.place)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [*(path(page.route, self._guarded(page.view), name=page.name) for page in pages), *super().get_urls()]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The house's pages stand before the lists of models, on the first page and beside every other; groups and
        tokens stand with the people.
        """
        found: list[Any] = super().get_app_list(request, app_label)
        if app_label is None:
            found = _with_people(found)
        if app_label is not None or not getattr(request.user, "is_superuser", False):
            return found
        start = reverse("admin:index")
        listed = [
            {
                "name": page.title,
                "object_name": page.name,
                "admin_url": reverse(f"admin:{page.name}"),
                "view_only": True,
            }
            for page in self.pages
        ]
        house = dict(name=_("Installation"), app_label="console", app_url=start, models=listed)  # noqa: C408 -- Django's
        return [house, *found]

    def _guarded(self, view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        def guarded(request: HttpRequest, **named: Any) -> HttpResponseBase:
            policies.require_administrator(actor_of(request))
            return view(request, **named)

        return self.admin_view(guarded)


def _with_people(apps: list[Any]) -> list[Any]:
    people = next((app for app in apps if app["app_label"] == "projects"), None)
    if people is None:
        return apps
    (listed,) = dict(models=())  # noqa: C408 -- Django's key
    for app in apps:
        if app["app_label"] in FOLDED:
            people[listed] += app[listed]
    people[listed].sort(key=lambda model: str(model["name"]))
    return [app for app in apps if app["app_label"] not in FOLDED]


def render(request: HttpRequest, template: str, **context: Any) -> TemplateResponse:
    """A page of the house within the administration."""
    return TemplateResponse(request, template, {**site.each_context(request), **context})
