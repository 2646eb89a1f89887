"""The gallery: what each filter keeps, the order in few bytes, verbs on many with their history, and saved views."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotations.gallery import actions, completion, saved_views, views
from annotations.gallery.filters import Wanted, narrowed
from annotations.gallery.rows import ids_of, rows, stretches
from annotations.models import BoxHistory, Complete
from projects.errors import Forbidden, Refused
from projects.models import AuditEntry, Image, Project
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(project: Project) -> dict[str, Any]:
    """Five images: a has a drawn box, b a waiting suggestion, c is complete, d is large, old and assigned, e copies a, and b looks like it."""
    label, other = factories.make_class(project, name="fox"), factories.make_class(project, name="owl")
    found: dict[str, Any] = {name: factories.make_image(project, name=f"{name}.jpg") for name in "abcd"}
    second = project.datasets.create(name="Second")
    found["e"] = factories.make_image(project, name="e.jpg", dataset=second)
    Image.objects.filter(pk=found["e"].pk).update(sha256=found["a"].sha256)
    Image.objects.filter(name__in=["a.jpg", "b.jpg", "e.jpg"]).update(group=found["a"].pk, compared=True)
    factories.make_box(found["a"], label)
    factories.make_suggestion(found["b"], label, probability=0.6)
    factories.make_suggestion(found["c"], label, probability=0.9, state="accepted")
    Complete.objects.create(image=found["c"], label=other)
    worker = factories.make_member(project, "annotator")
    day = timezone.now() - timedelta(days=40)
    Image.objects.filter(pk=found["d"].pk).update(width=4000, height=3000, created_at=day, assignee=worker)
    return found | {"label": label, "other": other, "second": second, "worker": worker}


def shown(project: Project, query: str) -> str:
    wanted = Wanted.parse(QueryDict(query))
    names = narrowed(project, wanted, project.created_by).values_list("name", flat=True)
    return "".join(name[0] for name in names)


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
    ids = {name: world[name].pk for name in ("label", "other", "second", "worker")}
    assert shown(project, query.format(**ids)) == names


def test_a_wish_and_its_words_are_one(project: Project) -> None:
    words = "dataset=3&search=a+b&class=1&state=open&assignee=me&origin=import&min=5&max=90&size=large&since=2026-01-02&copies=near&order=name"
    wanted = Wanted.parse(QueryDict(words))
    assert wanted.query() == words
    assert Wanted.parse(QueryDict("")).query() == ""
    assert (wanted.more, wanted.narrows) == (6, True)


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
    assert rows(project, [Image.objects.get(pk=world["d"].pk)])[0]["assignee"] is None


@pytest.mark.parametrize(
    ("ids", "found"), [([], []), ([5], [[5, 1]]), ([5, 6, 7, 9], [[5, 3], [9, 1]]), ([3, 2, 3], [[3, 1], [2, 2]])]
)
def test_stretches(ids: list[int], found: list[list[int]]) -> None:
    assert stretches(ids) == found


def test_the_order_is_told_whole(project: Project, world: dict[str, Any], client_as: Any) -> None:
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
    [row] = rows(project, [image])
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
    told = {row["name"]: row for row in found}
    assert (told["a.jpg"]["boxes"], told["b.jpg"]["suggestions"], told["c.jpg"]["complete"]) == (1, 1, 1)
    assert told["d.jpg"]["assignee"] == str(world["worker"])
    stranger = factories.make_image(factories.make_project())
    assert client.get(url, {"ids": f"{stranger.pk},x,99"}).json() == []


# --- verbs ------------------------------------------------------------------------------------------------------------
def ids(world: dict[str, Any], names: str) -> list[int]:
    return [world[name].pk for name in names]


def test_reviewers_deal_out_and_annotators_take(project: Project, world: dict[str, Any]) -> None:
    worker, reviewer = world["worker"], factories.make_member(project, "reviewer")
    assert actions.assign(worker, project, ids(world, "ad"), worker).before == {
        None: [world["a"].pk]
    }  # d is theirs already
    with pytest.raises(Forbidden):
        actions.assign(worker, project, ids(world, "b"), reviewer)
    assert actions.assign(reviewer, project, ids(world, "ab"), reviewer).count == 2
    with pytest.raises(Forbidden):
        actions.assign(worker, project, ids(world, "a"), worker)  # somebody else's
    with pytest.raises(Refused):
        actions.assign(reviewer, project, ids(world, "a"), factories.make_member(project, "viewer"))
    assert shown(project, f"assignee={reviewer.pk}") == "ab"
    assert [entry.data["count"] for entry in AuditEntry.objects.filter(verb="images.assigned")] == [2, 1]


def test_moving_leaves_copies_where_they_are(project: Project, world: dict[str, Any]) -> None:
    moved = actions.move(project.created_by, project, ids(world, "abe"), world["second"])
    assert (moved.count, moved.stayed) == (1, ["a.jpg"])
    assert shown(project, f"dataset={world['second'].pk}") == "be"
    with pytest.raises(Refused):
        actions.move(project.created_by, project, ids(world, "c"), factories.make_project().datasets.get())


def test_complete_and_not_leave_history(project: Project, world: dict[str, Any]) -> None:
    labels = [world["label"], world["other"]]
    assert completion.set_complete(world["worker"], project, ids(world, "abc"), labels, value=True).count == 3
    assert shown(project, f"class={world['label'].pk}&state=complete") == "abc"
    assert BoxHistory.objects.filter(verb="completed").count() == 5  # c was complete for one already
    assert Image.objects.get(pk=world["a"].pk).version == world["a"].version + 1
    assert completion.set_complete(world["worker"], project, ids(world, "abc"), labels, value=True).count == 0
    assert completion.set_complete(world["worker"], project, ids(world, "a"), labels[:1], value=False).count == 1
    assert BoxHistory.objects.filter(verb="reopened").count() == 1
    assert Complete.objects.count() == 5


def test_deleting_takes_files_along_and_nothing_of_others(
    project: Project, world: dict[str, Any], django_capture_on_commit_callbacks: Any
) -> None:
    stranger, file = factories.make_image(factories.make_project()), world["a"].file
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.delete(project.created_by, project, [*ids(world, "ab"), stranger.pk]) == 2
    assert shown(project, "") == "cde"
    assert Image.objects.filter(pk=stranger.pk).exists()
    assert not file.storage.exists(file.name)
    assert AuditEntry.objects.get(verb="images.deleted").data["count"] == 2


def test_a_transaction_is_small(project: Project, world: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        actions.delete(project.created_by, project, list(range(1, 202)))
    many = [factories.make_class(project) for _ in range(98)]
    with CaptureQueriesContext(connection) as asked:
        completion.set_complete(project.created_by, project, ids(world, "abc"), many, value=True)
    savepoints = [query for query in asked if query["sql"].startswith("SAVEPOINT")]
    assert len(savepoints) >= 2  # 3 images x 98 classes: two images, then one
    assert Complete.objects.filter(label__in=many).count() == 3 * 98


@pytest.mark.parametrize(
    ("do", "more", "left"),
    [
        ("delete", {}, "cde"),
        ("move", {"dataset": "second"}, "abe"),
        ("assign", {"assignee": "worker"}, "abd"),
        ("complete", {"class": "label"}, "ab"),
    ],
)
def test_the_plain_form_does_the_same(
    project: Project, world: dict[str, Any], client_as: Any, do: str, more: dict[str, str], left: str
) -> None:
    body = {"do": do, "image": ids(world, "ab"), "query": "order=name"} | {k: world[v].pk for k, v in more.items()}
    if do == "move":  # a stays: e is the same picture
        body["image"], left = ids(world, "b"), "be"
    answer = client_as("owner").post(reverse("images-bulk", args=[project.pk]), body)
    assert answer.url.endswith("?order=name")
    query = {
        "delete": "",
        "move": f"dataset={world['second'].pk}",
        "assign": f"assignee={world['worker'].pk}",
        "complete": f"class={world['label'].pk}&state=complete",
    }
    assert shown(project, query[do]) == left


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
    with pytest.raises(Refused):
        saved_views.save(project.created_by, project, name="one more", query="")
    assert saved_views.save(project.created_by, project, name="view 1", query="state=open").query == "state=open"


def test_an_upload_learns_what_is_there(project: Project, world: dict[str, Any], client_as: Any) -> None:
    url = reverse("api-known", args=[world["a"].dataset_id])
    body = {"sha256": [world["a"].sha256, "f" * 64]}
    answer = client_as("annotator").post(url, body, content_type="application/json")
    assert answer.json() == {"known": {world["a"].sha256: "a.jpg"}}
    assert client_as("annotator").post(url, {"sha256": ["x"]}, content_type="application/json").status_code == 400


def test_before_many_are_called_complete_one_hears_what_that_says(
    project: Project, world: dict[str, Any], client_as: Any
) -> None:
    """a and c have no box of owl, b and a not of fox but for a's; c is complete for owl already."""
    client, images = client_as("annotator"), ids(world, "abc")
    url = reverse("api-gallery-preview", args=[project.pk])
    told = client.post(url, {"images": images}, content_type="application/json").json()
    found = {row["class"]: (row["images"], row["empty"]) for row in told}
    assert found == {world["label"].pk: (3, 2), world["other"].pk: (2, 2)}
    assert Complete.objects.count() == 1


