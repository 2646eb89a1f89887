"""What a manager asks of the boxes of a class: checked as a whole before it is stored."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import gettext as _

from annotations.attributes import Attribute, Kind, from_rows, is_name, is_text, united
from projects import policies
from projects.errors import Refusal
from projects.models import Project, User
from projects.policies import Action

MOST, MOST_CHOICES, LONGEST_CHOICE = 30, 100, 80


def clean_attributes(given: Any) -> list[dict[str, Any]]:
    """The rows as they are stored. Raises Refusal naming the attribute."""
    if not isinstance(given, list) or len(given) > MOST:
        raise _refused("", _("A class has at most %(n)d attributes.") % {"n": MOST})
    rows = [_attribute(row).row() for row in given]
    names = [row["name"].casefold() for row in rows]
    for name in names:
        if names.count(name) > 1:
            raise _refused(name, _("Two attributes are called “%(name)s”."))
    return rows


def take_attributes(
    actor: User,
    project: Project,
    found: Mapping[str, list[dict[str, Any]]],
    ids: Mapping[str, int | None],
    made: Collection[int],
) -> None:
    """What a file's boxes say becomes what classes ask for: of new classes all, of others where the person may change
    them. found: rows of attributes by the file's classes. ids: what each of these becomes.
    """
    may = policies.can(actor, Action.CLASSES, project)
    labels = project.classes.in_bulk([pk for pk in ids.values() if pk is not None and (may or pk in made)])
    changed = set()
    for name, rows in found.items():
        label = labels.get(ids.get(name) or 0)
        if label is None:
            continue
        asked = [one.row() for one in united(label.asked, from_rows(rows))[:MOST]]
        if asked != label.attributes:
            label.attributes = asked
            changed.add(label.pk)
    for pk in changed:
        labels[pk].save(update_fields=["attributes"])


def _attribute(row: Mapping[str, Any]) -> Attribute:
    name = " ".join(str(row.get("name", "")).split())
    if not is_name(name):
        words = _(
            "“%(name)s” cannot be an attribute's name: 1 to 60 characters, no name of a flag, no “!” in front and no "
            "“=”."
        )
        raise _refused(name, words)
    kind = str(row.get("kind", ""))
    if kind not in list(Kind):
        raise _refused(name, _("“%(name)s” must be a choice, a number, a text, or yes or no."))
    choices = _choices(name, row.get("choices") or []) if kind == Kind.CHOICE else ()
    one = Attribute(name, Kind(kind), choices, required=bool(row.get("required", False)))
    default = row.get("default")
    if default in (None, ""):
        return one
    clean = one.clean(default)
    if clean is None:
        raise _refused(name, _("The default of “%(name)s” is none of its values."))
    return Attribute(name, one.kind, choices, clean, one.required)


def _choices(name: str, given: Any) -> tuple[str, ...]:
    choices = tuple(dict.fromkeys(" ".join(str(choice).split()) for choice in given))
    good = all(is_text(choice) and len(choice) <= LONGEST_CHOICE for choice in choices)
    if not good or not 1 <= len(choices) <= MOST_CHOICES:
        raise _refused(name, _("“%(name)s” needs 1 to 100 choices of 1 to 80 characters."))
    return choices


def _refused(name: str, words: str) -> Refusal:
    return Refusal(
        words % {"name": name} if name or "%(" in words else words, code="bad_attributes", field="attributes"
    )
