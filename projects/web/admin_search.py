"""How rows of the largest tables are found by what somebody types: by an index, whatever it is."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from projects.models import Image, User

MOST = 200  # that a part of a file name may lead to
HEADING = re.compile(r"(?<!\S)#(?=\d)")
HEX = re.compile(r"[0-9a-f]{8,32}", re.IGNORECASE)


def by_number(words: str, field: str) -> Q:
    return Q(**{field: int(words)}) if words.isascii() and words.isdigit() and len(words) < 19 else Q(pk__in=())


def by_uuid(words: str, field: str = "pk") -> Q:
    """By how a UUID begins, with eight digits or more."""
    digits = words.replace("-", "")
    if not HEX.fullmatch(digits):
        return Q(pk__in=())
    return Q(**{f"{field}__gte": UUID(digits.ljust(32, "0")), f"{field}__lte": UUID(digits.ljust(32, "f"))})


def by_file_name(words: str, field: str = "image") -> Q:
    rows = Image.objects.filter(name__icontains=words).order_by().values_list("pk", flat=True)
    return one_of(field, list(rows[:MOST]))


def by_person(words: str, field: str) -> Q:
    return one_of(field, list(User.objects.filter(email__iexact=words).values_list("pk", flat=True)))


def one_of(field: str, ids: list[int]) -> Q:
    return Q(**{f"{field}__in": ids}) if ids else Q(pk__in=())


class IndexSearch:
    """For lists of tables with a row for each image or box: no column sorts them whole, a search takes an index."""

    search_fields = ("pk",)  # for the field to be there; `found_by` says what is searched
    sortable_by = ()

    def found_by(self, words: str) -> Q:
        raise NotImplementedError

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        words = HEADING.sub("", search_term.strip())
        return (queryset.filter(self.found_by(words)) if words else queryset), False
