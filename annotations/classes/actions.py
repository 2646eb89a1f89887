"""Verbs on the classes of a project."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from annotations.classes.attributes import clean_attributes
from annotations.classes.colors import next_colors
from annotations.classes.keys import DIGITS, EDITOR_KEYS
from annotations.models import LabelClass
from annotations.models.boxes import take_numbers
from labelhub.live.notify import project_group, wake_on_commit
from projects import audit, policies
from projects.bin.actions import put_away
from projects.errors import Conflict, Refusal
from projects.models import BinEntry, Project, User
from projects.policies import Action

LONGEST_NAME = 80  # letters
MOST = 200  # classes in one call
COLOR = re.compile(r"#[0-9a-f]{6}")


@transaction.atomic
def create_class(actor: User, project: Project, *, name: str, color: str = "", hotkey: str = "") -> LabelClass:
    """A class with the next colour and the first free digit as hotkey where none is named."""
    policies.require(actor, Action.NEW_CLASS, project)
    (label,) = _new(project, [name])
    label.color = _clean_color(color or label.color)
    label.hotkey = _clean_hotkey(hotkey or label.hotkey)
    _save(label)
    audit.record(actor, "class.created", label, project=project)
    wake_on_commit(project_group(project.pk))
    return label


@transaction.atomic
def create_classes(actor: User, project: Project, names: Sequence[str]) -> list[LabelClass]:
    """Several at once, in their order, or none of them; each name once.

    Raises Conflict naming those that are there already.
    """
    policies.require(actor, Action.NEW_CLASS, project)
    clean = list(dict.fromkeys(clean_name(name) for name in names))
    if not clean:
        raise Refusal(_("Name a class."), field="names")
    if len(clean) > MOST:
        raise Refusal(_("At most %(n)d classes at once.") % {"n": MOST}, field="names")
    made = _new(project, clean)
    there = sorted(project.classes.filter(name__in=clean).values_list("name", flat=True))
    if there:
        words = _("This project has these classes already: %(names)s.") % {"names": ", ".join(there)}
        raise Conflict(words, code="taken", field="names")
    LabelClass.objects.bulk_create(made)
    audit.record(actor, "class.created", ", ".join(clean), project=project, names=clean)
    wake_on_commit(project_group(project.pk))
    return made


def _new(project: Project, names: Sequence[str]) -> list[LabelClass]:
    """Unsaved classes that come last, each with the next colour and the next free digit."""
    numbers = take_numbers(project.pk, len(names))  # it locks the project: two at once would take the same digit
    others = list(project.classes.all())
    free = iter([digit for digit in DIGITS if digit not in {other.hotkey for other in others}])
    last = max((other.position for other in others), default=-1)
    colors = next_colors((other.color for other in others), len(names))
    return [
        LabelClass(
            project=project,
            name=clean_name(name),
            color=color,
            hotkey=next(free, ""),
            position=last + 1 + place,
            number=number,
        )
        for place, (name, color, number) in enumerate(zip(names, colors, numbers, strict=True))
    ]


@transaction.atomic
def update_class(actor: User, label: LabelClass, **fields: Any) -> LabelClass:
    """Changes name, color, hotkey, position or attributes."""
    policies.require(actor, Action.CLASSES, label.project)
    clean: dict[str, Callable[[Any], Any]] = {
        "name": clean_name,
        "color": _clean_color,
        "hotkey": _clean_hotkey,
        "position": _clean_position,
        "attributes": clean_attributes,
    }
    for field, value in fields.items():
        setattr(label, field, clean[field](value))
    _save(label)
    audit.record(actor, "class.changed", label, project=label.project, fields=sorted(fields))
    wake_on_commit(project_group(label.project_id))
    return label


def delete_class(actor: User, label: LabelClass) -> BinEntry:
    """Puts a class and its boxes into the bin, each box with its row of history.

    Works in small transactions so that nobody's save waits; the worker does it where there are many boxes.
    """
    policies.require(actor, Action.MANAGE, label.project)
    boxes = label.boxes.count()
    about = {"id": label.pk, "boxes": boxes}
    return put_away(actor, label.project, "class", [label.pk], label.name, size=boxes // 10, **about)


def _save(label: LabelClass) -> None:
    try:
        with transaction.atomic():
            label.save()
    except IntegrityError as error:
        twin = label.project.classes.filter(name=label.name).exclude(pk=label.pk).exists()
        if twin:
            raise Conflict(
                _("This project has a class “%(name)s” already.") % {"name": label.name}, code="taken", field="name"
            ) from error
        raise Conflict(
            _("The hotkey “%(key)s” belongs to another class.") % {"key": label.hotkey}, code="taken", field="hotkey"
        ) from error


def can_be_made(name: str) -> bool:
    """Whether a class may be called so."""
    plain = " ".join(name.split())
    return bool(plain) and len(plain) <= LONGEST_NAME and plain.isprintable()


def clean_name(value: Any) -> str:
    name = " ".join(str(value).split())
    if not can_be_made(name):
        raise Refusal(_("A class needs a name of 1 to 80 characters."), field="name")
    return name


def _clean_color(value: Any) -> str:
    color = str(value).lower()
    if not COLOR.fullmatch(color):
        raise Refusal(_("A colour is written as #rrggbb."), field="color")
    return color


def _clean_hotkey(value: Any) -> str:
    key = str(value).lower()
    key = key.strip() if len(key) > 1 else key
    if len(key) > 1:
        raise Refusal(_("A hotkey is one character."), field="hotkey")
    if key in EDITOR_KEYS:
        word = _("space") if key == " " else key
        raise Refusal(_("The editor uses the key “%(key)s” itself.") % {"key": word}, field="hotkey")
    return key


def _clean_position(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**15:
        raise Refusal(_("A position is a whole number from 0 on."), field="position")
    return value
