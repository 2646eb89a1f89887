"""Verbs on splits: who may, what they write, near-copies, and the ways back."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotations.models import BoxHistory, SplitChange
from annotations.splits import actions, jobs, queries
from annotations.splits.plan import Division
from projects.errors import Conflict, Forbidden, Refusal
from projects.hashing import sha256_of_bytes
from projects.images import duplicates, storing
from projects.models import AuditEntry, Dataset, Image, Project
from tests import factories

pytestmark = pytest.mark.django_db


def images(project: Project, n: int) -> list[int]:
    return [factories.make_image(project).pk for _ in range(n)]


def splits(project: Project) -> list[str]:
    return list(project.images.order_by("pk").values_list("split", flat=True))


def divided(project: Project, division: Division) -> SplitChange:
    return ended(actions.divide(project.created_by, project, division))


def undone(change: SplitChange) -> SplitChange:
    assert change.created_by is not None
    return ended(actions.undo(change.created_by, change))


def ended(change: SplitChange) -> SplitChange:
    """As the worker leaves it."""
    jobs.run_step(change.pk)
    change.refresh_from_db()
    assert change.state == "done", change.problem
    return change


def test_a_hand_s_change_is_written_with_history_and_audit(project: Project) -> None:
    ids = images(project, 3)
    changed = actions.assign(project.created_by, project, ids[:2], "test")
    assert splits(project) == ["test", "test", ""]
    assert changed.before == {"": ids[:2]}
    rows = BoxHistory.objects.values_list("image_number", "verb", "actor")
    assert sorted(rows) == [(pk, "test", project.created_by.pk) for pk in ids[:2]]
    assert AuditEntry.objects.get(verb="images.split").data == {"count": 2, "splits": ["test"], "images": ids[:2]}
    assert set(Image.objects.values_list("version", flat=True)) == {1}  # nobody's save becomes stale


def test_what_is_there_already_is_no_change(project: Project) -> None:
    ids = images(project, 2)
    actions.assign(project.created_by, project, ids, "val")
    assert actions.assign(project.created_by, project, ids, "val").moves == {}
    assert BoxHistory.objects.count() == 2
    assert AuditEntry.objects.filter(verb="images.split").count() == 1


def test_leaving_a_split_has_its_word_in_the_history(project: Project) -> None:
    ids = images(project, 1)
    for split in ("train", ""):
        actions.assign(project.created_by, project, ids, split)
    assert list(BoxHistory.objects.order_by("id").values_list("verb", flat=True)) == ["train", "unsplit"]


def test_near_copies_go_along_and_are_counted(project: Project) -> None:
    ids = images(project, 4)
    Image.objects.filter(pk__in=ids[:3]).update(group=ids[0])
    changed = actions.assign(project.created_by, project, ids[:1], "test")
    assert splits(project) == ["test", "test", "test", ""]
    assert changed.along == 2


def test_the_way_back_is_exact_where_copies_were_apart(project: Project) -> None:
    ids = images(project, 2)
    actions.put(project.created_by, project, {"train": ids[:1], "val": ids[1:]})
    Image.objects.update(group=ids[0])
    changed = actions.assign(project.created_by, project, ids[:1], "test")
    actions.put(project.created_by, project, changed.before)
    assert splits(project) == ["train", "val"]


def test_images_of_others_are_left_alone(project: Project) -> None:
    stranger = factories.make_image(factories.make_project())
    assert actions.assign(project.created_by, project, [stranger.pk], "test").moves == {}
    assert Image.objects.get(pk=stranger.pk).split == ""


def test_there_is_no_other_split(project: Project) -> None:
    with pytest.raises(Refusal):
        actions.assign(project.created_by, project, images(project, 1), "holdout")


@pytest.mark.parametrize(("role", "may"), [("viewer", False), ("annotator", False), ("reviewer", True)])
def test_who_may(project: Project, role: str, may: bool) -> None:
    person, ids = factories.make_member(project, role), images(project, 1)
    for verb in (
        lambda: actions.assign(person, project, ids, "test"),
        lambda: jobs.run_step(actions.divide(person, project, Division(0, 100, 0, keep=False)).pk),
        lambda: queries.preview(person, project, Division(0, 100, 0)),
    ):
        if may:
            verb()
        else:
            with pytest.raises(Forbidden):
                verb()
    assert splits(project) == (["val"] if may else [""])


@pytest.mark.parametrize("shares", [(50, 20, 20), (110, -10, 0), (0, 0, 0)])
def test_shares_make_a_whole(project: Project, shares: tuple[int, int, int]) -> None:
    with pytest.raises(Refusal):
        actions.divide(project.created_by, project, Division(*shares))


def test_a_division_does_what_its_preview_says(project: Project) -> None:
    label = factories.make_class(project)
    for pk in images(project, 20)[:10]:
        factories.make_box(Image.objects.get(pk=pk), label)
    division = Division(60, 20, 20, seed=4)
    preview = queries.preview(project.created_by, project, division)
    assert (preview.count, preview.before.images[""]) == (20, 20)
    divided(project, division)
    assert queries.current(project) == preview.after
    assert preview.after.images == {"train": 12, "val": 4, "test": 4, "": 0}
    assert {split: held.images for split, held in preview.after.classes[label.pk].items()} == {
        "train": 6, "val": 2, "test": 2, "": 0,
    }  # fmt: skip


def test_undo_takes_back_all_but_what_was_changed_since(project: Project) -> None:
    ids = images(project, 10)
    actions.put(project.created_by, project, {"train": ids[:2]})
    change = divided(project, Division(0, 0, 100, keep=False))
    actions.put(project.created_by, project, {"val": ids[9:]})
    undone(change)
    assert splits(project) == ["train"] * 2 + [""] * 7 + ["val"]
    with pytest.raises(Conflict):
        actions.undo(project.created_by, SplitChange.objects.get())


def test_a_transaction_is_small_and_a_class_costs_no_query(project: Project) -> None:
    ids = images(project, 3)
    with CaptureQueriesContext(connection) as few:
        queries.preview(project.created_by, project, Division(60, 20, 20))
    for pk in ids:
        factories.make_box(Image.objects.get(pk=pk), factories.make_class(project))
    with CaptureQueriesContext(connection) as more:
        queries.preview(project.created_by, project, Division(60, 20, 20))
    assert len(more) == len(few)
    with CaptureQueriesContext(connection) as written:
        actions.put(project.created_by, project, {"test": ids})
    updates = [query["sql"] for query in written if query["sql"].startswith('UPDATE "projects_image"')]
    assert len(updates) == 1


class Kill(BaseException):
    """A worker that dies."""


def killed_after(parts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "AT_ONCE", 2)
    write = actions.write
    left = iter(range(parts))

    def dying(*asked: Any) -> Any:
        if next(left, None) is None:
            raise Kill
        return write(*asked)

    monkeypatch.setattr(actions, "write", dying)


@pytest.mark.parametrize("step", ["divide", "undo"])
def test_a_division_whose_worker_died_goes_on_as_it_was_dealt(
    step: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    images(project, 8)
    division = Division(50, 25, 25, seed=3)
    planned = queries.preview(project.created_by, project, division).after
    change = divided(project, division) if step == "undo" else None
    start = actions.undo if step == "undo" else actions.divide
    change = start(project.created_by, *([change] if change else [project, division]))  # type: ignore[operator]
    with monkeypatch.context() as patch:
        killed_after(2, patch)
        with pytest.raises(Kill):
            jobs.run_step(change.pk)
    assert len([split for split in splits(project) if split]) == 4
    SplitChange.objects.update(updated_at="2020-01-01T00:00:00Z")
    assert jobs.resume() == 1
    assert ended(change).count == 8
    assert splits(project) == [""] * 8 if step == "undo" else queries.current(project) == planned


def test_a_division_that_is_cancelled_ends_where_it_is_and_can_be_undone(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    images(project, 8)
    change = actions.divide(project.created_by, project, Division(50, 25, 25))
    monkeypatch.setattr(actions, "AT_ONCE", 2)
    write = actions.write

    def cancelled(*asked: Any) -> Any:
        found = write(*asked)
        if len([split for split in splits(project) if split]) == 4:
            actions.cancel(project.created_by, change)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(actions, "write", cancelled)
        jobs.run_step(change.pk)
    change.refresh_from_db()
    # In one connection the cancelling goes back with the part that it met; over two it stays, and the next part is
    # lost.
    SplitChange.objects.filter(pk=change.pk).update(state="cancelled")
    assert (change.count, len([split for split in splits(project) if split])) == (2, 2)
    undone(change)
    assert splits(project) == [""] * 8
    assert actions.cancel(project.created_by, change).state == "done"  # what has ended stays as it is


def test_an_image_that_somebody_moved_meanwhile_stays_there(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = images(project, 6)
    change = actions.divide(project.created_by, project, Division(0, 0, 100))
    dealt = jobs._dealt

    def meanwhile(change: SplitChange) -> dict[str, list[int]]:
        found = dealt(change)
        actions.put(project.created_by, project, {"val": ids[:1]})
        return found

    monkeypatch.setattr(jobs, "_dealt", meanwhile)
    assert ended(change).count == 5
    assert splits(project) == ["val"] + ["test"] * 5


def test_a_division_whose_person_is_gone_fails_in_words(project: Project) -> None:
    images(project, 2)
    change = actions.divide(project.created_by, project, Division(0, 0, 100))
    SplitChange.objects.update(created_by=None)
    jobs.run_step(change.pk)
    change.refresh_from_db()
    assert (change.state, change.problem) == ("failed", "The person who asked for this is gone.")


# --- the API ----------------------------------------------------------------------------------------------------------
def test_by_ids_by_filter_and_back(project: Project, client_as: Any) -> None:
    ids, client = images(project, 4), client_as("reviewer")
    url = reverse("api-gallery-split", args=[project.pk])

    def send(**body: Any) -> dict[str, Any]:
        answer = client.post(url, body, content_type="application/json")
        assert answer.status_code == 200, answer.content
        return answer.json()

    assert send(images=ids[:1], split="test")["count"] == 1
    done = send(filter="split=none", split="train")
    assert (done["count"], splits(project)) == (3, ["test", "train", "train", "train"])
    send(before=done["before"])
    assert splits(project) == ["test", "", "", ""]
    assert send(filter="", split="")["count"] == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [({"split": "test"}, "images"), ({"images": [1]}, "split"), ({"images": [1], "split": "x"}, "split")],
)
def test_what_is_missing_is_named(project: Project, client_as: Any, body: dict[str, Any], field: str) -> None:
    answer = client_as("owner").post(
        reverse("api-gallery-split", args=[project.pk]), body, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["field"]) == (400, field)


def test_dividing_over_the_api(project: Project, client_as: Any) -> None:
    images(project, 10)
    client, shares = client_as("owner"), {"train": 50, "val": 0, "test": 50, "seed": 1}

    def send(verb: str, body: dict[str, Any], code: int = 200) -> dict[str, Any]:
        answer = client.post(reverse(f"api-splits-{verb}", args=[project.pk]), body, content_type="application/json")
        assert answer.status_code == code, answer.content
        return answer.json()

    preview = send("preview", shares)
    assert (preview["count"], splits(project)) == (10, [""] * 10)
    done = send("divide", shares, 202)
    assert (done["state"], splits(project)) == ("queued", [""] * 10)
    assert send("divide", shares, 409)["code"] == "busy"
    jobs.run_step(done["id"])
    row = client.get(reverse("api-division", args=[project.pk, done["id"]])).json()
    assert (row["state"], row["done"], row["total"], row["count"]) == ("done", 10, 10, 10)
    rows = client.get(reverse("api-splits", args=[project.pk])).json()
    assert rows == preview["splits"]
    assert [(row["split"], row["images"]) for row in rows] == [("train", 5), ("val", 0), ("test", 5), ("", 0)]
    undo = reverse("api-division-undo", args=[project.pk, done["id"]])
    assert client.post(undo).status_code == 202
    jobs.run_step(done["id"])
    assert splits(project) == [""] * 10
    again = client.post(undo)
    assert (again.status_code, again.json()["code"]) == (409, "not_undoable")


@pytest.mark.parametrize(
    ("there", "follows"), [([""], ""), (["train"], "train"), (["val", "test"], "test"), (["val", "train"], "val")]
)
def test_a_copy_that_is_uploaded_later_follows_its_copies(project: Project, there: list[str], follows: str) -> None:
    dataset, data = project.datasets.get(), factories.picture_bytes(640, 480, seed=1)
    ids = images(project, len(there))
    for pk, split in zip(ids, there, strict=True):
        Image.objects.filter(pk=pk).update(split=split, group=ids[0])
    other = Dataset.objects.create(project=project, name="other")  # a dataset holds each file once
    Image.objects.filter(pk=ids[0]).update(sha256=sha256_of_bytes(data), dataset=other)
    new = storing.store(project.created_by, dataset, [storing.decode("copy.jpg", data, "copy.jpg")]).added[0]
    duplicates.compare([new])  # what is done once the transaction of the upload is over
    new.refresh_from_db()
    assert (new.group, new.split) == (ids[0], follows)
    rows = BoxHistory.objects.filter(image=new).values_list("verb", "actor")
    assert list(rows) == ([(follows, None)] if follows else [])
    assert splits(project)[: len(there)] == there