@pytest.mark.parametrize("value", [True, False])
def test_calling_many_complete_is_taken_back_to_the_mark(
    value: bool, project: Project, world: dict[str, Any], client_as: Any
) -> None:
    client, url = client_as("annotator"), reverse("api-gallery-complete", args=[project.pk])
    before = set(Complete.objects.values_list("image", "label"))

    def send(**body: Any) -> dict[str, Any]:
        answer = client.post(url, body, content_type="application/json")
        assert answer.status_code == 200
        return answer.json()

    done = send(images=ids(world, "abc"), value=value)
    assert done["count"] == (3 if value else 1)
    assert set(Complete.objects.values_list("image", "label")) != before
    back = send(marks=done["marks"], value=not value)
    assert back["count"] == done["count"]
    assert set(Complete.objects.values_list("image", "label")) == before


def test_completing_names_images_or_marks(project: Project, client_as: Any) -> None:
    url = reverse("api-gallery-complete", args=[project.pk])
    answer = client_as("annotator").post(url, {"value": True}, content_type="application/json")
    assert (answer.status_code, answer.json()["field"]) == (400, "images")


@pytest.mark.parametrize(("most", "says"), [(2, "More than 2 images"), (4, "4 images")])
def test_a_filter_that_leaves_very_many_is_counted_so_far(
    most: int, says: str, project: Project, world: dict[str, Any], client_as: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MOST_COUNTED", most)
    page = client_as("viewer").get(reverse("images", args=[project.pk]), {"state": "empty"}).content.decode()
    assert says in page
