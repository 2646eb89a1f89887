"""Lists come in pages, always: numbered ones, and cursors for lists that are read to their end."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination, PageNumberPagination
from rest_framework.request import Request

from projects.errors import Refusal


def _check_numbers(request: Request, *names: str) -> None:
    for name in names:
        text = request.query_params.get(name, "")
        if text and not (text.isascii() and text.isdecimal() and int(text[:9]) > 0):
            raise Refusal(_("“%(name)s” is a whole number from 1 on.") % {"name": name}, field=name)


class Pages(PageNumberPagination):
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def get_page_size(self, request: Request) -> int | None:
        _check_numbers(request, "page", "page_size")
        return super().get_page_size(request)


class Cursor(CursorPagination):
    """{"next", "previous", "results"}: `next` is followed until it is null. The last page costs what the first does,
    and what comes or goes before it does not shift the rest.

    The view's `orderings` says by which fields each value of `ordering` sorts; the first is the usual one.
    """

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    offset_cutoff = None  # type: ignore[assignment]  # an image may have more than 1,000 boxes

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, ValidationError) as error:  # a cursor that nobody was given
            raise NotFound(self.invalid_cursor_message) from error

    def get_page_size(self, request: Request) -> int | None:
        _check_numbers(request, "page_size")
        return super().get_page_size(request)

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        known: dict[str, tuple[str, ...]] = view.orderings
        wanted = request.query_params.get("ordering") or next(iter(known))
        if wanted not in known:
            raise Refusal(_("Order by one of: %(names)s.") % {"names": ", ".join(known)}, field="ordering")
        return known[wanted]
