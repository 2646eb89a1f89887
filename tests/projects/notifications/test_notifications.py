"""Notifications: who is told, once for what belongs together, and what is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from projects.models import Membership, Notification, NotificationKind, Project, User
from projects.notifications import actions, queries
from projects.notifications.actions import News, Page
from projects.notifications.consumers import NotificationFeed
from projects.notifications.words import LOOKS, address, sentence
from tests import factories

Maker = Callable[..., News]


@pytest.fixture
def ada(project: Project) -> User:
    return factories.make_member(project, "annotator", name="Ada")


def test_members_who_want_it_are_notified(project: Project, ada: User, news: Maker) -> None:
    deaf = factories.make_member(project, "annotator", muted=[NotificationKind.RETURNED])
    gone = factories.make_member(project, "annotator", is_active=False)
    actor = project.created_by
    actions.notify([ada, deaf, gone, actor, factories.make_user(), None], news(), actor=actor)
    assert [row.person for row in Notification.objects.all()] == [ada]


def test_news_of_one_thing_are_one_row_until_they_are_read(project: Project, ada: User, news: Maker) -> None:
    for key in ("job-1", "job-1", "job-2"):
        actions.notify([ada], news(key))
    assert sorted(Notification.objects.values_list("key", "count")) == [("job-1", 2), ("job-2", 1)]
    actions.mark_read(ada)
    actions.notify([ada], news())
    assert (queries.unread(ada), Notification.objects.count()) == (1, 3)
    Notification.objects.update(mailed_at=timezone.now())
    actions.notify([ada], news())
    assert queries.unread(ada) == 2


def test_who_left_the_project_reads_nothing_of_it(project: Project, ada: User, news: Maker, client: Any) -> None:
    actions.notify([ada], news())
    row = Notification.objects.get()
    client.force_login(ada)
    address = reverse("notification", args=[row.pk])
    assert client.get(address).url == reverse("project", args=[project.pk])
    assert queries.unread(ada) == 0
    Membership.objects.filter(user=ada).delete()
    assert client.get(address).status_code == 404
    assert not queries.visible(ada).exists()


@pytest.mark.parametrize("kind", NotificationKind.values)
@pytest.mark.parametrize("failed", [False, True])
def test_each_kind_has_its_sentence_in_both_languages(
    kind: str, failed: bool, project: Project, ada: User, news: Maker
) -> None:
    actions.notify([ada], news(kind=NotificationKind(kind), failed=failed, count=2), actor=project.created_by)
    row = Notification.objects.get()
    said = sentence(row)
    assert "Monday" in said
    with translation.override("ko"):
        assert sentence(row) != said
    assert set(LOOKS) == set(NotificationKind.values)


def test_a_page_that_is_no_more_leads_nowhere(project: Project, ada: User) -> None:
    actions.notify([ada], News(NotificationKind.RETURNED, project, "x", Page("no-such-page", (1,))))
    assert address(Notification.objects.get()) == ""


def test_the_page_reads_one_or_all(project: Project, ada: User, news: Maker, client: Any) -> None:
    for key in "abc":
        actions.notify([ada], news(key))
    client.force_login(ada)
    first = Notification.objects.earliest("id")
    client.post(reverse("notifications-read"), {"id": first.pk})
    assert queries.unread(ada) == 2
    page = client.get(reverse("notifications") + "?unread=1")
    assert [row for row, *_rest in page.context["rows"]] == list(Notification.objects.exclude(pk=first.pk))
    assert b'data-unread="2"' in page.content
    client.post(reverse("notifications-read"))
    assert queries.unread(ada) == 0


def test_nobody_reads_what_is_another_s(project: Project, ada: User, news: Maker) -> None:
    actions.notify([ada], news())
    actions.mark_read(factories.make_member(project, "owner"), [Notification.objects.get().pk])
    assert queries.unread(ada) == 1


def test_kinds_are_turned_off_and_on(ada: User, client: Any, db: None) -> None:
    client.force_login(ada)
    page = reverse("notification-settings")
    client.post(page, {"kinds": ["mentioned"], "digest": ""})
    ada.refresh_from_db()
    assert (set(ada.muted), ada.digest) == (set(NotificationKind.values) - {"mentioned"}, False)
    client.post(page, {"kinds": NotificationKind.values, "digest": "on"})
    ada.refresh_from_db()
    assert (ada.muted, ada.digest) == ([], True)


def test_the_list_costs_the_same_for_few_and_many(
    project: Project, ada: User, news: Maker, client: Any, django_assert_num_queries: Any
) -> None:
    client.force_login(ada)
    for count in (1, 12):
        while Notification.objects.count() < count:
            actor = factories.make_member(project, "reviewer")
            actions.notify([ada], news(str(Notification.objects.count())), actor=actor)
        with django_assert_num_queries(6):  # session, person, count, rows, unread: of the page and of the bell
            assert client.get(reverse("notifications")).status_code == 200
        with django_assert_num_queries(4):
            assert client.get(reverse("api-notifications")).json()["count"] == count


def test_open_pages_hear_of_another_count(project: Project, ada: User, news: Maker) -> None:
    feed = NotificationFeed(ada.pk)
    feed.start()
    assert (feed.missed(None), feed.look()) == ([{"unread": 0}], [])
    actions.notify([ada], news())
    assert (feed.look(), feed.look()) == ([{"unread": 1}], [])
