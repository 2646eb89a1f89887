"""Verbs on the classes of a project."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from annotations.locking import BATCH, lock_images
from annotations.models import Box, LabelClass
from annotations.unit_of_work import UnitOfWork
from projects import audit, policies
from projects.errors import Conflict, Refused
from projects.models import Project, User
from projects.policies import Action

# Distinct on light and dark photos alike: each of the forty is as far from all before it (22 or more in CIELAB) as the first ten
# are from one another.
PALETTE = (
    "#f97316", "#3b82f6", "#22c55e", "#e11d48", "#a855f7", "#eab308", "#06b6d4", "#ec4899", "#84cc16", "#6366f1",
    "#815931", "#d0a3dc", "#c0cf81", "#318161", "#f99186", "#ff00e6", "#0df20d", "#923b9b", "#16679c", "#20dfb9",
    "#7f00ff", "#ff0000", "#9b3b58", "#ff80ff", "#598f24", "#d4a154", "#aa2909", "#80b2ff", "#d6d600", "#cb0ba5",
    "#9c9c16", "#004cff", "#c40df2", "#cc7033", "#cf8199", "#bf86f9", "#81cf91", "#f986d6", "#00b200", "#64c4ba",
)  # fmt: skip
DIGITS = "123456789"
# Keys that the editor uses itself: static/src/editor/model/classKeys.ts has the same list, and a test holds them equal.
EDITOR_KEYS = frozenset("abcdefghijklmnprstvxz?+-=/0 ")
COLOR = re.compile(r"#[0-9a-f]{6}")


@transaction.atomic
def create_class(actor: User, project: Project, *, name: str, color: str = "", hotkey: str = "") -> LabelClass:
    """A class with the next colour and the first free digit as hotkey where none is named."""
    policies.require(actor, Action.MANAGE, project)
    Project.objects.select_for_update().get(pk=project.pk)  # two at once would take the same digit
    others = list(project.classes.all())
    free = [digit for digit in DIGITS if digit not in {other.hotkey for other in others}]
    label = LabelClass(
        project=project,
        name=_clean_name(name),
        color=_clean_color(color or _free_color({other.color for other in others}, len(others))),
        hotkey=_clean_hotkey(hotkey or (free[0] if free else "")),
        position=max((other.position for other in others), default=-1) + 1,
    )
    _save(label)
    audit.record(actor, "class.created", label, project=project)
    return label


@transaction.atomic
def update_class(actor: User, label: LabelClass, **fields: Any) -> LabelClass:
    """Changes name, color, hotkey or position."""
    policies.require(actor, Action.MANAGE, label.project)
    clean: dict[str, Callable[[Any], Any]] = {
        "name": _clean_name,
        "color": _clean_color,
        "hotkey": _clean_hotkey,
        "position": _clean_position,
    }
    for field, value in fields.items():
        setattr(label, field, clean[field](value))
    _save(label)
    audit.record(actor, "class.changed", label, project=label.project, fields=sorted(fields))
    return label


def delete_class(actor: User, label: LabelClass) -> int:
    """Deletes a class and its boxes, each with its row of history; returns how many boxes went.

    Works in small transactions so that nobody's save waits; a second call finishes what a broken one began.
    """
    policies.require(actor, Action.MANAGE, label.project)
    gone = 0
    while boxes := list(label.boxes.select_related("label")[:BATCH]):
        _delete_boxes(actor, boxes)
        gone += len(boxes)
    with transaction.atomic():
        audit.record(actor, "class.deleted", label, project=label.project, boxes=gone)
        label.delete()
    return gone


@transaction.atomic
def _delete_boxes(actor: User, boxes: list[Box]) -> None:
    unit = UnitOfWork(actor, lock_images({box.image_id for box in boxes}).values())
    for box in boxes:
        unit.delete(box)
    unit.write()


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


def _free_color(taken: set[str], n: int) -> str:
    return next((color for color in PALETTE if color not in taken), PALETTE[n % len(PALETTE)])


def _clean_name(value: Any) -> str:
    name = " ".join(str(value).split())
    if not name or len(name) > 80:
        raise Refused(_("A class needs a name of 1 to 80 characters."), field="name")
    return name


def _clean_color(value: Any) -> str:
    color = str(value).lower()
    if not COLOR.fullmatch(color):
        raise Refused(_("A colour is written as #rrggbb."), field="color")
    return color


def _clean_hotkey(value: Any) -> str:
    key = str(value).strip().lower()
    if len(key) > 1:
        raise Refused(_("A hotkey is one character."), field="hotkey")
    if key in EDITOR_KEYS:
        raise Refused(_("The editor uses the key “%(key)s” itself.") % {"key": key}, field="hotkey")
    return key


def _clean_position(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**15:
        raise Refused(_("A position is a whole number from 0 on."), field="position")
    return value
