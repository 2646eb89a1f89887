"""Packed rows back into the database: as they were, or joined to what is there again; the rest stays packed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.apps import apps
from django.db import connections, router
from django.db.models import CASCADE, ForeignKey, Model
from django.db.models.sql import InsertQuery

from projects.bin.snapshot import Links, pack, packed_rows, plain_pair, stored_fields
from projects.models import Image, JoinedImage

AT_ONCE = 200  # rows in one statement


@dataclass(slots=True)
class RestoreResult:
    """What came back, by model.

    joined: numbers of rows that are there again, and which row now stands for each; what belonged to them belongs to
    it. moved: rows that came to another parent than they had. left: rows that have no place yet. waits_for: what those
    belong to. links: ends that cannot be tied yet.
    """

    rows: dict[type[Model], list[Model]] = field(default_factory=dict)
    joined: dict[type[Model], dict[Any, Any]] = field(default_factory=lambda: defaultdict(dict))
    moved: dict[type[Model], set[Any]] = field(default_factory=lambda: defaultdict(set))
    left: dict[type[Model], list[Model]] = field(default_factory=dict)
    waits_for: dict[type[Model], set[Any]] = field(default_factory=lambda: defaultdict(set))
    links: Links = field(default_factory=dict)

    def cut(self, key: ForeignKey[Any, Any], pairs: Iterable[tuple[Any, Any]]) -> None:
        """Keeps (row, target) of ends to be tied another time."""
        name = f"{key.model._meta.label}.{key.name}"
        self.links.setdefault(name, []).extend(plain_pair(*pair) for pair in pairs)

    @property
    def count(self) -> int:
        return sum(map(len, self.rows.values())) + sum(map(len, self.joined.values()))

    @property
    def packed(self) -> bytes | None:
        """What is left, or None."""
        return pack(self.left, self.links) if self.left or self.links else None


@dataclass(slots=True)
class Fit:
    """How rows of one model fit in, where others came in meanwhile: those to insert (changed, perhaps), those that are
    there again, with the number of the row that stands for each, and those that have no place.
    """

    rows: list[Any] = field(default_factory=list)
    joined: dict[Any, Any] = field(default_factory=dict)
    left: list[Any] = field(default_factory=list)


class Others(Protocol):
    """What else lies in the bin of the project."""

    @property
    def exist(self) -> bool: ...
    def hold(self, model: type[Model], number: Any) -> bool: ...
    def may_hold(self, model: type[Model]) -> bool: ...


# By model; filled as the apps start. adopt: called with rows before anything is asked of them, for those whose parents
# are gone for good. fits: called with rows whose parents are there, and with what came so far.
Fitting = Callable[[list[Any], RestoreResult], Fit]
adopt: dict[type[Model], Callable[[list[Any]], None]] = {}
fits: dict[type[Model], Fitting] = {}


def put_back(data: bytes, others: Others, images: Container[int] | None = None) -> RestoreResult:
    """Puts packed rows back, with their numbers and dates, and ties loose ends to them again.

    images: those that are wanted, where not all are. Within a transaction of the caller's.
    """
    rows, links = packed_rows(data)
    restored = RestoreResult()
    for model in _parents_first(rows):
        _place(model, rows[model], restored, others, images)
    for name, pairs in links.items():
        _tie(name, pairs, restored, others)
    return restored


def _place(
    model: type[Model], rows: list[Model], restored: RestoreResult, others: Others, images: Container[int] | None
) -> None:
    if model in adopt:
        adopt[model](rows)
    left = [row for row in rows if model is Image and images is not None and row.pk not in images]
    ready = _with_parents(model, [row for row in rows if row not in left], left, restored, others)
    fit = fits[model](ready, restored) if model in fits else Fit(ready)
    left += fit.left
    restored.joined[model] |= fit.joined
    restored.rows[model] = fit.rows
    if left:
        restored.left[model] = left
    _insert(model, fit.rows)


def _with_parents(
    model: type[Model], rows: list[Model], left: list[Model], restored: RestoreResult, others: Others
) -> list[Model]:
    """Those whose parents are there; the others are added to `left`. Keys that may be empty are emptied instead.

    Rows of what never lies in the bin and was deleted, as a tag, went with it for good.
    """
    for key in _keys(model):
        _move(model, key, rows, restored)
        there = _there(key, rows)
        ready: list[Model] = []
        behind = {row.pk for row in restored.left.get(key.related_model, ())}
        for row in rows:
            target = getattr(row, key.attname)
            if target is None or target in there:
                ready.append(row)
            elif key.null and key.remote_field.on_delete is not CASCADE:
                if target in behind or others.hold(key.related_model, target):
                    restored.cut(key, [(row.pk, target)])
                setattr(row, key.attname, None)
                ready.append(row)
            elif target in behind or others.may_hold(key.related_model):
                left.append(row)
                if target not in behind:
                    restored.waits_for[key.related_model].add(target)
        rows = ready
    return rows


def _move(model: type[Model], key: ForeignKey[Any, Any], rows: list[Model], restored: RestoreResult) -> None:
    """Points rows at what stands for their parents now."""
    parent: Any = key.related_model
    now = dict(restored.joined.get(parent, {}))
    if parent is Image:
        wanted = {getattr(row, key.attname) for row in rows} - {None} - now.keys()
        now |= JoinedImage.objects.filter(number__in=wanted).values_list("number", "image")
    for row in rows if now else ():
        if (target := getattr(row, key.attname)) in now:
            setattr(row, key.attname, now[target])
            restored.moved[model].add(row.pk)


def _there(key: ForeignKey[Any, Any], rows: Iterable[Model]) -> set[Any]:
    """Which of the rows that a key points at are there."""
    wanted = list({getattr(row, key.attname) for row in rows} - {None})
    parent: Any = key.related_model
    found: set[Any] = set()
    for start in range(0, len(wanted), AT_ONCE):
        found.update(parent._base_manager.filter(pk__in=wanted[start : start + AT_ONCE]).values_list("pk", flat=True))
    return found


def _parents_first(waiting: Iterable[type[Model]]) -> Iterator[type[Model]]:
    left = list(waiting)
    while left:
        ready = [model for model in left if not _parents(model) & (set(left) - {model})] or left[:1]
        yield from ready
        left = [model for model in left if model not in ready]


def _parents(model: type[Model]) -> set[type[Model]]:
    return {key.related_model for key in _keys(model)}


def _keys(model: type[Model]) -> list[ForeignKey[Any, Any]]:
    return [one for one in model._meta.concrete_fields if isinstance(one, ForeignKey)]


def _insert(model: type[Model], rows: list[Model]) -> None:
    """As bulk_create, but raw: dates that are set as a row is made stay what they were."""
    using = router.db_for_write(model)
    for start in range(0, len(rows), AT_ONCE):
        query = InsertQuery(model)
        query.insert_values(stored_fields(model), rows[start : start + AT_ONCE], raw=True)
        query.get_compiler(connection=connections[using]).execute_sql()


def _tie(name: str, links: list[list[Any]], restored: RestoreResult, others: Others) -> None:
    """Points rows at what came back, where they point at nothing now."""
    label, _dot, field_name = name.rpartition(".")
    model: Any = apps.get_model(label)
    key: Any = model._meta.get_field(field_name)
    parent = key.related_model
    by_target: dict[Any, list[Any]] = defaultdict(list)
    for pk, target in links:
        by_target[key.target_field.to_python(target)].append(model._meta.pk.to_python(pk))
    joined = restored.joined.get(parent, {})
    for was, pks in by_target.items():
        if parent is Image and (was in joined or JoinedImage.objects.filter(number=was).exists()):
            continue  # what the history tells is of the image that was, not of the one that stands for it
        target = joined.get(was, was)
        if not parent._base_manager.filter(pk=target).exists():
            restored.cut(key, [(pk, target) for pk in pks])
            if target not in {row.pk for row in restored.left.get(parent, ())}:
                restored.waits_for[parent].add(target)
            continue
        for start in range(0, len(pks), AT_ONCE):
            part = pks[start : start + AT_ONCE]
            found = set(model._base_manager.filter(pk__in=part).values_list("pk", flat=True))
            model._base_manager.filter(pk__in=found, **{f"{field_name}__isnull": True}).update(**{key.attname: target})
            if (missing := set(part) - found) and others.exist:
                restored.cut(key, [(pk, target) for pk in missing])
                restored.waits_for[model] |= missing - {row.pk for row in restored.left.get(model, ())}


def once(model: type[Model], *names: str, equal: bool) -> Fitting:
    """For rows of which there is one for each value of the columns `names`. equal: whether two say the same."""

    def fit(rows: list[Any], _so_far: RestoreResult) -> Fit:
        fitted = Fit()
        there = model._base_manager.filter(**{f"{names[0]}__in": {getattr(row, names[0]) for row in rows}})
        taken: dict[Any, Any] = {tuple(values): pk for pk, *values in there.values_list("pk", *names)}
        for row in rows:
            at = tuple(getattr(row, name) for name in names)
            if at not in taken:
                taken[at] = row.pk
                fitted.rows.append(row)
            elif equal:
                fitted.joined[row.pk] = taken[at]
            else:
                fitted.left.append(row)
        return fitted

    return fit
