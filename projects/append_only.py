"""Tables whose rows are only ever added: the audit log and the history of boxes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn, TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)


class AppendOnlyError(TypeError):
    """Somebody tried to change or delete a row that is there to stay."""

    def __init__(self, model: type[models.Model]) -> None:
        super().__init__(f"{model.__name__} is append-only: rows are added, never changed or deleted.")


class AppendOnlyQuerySet(models.QuerySet[Row]):
    """Refuses what would rewrite the past. (A deleted person, image or project still takes its key out of a row: Django
    does that through the base manager.)
    """

    def update(self, **_fields: Any) -> NoReturn:
        raise AppendOnlyError(self.model)

    def bulk_update(self, *_args: Any, **_options: Any) -> NoReturn:
        raise AppendOnlyError(self.model)

    def delete(self) -> NoReturn:
        raise AppendOnlyError(self.model)

    def bulk_create(self, objs: Iterable[Row], *args: Any, **options: Any) -> list[Row]:
        """Raises AppendOnlyError where a row that is there already would be written over."""
        if options.get("update_conflicts"):
            raise AppendOnlyError(self.model)
        return super().bulk_create(objs, *args, **options)


class AppendOnly(models.Model):
    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError(type(self))
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise AppendOnlyError(type(self))
