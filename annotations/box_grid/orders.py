"""Orders of one class's boxes, and how a list of any length goes on after a row without counting those before it."""

from __future__ import annotations

import base64
import json
from dataclasses import astuple, dataclass
from datetime import datetime
from statistics import median
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db.models import ExpressionWrapper, F, FloatField, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext as _

from annotations.models import Box
from projects.errors import Refusal

ORDERS = ("-odd", "size", "-size", "updated", "-updated", "author")
SAMPLE = 2000  # boxes that say what is usual of a class
USUAL_KEPT_S = 600
LEAST_SPREAD = 0.01
LEAST_SIDE = 0.01  # pixels


@dataclass(frozen=True, slots=True)
class Usual:
    """What most boxes of a class are like: median area (pixels) and median ratio of width to height, each with the
    median of what boxes deviate from it.
    """

    area: float
    area_spread: float
    ratio: float
    ratio_spread: float

    @classmethod
    def of(cls, sizes: list[tuple[float, float]]) -> Usual:
        """sizes: width and height of boxes; at least one."""
        areas, ratios = [w * h for w, h in sizes], [w / h for w, h in sizes]
        area, ratio = median(areas), median(ratios)
        spreads = [
            max(LEAST_SPREAD, median(deviation(one, usual) for one in values))
            for values, usual in ((areas, area), (ratios, ratio))
        ]
        return cls(area, spreads[0], ratio, spreads[1])


def deviation(value: float, usual: float) -> float:
    """0 where it is usual; alike for half of it and for twice of it."""
    return value / usual + usual / value - 2


def usual_of(label: int) -> Usual:
    """Of at most 2,000 boxes of a class, spread over it by their random ids; kept for ten minutes."""
    found: Usual | None = cache.get(f"usual-boxes-{label}")
    if found is None:
        corners = Box.objects.filter(label=label).order_by("pk").values_list("x1", "y1", "x2", "y2")[:SAMPLE]
        sizes = [(max(x2 - x1, LEAST_SIDE), max(y2 - y1, LEAST_SIDE)) for x1, y1, x2, y2 in corners]
        found = Usual.of(sizes or [(1.0, 1.0)])
        cache.set(f"usual-boxes-{label}", found, USUAL_KEPT_S)
    return found


def oddness(usual: Usual) -> Combinable:
    """How far a box is from what is usual, in size and in shape, each in units of what is usual for the class: the sum
    of both deviations, but for a constant. Numbers are put together here: the database reckons it for each box of a
    class.
    """
    width, height = F("x2") - F("x1"), F("y2") - F("y1")
    area, by_area = width * height, usual.area * usual.area_spread
    by_ratio = usual.ratio * usual.ratio_spread
    size = area * Value(1 / by_area) + Value(usual.area / usual.area_spread) / _at_least(area)
    shape = width * Value(1 / by_ratio) / _at_least(height) + height * Value(
        usual.ratio / usual.ratio_spread
    ) / _at_least(width)
    return size + shape


def _at_least(value: Combinable) -> Greatest:
    """Nothing is divided by zero, whatever the table holds."""
    return Greatest(value, Value(LEAST_SIDE))


@dataclass(frozen=True, slots=True)
class After:
    """Where a list goes on: after the box `pk`, which has this value in the order. usual: as the first page had it."""

    value: Any
    pk: UUID
    usual: Usual | None = None

    def token(self) -> str:
        value = self.value.isoformat() if isinstance(self.value, datetime) else self.value
        usual = astuple(self.usual) if self.usual else None
        return base64.urlsafe_b64encode(json.dumps([value, self.pk.hex, usual]).encode()).decode()

    @classmethod
    def read(cls, token: str, order: str) -> After:
        """Raises Refusal for what no list has given."""
        try:
            value, pk, usual = json.loads(base64.urlsafe_b64decode(token.encode()))
            value = datetime.fromisoformat(value) if order.lstrip("-") == "updated" else float(value)
            return cls(value, UUID(pk), Usual(*map(float, usual)) if usual else None)
        except (ValueError, TypeError, AttributeError) as error:
            raise Refusal(_("This list gave no such place to go on from."), field="after") from error


def ids_after(
    rows: QuerySet[Box], label: int, order: str, after: After | None, n: int
) -> tuple[list[UUID], str | None]:
    """The next `n` ids of one class's boxes, and the token of what comes after them; None at the end."""
    usual = (after.usual if after else None) or usual_of(label) if order == "-odd" else None
    down = order.startswith("-")
    rows = rows.filter(label=label).annotate(value=_value(order.lstrip("-"), usual))
    if after is not None:
        beyond = "lt" if down else "gt"
        rows = rows.filter(Q(**{f"value__{beyond}": after.value}) | Q(value=after.value, **{f"pk__{beyond}": after.pk}))
    ordered = rows.order_by(*(("-value", "-pk") if down else ("value", "pk")))
    found = list(ordered.values_list("pk", "value")[: n + 1])
    more = found[n - 1] if len(found) > n else None
    return [pk for pk, _value in found[:n]], After(more[1], more[0], usual).token() if more else None


def _value(name: str, usual: Usual | None) -> Combinable:
    if name == "odd":
        assert usual is not None
        return ExpressionWrapper(oddness(usual), FloatField())
    if name == "size":
        return ExpressionWrapper((F("x2") - F("x1")) * (F("y2") - F("y1")), FloatField())
    return F("updated_at") if name == "updated" else Coalesce(F("author_id"), Value(0))
