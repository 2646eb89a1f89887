"""The end of a search's list: measured on what people boxed, said with the run, and never at nothing in common."""

from __future__ import annotations

import pytest

from annotations.models import Complete
from tests import factories
from training.runner.similarity_floor import CHANCE, Floor, floor_of, known


@pytest.mark.parametrize(
    ("same", "other", "expected"),
    [
        ([], [], Floor(CHANCE, False)),
        ([0.9] * 4, [0.1] * 40, Floor(CHANCE, False)),
        ([0.9] * 40, [0.1] * 4, Floor(CHANCE, False)),
        ([0.9, 0.8, 0.7, 0.6, 0.5], [0.4, 0.3, 0.2, 0.1, 0.0], Floor(0.5, True)),
        ([0.9, 0.8, 0.7, 0.6, 0.1], [0.55, 0.5, 0.45, 0.3, 0.2], Floor(0.6, True)),
        ([0.2, 0.15, 0.14, 0.13, 0.12], [0.05] * 5, Floor(0.12, True)),
    ],
)
def test_floor(same, other, expected):
    assert floor_of(same, other) == expected


def test_what_is_known_of_matches(bench):
    here, there, bare, _ = (*bench.images, None)
    other = factories.make_class(bench.project)
    factories.make_box(there, other, (200, 200, 260, 260))
    Complete.objects.create(image=bare, label=bench.label)
    place = [200.0, 200.0, 260.0, 260.0]
    matches = [
        [here.pk, 10.0, 10.0, 60.0, 60.0, 0.9],  # on a box of the class
        [there.pk, *place, 0.4],  # on another's
        [bare.pk, *place, 0.3],  # where people said that there is none
        [here.pk, *place, 0.2],  # nobody knows
    ]
    assert known(bench.label.pk, matches) == ([0.9], [0.4, 0.3])
