"""Projects, datasets and classes by their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from labelhub_client import calls
from labelhub_client.errors import NotFound
from labelhub_client.values import Dataset, LabelClass, Model, Project
from labelhub_client.wire import Steps, ask, collect, rows


class NamedItem(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=NamedItem)


def list_projects() -> Steps[list[Project]]:
    """All that one may see."""
    return collect(rows(calls.list_projects()))


def create_project(name: str) -> Steps[Project]:
    return ask(calls.create_project(name))


def find_project(name: str) -> Steps[Project]:
    """By name, or by id where none has that name. Raises NotFound."""
    found = yield from list_projects()
    named = [project for project in found if project.name == name]
    if not named and name.isdecimal():
        named = [project for project in found if project.id == int(name)]
    return _only(named, f"project “{name}”")


def list_datasets(project: int) -> Steps[list[Dataset]]:
    return collect(rows(calls.list_datasets(project)))


def create_dataset(project: int, name: str) -> Steps[Dataset]:
    return ask(calls.create_dataset(project, name))


def find_dataset(project: int, name: str = "") -> Steps[Dataset]:
    """By name; without one, the first. Raises NotFound."""
    found = yield from list_datasets(project)
    if not name and found:
        return min(found, key=lambda dataset: dataset.id)
    return _only([dataset for dataset in found if dataset.name == name], f"dataset “{name}”")


def list_classes(project: int) -> Steps[list[LabelClass]]:
    return collect(rows(calls.list_classes(project)))


def create_class(project: int, name: str) -> Steps[LabelClass]:
    return ask(calls.create_class(project, name))


def find_classes(project: int, names: Sequence[str]) -> Steps[list[LabelClass]]:
    """In the order of the names; without names, all. Raises NotFound."""
    found = yield from list_classes(project)
    return [_only([one for one in found if one.name == name], f"class “{name}”") for name in names] or found


def list_models(project: int) -> Steps[list[Model]]:
    """The newest first."""
    return collect(rows(calls.list_models(project)))


def _only(found: Sequence[N], what: str) -> N:
    if not found:
        raise NotFound(f"There is no {what}.")
    if len(found) > 1:
        ids = ", ".join(str(one.id) for one in found)
        raise NotFound(f"There is more than one {what}: name it by its id ({ids}).")
    return found[0]
