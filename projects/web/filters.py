"""Parts of lists' filters: what makes no sense is refused, as docs/api.md promises."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import NullBooleanField, TextInput
from django.utils.translation import gettext as _
from django_filters import BooleanFilter
from rest_framework.request import Request

from projects.errors import Refusal
from projects.models import User

WORDS = {"true": True, "1": True, "false": False, "0": False, "": None}


def yes_or_no(request: Request, name: str) -> bool | None:
    """A parameter that is true or false; None where nothing is said. Raises Refusal."""
    text = request.query_params.get(name, "").lower()
    if text not in WORDS:
        raise Refusal(_("“%(name)s” is true or false.") % {"name": name}, field=name)
    return WORDS[text]


def one_of(request: Request, name: str, known: Collection[str]) -> str:
    """A parameter that is one of some words; "" where nothing is said. Raises Refusal."""
    text = request.query_params.get(name, "")
    if text and text not in known:
        raise Refusal(_("“%(name)s” is one of: %(known)s.") % {"name": name, "known": ", ".join(known)}, field=name)
    return text


def id_of_person(text: str) -> int:
    """Of an e-mail address or an id. Nobody has 0: of an address that nobody has no more is told than of a stranger's.

    Raises ValueError for what is neither.
    """
    if text.isascii() and text.isdecimal() and len(text) < 19:
        return int(text)
    if "@" not in text:
        raise ValueError(text)
    return User.objects.filter(email__iexact=text).values_list("pk", flat=True).first() or 0


def person(request: Request, name: str) -> int | None:
    """A parameter that names somebody; None where nothing is said. Raises Refusal."""
    text = request.query_params.get(name, "").strip()
    try:
        return id_of_person(text) if text else None
    except ValueError as error:
        raise Refusal(_("“%(name)s” is an e-mail address, or an id.") % {"name": name}, field=name) from error


def number(request: Request, name: str) -> int | None:
    """A parameter that is an id; None where nothing is said. Raises Refusal."""
    text = request.query_params.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Refusal(_("“%(name)s” is a whole number from 1 on.") % {"name": name}, field=name)
    return int(text)


class _YesNoField(NullBooleanField):
    widget = TextInput  # which changes no word

    def to_python(self, value: Any) -> Any:
        text = str("" if value is None else value).lower()
        if text not in WORDS:
            raise ValidationError(_("Say true or false."))
        return WORDS[text]


class YesNoFilter(BooleanFilter):
    """Django's own takes any word it does not know for nothing."""

    field_class = _YesNoField
