"""Who is in which image: each person once, until their last page of it goes or says nothing for a while."""

from __future__ import annotations

from labelhub.live.presence import KEPT_S, Presence, Visitor

OLGA, MIN = Visitor(1, "Olga", 7), Visitor(2, "Min", 7)


def test_a_person_is_there_once_however_many_pages_they_have() -> None:
    presence = Presence()
    assert presence.note("a", OLGA, 0) == {7}
    assert presence.note("b", OLGA, 0) == {7}
    assert presence.note("c", MIN, 0) == {7}
    assert presence.visitors(7) == [MIN, OLGA]
    assert presence.visitors(8) == []
    presence.note("a", Visitor(1, "Olga", None), 1)
    assert presence.visitors(7) == [MIN, OLGA]


def test_both_images_hear_of_a_move_and_nobody_of_what_is_said_again() -> None:
    presence = Presence()
    presence.note("a", OLGA, 0)
    assert presence.note("a", OLGA, 1) == set()
    assert presence.note("a", Visitor(1, "Olga", 8), 2) == {7, 8}
    assert presence.note("a", Visitor(1, "Olga", None), 3) == {8}
    assert presence.note("a", Visitor(1, "Olga", None), 4) == set()


def test_a_page_that_says_nothing_more_is_forgotten() -> None:
    presence = Presence()
    presence.note("a", OLGA, 0)
    presence.note("c", MIN, 0)
    presence.note("c", MIN, KEPT_S)
    assert presence.expire(KEPT_S + 1) == {7}
    assert presence.visitors(7) == [MIN]
    assert presence.expire(KEPT_S + 1) == set()
