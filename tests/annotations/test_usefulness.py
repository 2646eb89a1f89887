"""Which answer teaches most: doubt first, variety of images and shots, a tenth by chance."""

import pytest

from annotations.usefulness import CHANCE, Question, most_useful


def order(*questions: Question) -> list[int]:
    return most_useful(questions)


@pytest.mark.parametrize(
    ("questions", "expected"),
    [
        ([], []),
        ([Question(1, 1, 0.95), Question(2, 2, 0.5), Question(3, 3, 0.2)], [2, 3, 1]),
        # the second of an image, or near the same shot, waits for others
        ([Question(1, 1, 0.5), Question(2, 1, 0.5), Question(3, 2, 0.7)], [1, 3, 2]),
        ([Question(1, 1, 0.5, "a"), Question(2, 2, 0.5, "a"), Question(3, 3, 0.6, "b")], [1, 3, 2]),
        ([Question(1, 1, 0.5), Question(2, 2, 0.5), Question(3, 3, 0.6)], [1, 2, 3]),  # no shot is no common shot
    ],
)
def test_order(questions: list[Question], expected: list[int]) -> None:
    assert order(*questions) == expected


def test_every_tenth_is_drawn_by_chance_and_nobody_is_asked_twice() -> None:
    doubtful = [Question(n, n, 0.5) for n in range(200)]
    known = [Question(1000 + n, 1000 + n, 0.999) for n in range(1800)]
    found = most_useful([*doubtful, *known], seed=3)
    assert sorted(found) == sorted(one.pk for one in [*doubtful, *known])
    by_chance = found[CHANCE - 1 : 200 : CHANCE]
    rest = [pk for place, pk in enumerate(found[:200]) if place % CHANCE != CHANCE - 1]
    assert sum(pk >= 1000 for pk in by_chance) > 12
    assert all(pk < 1000 for pk in rest)
    assert found == most_useful([*known, *doubtful], seed=3) != most_useful([*known, *doubtful], seed=4)
