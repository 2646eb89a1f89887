"""An export of a version on the version's page, said as the project's exports are."""

from __future__ import annotations

from typing import Any

from django import template
from django.http import QueryDict

from annotations.exports import words
from annotations.formats.table import FORMATS
from annotations.models import VersionExport

register = template.Library()


@register.simple_tag
def export_said(row: VersionExport) -> dict[str, Any]:
    """Its format and what went in: classes and datasets as they were called then."""
    choice, version = QueryDict(row.choice), row.version
    classes, datasets = ({one["id"]: one["name"] for one in rows} for rows in (version.classes, version.datasets))
    return {
        "title": FORMATS[choice["format"]].title,
        "words": words.words_of(choice, words.Names(classes, datasets, {})),
    }
