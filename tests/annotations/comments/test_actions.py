"""Comments on boxes: said, answered, resolved; they outlive their box, and the history knows of them."""

import uuid

import pytest
from django.test import Client

from annotations.boxes import actions as boxes_actions
from annotations.comments import actions as comments_actions
from annotations.models import BoxHistory, Comment
from projects.errors import Forbidden, Refusal
from tests import factories


@pytest.fixture
def box(project):
    image = factories.make_image(project)
    return factories.make_box(image, factories.make_class(project))


def test_a_comment_is_listed_with_its_author(client_as, project, box):
    address = f"/api/images/{box.image_id}/comments/"
    made = client_as("annotator").post(
        address, {"box": str(box.pk), "text": " Two cats? "}, content_type="application/json"
    )
    rows = client_as("viewer").get(address).json()["results"]
    assert made.json() == rows[0]
    assert (rows[0]["text"], rows[0]["box"], rows[0]["resolved"]) == ("Two cats?", str(box.pk), False)


def test_a_comment_tells_names_beside_addresses(client_as, project, box):
    project.created_by.name = "Ada"
    project.created_by.save()
    said = comments_actions.add(project.created_by, box.image, text="Hm")
    comments_actions.resolve(project.created_by, said, resolved=True)
    row = client_as("viewer").get(f"/api/images/{box.image_id}/comments/").json()["results"][0]
    assert (row["author_name"], row["resolved_by_name"]) == ("Ada", "Ada")


@pytest.mark.parametrize("body", [{"text": ""}, {"text": "x" * 2001}, {"text": "x", "box": str(uuid.uuid4())}, {}])
def test_what_makes_no_comment(client_as, box, body):
    address = f"/api/images/{box.image_id}/comments/"
    assert client_as("owner").post(address, body, content_type="application/json").status_code == 400
    assert not Comment.objects.exists()


def test_resolved_opened_again_and_written_down(project, box):
    said = comments_actions.add(project.created_by, box.image, text="Hm", box=box.pk)
    for resolved in (True, True, False):
        comments_actions.resolve(project.created_by, said, resolved=resolved)
    assert list(BoxHistory.objects.values_list("verb", "box")) == [
        ("commented", box.pk), ("resolved", box.pk), ("unresolved", box.pk),
    ]  # fmt: skip
    assert said.resolved_by is None


def test_a_comment_outlives_its_box(project, box):
    said = comments_actions.add(project.created_by, box.image, text="Hm", box=box.pk)
    boxes_actions.apply_changes(project.created_by, box.image, seen=1, changes=[{"op": "delete", "id": str(box.pk)}])
    said.refresh_from_db()
    assert said.box == box.pk
    with pytest.raises(Refusal):
        comments_actions.add(project.created_by, box.image, text="Again", box=box.pk)


def test_a_viewer_only_reads(project, box):
    with pytest.raises(Forbidden):
        comments_actions.add(factories.make_member(project, "viewer"), box.image, text="Hm")


def test_the_list_takes_as_many_queries_for_many(client_as, project, box, django_assert_num_queries):
    client, address = client_as("viewer"), f"/api/images/{box.image_id}/comments/"
    for count in (1, 20):
        while Comment.objects.count() < count:
            author = factories.make_member(project, "annotator")
            said = comments_actions.add(author, box.image, text="Hm", box=box.pk)
            comments_actions.resolve(author, said, resolved=True)
        with django_assert_num_queries(6):
            assert client.get(address).json()["count"] == count


def test_a_comment_outlives_its_author(client_as, project, box):
    author = factories.make_member(project, "annotator", name="Ada")
    comments_actions.resolve(author, comments_actions.add(author, box.image, text="Hm"), resolved=True)
    author.delete()
    row = client_as("viewer").get(f"/api/images/{box.image_id}/comments/").json()["results"][0]
    names = ("author", "author_name", "resolved_by", "resolved_by_name")
    assert [row[name] for name in names] == [None] * 4
    assert row["resolved"]


@pytest.mark.parametrize(
    ("who", "change", "remove"),
    [
        ("author", 200, 204), ("viewer", 403, 403), ("annotator", 403, 403), ("reviewer", 403, 204),
        ("owner", 403, 204), ("stranger", 404, 404),
    ],
)  # fmt: skip
def test_the_author_changes_it_and_a_reviewer_may_delete_it(who, change, remove, client_as, project, box):
    author = factories.make_member(project, "annotator")
    said = comments_actions.add(author, box.image, text="Hm", box=box.pk)
    client = Client() if who == "author" else client_as(who)
    if who == "author":
        client.force_login(author)
    address = f"/api/comments/{said.pk}/"
    assert client.patch(address, {"text": "Two cats?"}, content_type="application/json").status_code == change
    assert Comment.objects.get().text == ("Two cats?" if change == 200 else "Hm")
    assert client.delete(address).status_code == remove
    assert Comment.objects.exists() == (remove != 204)


@pytest.mark.parametrize("body", [{}, {"text": " "}, {"text": "x" * 2001}, {"resolved": "maybe"}])
def test_what_changes_no_comment(client_as, project, box, body):
    said = comments_actions.add(project.created_by, box.image, text="Hm", box=box.pk)
    answer = client_as("owner").patch(f"/api/comments/{said.pk}/", body, content_type="application/json")
    assert (answer.status_code, Comment.objects.get().text) == (400, "Hm")


def test_a_change_is_seen_as_one_and_written_down(client_as, project, box):
    said = comments_actions.add(project.created_by, box.image, text="Hm", box=box.pk)
    comments_actions.change(project.created_by, said, text="Hm")  # the same words
    assert said.changed_at is None
    comments_actions.change(project.created_by, said, text="Two cats?")
    row = client_as("viewer").get(f"/api/images/{box.image_id}/comments/").json()["results"][0]
    assert (row["text"], row["changed_at"] is not None) == ("Two cats?", True)
    comments_actions.delete(project.created_by, said)
    verbs = list(BoxHistory.objects.values_list("verb", "box"))
    assert verbs == [("commented", box.pk), ("reworded", box.pk), ("unsaid", box.pk)]


def test_who_no_longer_labels_changes_nothing_of_their_own(project, box):
    author = factories.make_member(project, "annotator")
    said = comments_actions.add(author, box.image, text="Hm", box=box.pk)
    project.memberships.filter(user=author).update(role="viewer")
    for verb in (
        lambda: comments_actions.change(author, said, text="New"),
        lambda: comments_actions.delete(author, said),
    ):
        with pytest.raises(Forbidden):
            verb()
