"""Which answer teaches most: doubt first, variety of images and shots, a tenth by chance."""

import pytest

from annotations.review.ranking import CHANCE, Question, most_useful


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


def test_every_tenth_is_drawn_by_lot_and_the_drawn_come_at_no_other_place() -> None:
    doubtful = [Question(n, n, 0.5) for n in range(200)]
    drawn = [Question(1000 + n, 1000 + n, 0.5 + n / 100) for n in range(30)]
    found = most_useful(doubtful, drawn)
    assert sorted(found) == sorted(one.pk for one in [*doubtful, *drawn])
    assert found[CHANCE - 1 : 220 : CHANCE] == [one.pk for one in drawn[:22]]
    assert found[222:] == [one.pk for one in drawn[22:]]  # nothing else is left
    assert most_useful([], drawn) == [one.pk for one in drawn]
