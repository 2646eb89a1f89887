"""The gallery: what each filter keeps, the order in few bytes, verbs on many with their history, and saved views."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotations.flags import Flag
from annotations.gallery import saved_views, views
from annotations.gallery.filters import GalleryFilter, narrowed
from annotations.gallery.rows import ids_of, rows, stretches
from projects.errors import Refusal
from projects.models import Image, Project
from tests import factories
from tests.annotations.gallery.scene import shown

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", "abcde"),
        ("search=B.JP", "b"),
        ("class={label}", "a"),
        ("class={label}&state=empty", "bcde"),
        ("class={label}&state=suggestions", "b"),
        ("class={other}&state=suggestions", ""),
        ("class={other}&state=complete", "c"),
        ("class={label}&state=open", "abcde"),
        ("state=boxes", "a"),
        ("state=empty", "bcde"),
        ("state=suggestions", "b"),
        ("state=complete", "c"),
        ("state=open", "abde"),
        ("assignee={worker}", "d"),
        ("assignee=none", "abce"),
        ("assignee=me", ""),
        ("origin=person", "a"),
        ("origin=import", ""),
        ("min=50&max=70", "b"),
        ("min=70", ""),
        ("size=large", "d"),
        ("size=small", "abce"),
        ("until=2020-01-01", ""),
        ("since=2020-01-01", "abcde"),
        ("copies=exact", "ae"),
        ("copies=near", "abe"),
        ("copies=near&order=-name", "eba"),
        ("copies=near&dataset={second}", "e"),
        ("split=test", "b"),
        ("split=none", "acde"),
        ("split=x", "abcde"),
        ("copies=1", "ae"),  # as views of earlier times say it
        ("copies=x", "abcde"),
        ("dataset={second}", "e"),
        ("order=-name", "edcba"),
        ("order=newest&state=open", "edba"),
        ("state=x&class=y&size=z&min=w&since=2020-99-99&order=q&dataset=&assignee=%00&search=%00", "abcde"),
        ("class=99999999999999999999", "abcde"),
    ],
)
def test_filters(project: Project, world: dict[str, Any], query: str, names: str) -> None:
    Image.objects.filter(pk=world["b"].pk).update(split="test")
    ids = {name: world[name].pk for name in ("label", "other", "second", "worker")}
    assert shown(project, query.format(**ids)) == names


def test_images_are_found_by_what_is_said_of_a_box(project: Project, client_as: Any) -> None:
    cat, dog = factories.make_class(project, name="cat"), factories.make_class(project, name="dog")
    images = [factories.make_image(project) for _ in range(3)]
    factories.make_box(images[0], cat, flags=Flag.OCCLUDED | Flag.IGNORE)
    factories.make_box(images[1], dog, flags=Flag.OCCLUDED)
    factories.make_box(images[2], dog)
    for query, found in (
        ({"flag": "occluded"}, images[:2]),
        ({"flag": "ignore"}, images[:1]),
        ({"flag": "occluded", "class": str(dog.pk)}, images[1:2]),
        ({"flag": "no such"}, images),
    ):
        assert list(narrowed(project, GalleryFilter.parse(query), project.created_by)) == found
    address = reverse("api-boxes", args=[project.pk])
    rows = client_as("owner").get(address, {"flag": "ignore"}).json()["results"]
    assert [row["flags"] for row in rows] == [["occluded", "ignore"]]


def test_a_request_and_its_words_are_one(project: Project) -> None:
    words = (
        "dataset=3&search=a+b&class=1&state=open&assignee=me&origin=import&min=5&max=90&size=large&since=2026-01-02"
        "&copies=near&split=val&flag=crowd&order=name"
    )
    wanted = GalleryFilter.parse(QueryDict(words))
    assert wanted.query() == words
    assert GalleryFilter.parse(QueryDict("")).query() == ""
    assert (wanted.more, wanted.narrows) == (8, True)


def test_copies_lie_side_by_side(project: Project, world: dict[str, Any], client_as: Any) -> None:
    """b and d: a group that began later; c lost its copy. In their groups they keep the order that was asked for."""
    group = Image.objects.get(pk=world["a"].pk).group
    Image.objects.filter(name__in=["b.jpg", "d.jpg"]).update(group=group + 1)
    Image.objects.filter(name="c.jpg").update(group=group + 2)
    assert shown(project, "copies=near") == "aebd"
    assert shown(project, "copies=near&order=-name") == "eadb"
    client, url = client_as("viewer"), reverse("api-gallery", args=[project.pk])
    for query, groups in (("near", [2, 2]), ("exact", [2]), ("", [])):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url, {"copies": query}).json()["groups"] == groups
        assert len(asked) <= 6


def test_the_page_counts_copies(project: Project, world: dict[str, Any], client_as: Any) -> None:
    client, url = client_as("viewer"), reverse("images", args=[project.pk])
    context = client.get(url, {"copies": "near"}).context
    assert (context["page"].paginator.count, context["groups"], context["uncompared"]) == (3, 1, 2)
    assert [thumb["name"] for thumb in context["thumbs"]] == ["a.jpg", "b.jpg", "e.jpg"]
    plain = client.get(url).context
    assert (plain["groups"], plain["uncompared"]) == (0, 0)


def test_who_left_has_no_images(project: Project, world: dict[str, Any]) -> None:
    project.memberships.filter(user=world["worker"]).delete()
    assert shown(project, "assignee=none") == "abcde"
    assert rows(project, [Image.objects.get(pk=world["d"].pk)], project.created_by)[0]["assignee"] is None


@pytest.mark.parametrize(
    ("ids", "found"), [([], []), ([5], [[5, 1]]), ([5, 6, 7, 9], [[5, 3], [9, 1]]), ([3, 2, 3], [[3, 1], [2, 2]])]
)
def test_stretches(ids: list[int], found: list[list[int]]) -> None:
    assert stretches(ids) == found


def test_the_order_is_said_whole(project: Project, world: dict[str, Any], client_as: Any) -> None:
    answer = client_as("viewer").get(reverse("api-gallery", args=[project.pk]), {"state": "open"}).json()
    ids = [first + n for first, length in answer["stretches"] for n in range(length)]
    assert ids == [world[name].pk for name in "abde"]
    assert answer["total"] == 4
    assert ids_of(Image.objects.none()) == []


def test_rows_say_what_to_draw_on_the_thumbnail(project: Project) -> None:
    label, image = factories.make_class(project), factories.make_image(project, name="a.jpg")
    for n in range(70):
        factories.make_box(image, label, (0, 0, 2 + n, 10))
    factories.make_suggestion(image, label, (0, 0, image.width / 2, image.height))
    factories.make_suggestion(image, label, state="rejected")
    [row] = rows(project, [image], project.created_by)
    assert (row["boxes"], len(row["drawn"]), row["drawn"][0][3]) == (70, 60, round(71 / image.width, 4))
    assert (row["suggestions"], row["suggested"]) == (1, [[label.pk, 0, 0, 0.5, 1]])


def test_rows_ask_the_same_however_many(project: Project, world: dict[str, Any], client_as: Any) -> None:
    client, url = client_as("viewer"), reverse("api-gallery-rows", args=[project.pk])
    counts = []
    for names in ("ad", "abcde"):
        with CaptureQueriesContext(connection) as asked:
            found = client.get(url, {"ids": ",".join(str(world[name].pk) for name in names)}).json()
        counts.append(len(asked))
        assert len(found) == len(names)
    assert counts[0] == counts[1] <= 9
    reported = {row["name"]: row for row in found}
    assert (reported["a.jpg"]["boxes"], reported["b.jpg"]["suggestions"], reported["c.jpg"]["complete"]) == (1, 1, 1)
    assert reported["d.jpg"]["assignee"] == str(world["worker"])
    stranger = factories.make_image(factories.make_project())
    assert client.get(url, {"ids": f"{stranger.pk},x,99"}).json() == []


# --- saved views ------------------------------------------------------------------------------------------------------
def test_views_are_ones_own(project: Project, world: dict[str, Any], client_as: Any) -> None:
    client, url = client_as("owner"), reverse("view-save", args=[project.pk])
    client.post(url, {"name": " To  do ", "query": "state=open&nonsense=1"})
    client.post(url, {"name": "To do", "query": "state=empty"})
    view = project.saved_views.get()
    assert (view.name, view.query, view.user) == ("To do", "state=empty", project.created_by)
    assert "To do" in client.get(reverse("images", args=[project.pk])).content.decode()
    other = client_as("annotator")
    assert "To do" not in other.get(reverse("images", args=[project.pk])).content.decode()
    gone = reverse("view-delete", args=[project.pk, view.pk])
    assert other.post(gone).status_code == 404
    assert client_as("stranger").post(url, {"name": "x", "query": ""}).status_code == 404
    assert client.post(gone).status_code == 302
    assert not project.saved_views.exists()


def test_views_have_an_end(project: Project) -> None:
    for n in range(saved_views.MOST):
        saved_views.save(project.created_by, project, name=f"view {n}", query="")
    with pytest.raises(Refusal):
        saved_views.save(project.created_by, project, name="one more", query="")
    assert saved_views.save(project.created_by, project, name="view 1", query="state=open").query == "state=open"


def test_an_upload_learns_what_is_there(project: Project, world: dict[str, Any], client_as: Any) -> None:
    url = reverse("api-known", args=[world["a"].dataset_id])
    body = {"sha256": [world["a"].sha256, "f" * 64]}
    answer = client_as("annotator").post(url, body, content_type="application/json")
    assert answer.json() == {"known": {world["a"].sha256: "a.jpg"}}
    assert client_as("annotator").post(url, {"sha256": ["x"]}, content_type="application/json").status_code == 400


@pytest.mark.parametrize(("most", "says"), [(2, "More than 2 images"), (4, "4 images")])
def test_a_filter_that_leaves_very_many_is_counted_so_far(
    most: int, says: str, project: Project, world: dict[str, Any], client_as: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MOST_COUNTED", most)
    page = client_as("viewer").get(reverse("images", args=[project.pk]), {"state": "empty"}).content.decode()
    assert says in page
