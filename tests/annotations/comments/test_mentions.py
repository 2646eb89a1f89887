"""Calling a member by name in a comment, and the page of all comments."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from annotations.comments import actions
from annotations.comments.mentions import Member, find, pieces
from annotations.models import Box, Comment
from projects.models import Notification, Project, User
from tests import factories

ADA, TWIN = Member(1, "Ada Lovelace", "ada@example.org"), Member(2, "ada lovelace", "other@example.org")
SHORT, KIM, NAMELESS = (
    Member(3, "Ada", "a@example.org"),
    Member(4, "김철수", "kim@example.org"),
    Member(5, "", "bo@x.org"),
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Why, @Ada Lovelace?", {1, 2}),
        ("@ADA@example.org, look", {1}),
        ("@ada. And @bo@x.org", {3, 5}),
        ("@김철수가 보세요", {4}),
        ("@Adabc, me@ada, @nobody, Ada", set()),
    ],
)
def test_whom_a_text_calls(text: str, found: set[int]) -> None:
    members = [ADA, TWIN, SHORT, KIM, NAMELESS]
    assert find(text, members) == found
    parts = pieces(text, [member for member in members if member.pk in found])
    assert "".join(part for part, _called in parts) == text
    assert any(called for _part, called in parts) == bool(found)


@pytest.fixture
def ada(project: Project) -> User:
    return factories.make_member(project, "annotator", name="Ada Lovelace")


@pytest.fixture
def box(project: Project) -> Box:
    return factories.make_box(factories.make_image(project), factories.make_class(project, "cat"))


def test_who_is_called_is_notified_once(project: Project, ada: User, box: Box) -> None:
    owner, stranger = project.created_by, factories.make_user(name="Stranger")
    assert owner is not None
    said = actions.add(owner, box.image, text=f"@Ada Lovelace @{owner.email} @Stranger", box=box.pk)
    news = Notification.objects.get()
    assert (news.person, news.suffix, news.about) == (ada, f"#box={box.pk}", box.image.name)
    assert set(said.mentions.all()) == {ada, owner}
    actions.change(owner, said, text="@ada lovelace, look")
    assert Notification.objects.get().detail == "@ada lovelace, look"
    actions.change(owner, said, text="Never mind")
    assert not Notification.objects.exists()
    actions.change(owner, said, text="@Ada Lovelace!")
    actions.delete(owner, said)
    assert not Notification.objects.exists()
    assert stranger.pk


def ids(client: Any, project: Project, query: str) -> list[int]:
    rows = client.get(reverse("comments", args=[project.pk]) + query).context["rows"]
    listed = client.get(reverse("api-comments", args=[project.pk]) + query).json()["results"]
    assert [row["id"] for row in listed] == [row["comment"].pk for row in rows]
    return [row["comment"].pk for row in rows]


def test_all_comments_of_a_project_are_narrowed_and_resolved(
    project: Project, ada: User, box: Box, client_as: Any
) -> None:
    owner = project.created_by
    assert owner is not None
    pinned = actions.add(owner, box.image, text="@Ada Lovelace?", box=box.pk).pk
    loose = actions.add(ada, box.image, text=f"@{owner.email}: no").pk
    done = actions.add(owner, factories.make_image(project), text="Done")
    actions.resolve(owner, done, resolved=True)
    factories.make_image(factories.make_project())
    client = client_as("owner")
    assert ids(client, project, "") == [loose, pinned]
    assert ids(client, project, "?state=resolved") == [done.pk]
    assert ids(client, project, f"?state=all&author={owner.pk}") == [done.pk, pinned]
    assert ids(client, project, "?mentioned=me") == [loose]
    assert ids(client, project, f"?class={box.label_id}") == [pinned]
    page = client.get(reverse("comments", args=[project.pk]) + "?author=x&class=y&state=z")
    assert [row["comment"].pk for row in page.context["rows"]] == [loose, pinned]  # the API refuses it
    back = client.post(reverse("comment-resolve", args=[project.pk, pinned]) + f"?class={box.label_id}")
    assert back.url == reverse("comments", args=[project.pk]) + f"?class={box.label_id}"
    assert Comment.objects.get(pk=pinned).resolved_by == owner
    client.post(reverse("comment-resolve", args=[project.pk, pinned]), {"do": "reopen"})
    assert Comment.objects.get(pk=pinned).resolved_at is None


def test_the_page_costs_the_same_for_few_and_many(
    project: Project, ada: User, box: Box, client_as: Any, django_assert_num_queries: Any
) -> None:
    client = client_as("viewer")
    for count in (1, 12):
        while Comment.objects.count() < count:
            author = factories.make_member(project, "annotator")
            pinned = factories.make_box(factories.make_image(project), box.label)
            actions.add(author, pinned.image, text="@Ada Lovelace", box=pinned.pk)
        with django_assert_num_queries(
            10
        ):  # session, person, project, count, rows, mentions, boxes, authors, classes, bell
            assert client.get(reverse("comments", args=[project.pk])).status_code == 200
