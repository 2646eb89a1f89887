"""The API of classes, images with boxes, and suggestions."""

import uuid

import pytest
from django.urls import reverse

from annotations.boxes import crops
from annotations.gallery import completion as gallery_completion
from annotations.models import Box, Complete, ImageTag, Suggestion, Tag
from tests import factories
from training.models import Run


def url(name, *args):
    return reverse(f"api-{name}", args=args)


def send(client, method, address, body):
    return getattr(client, method)(address, body, content_type="application/json")


@pytest.fixture
def label(project):
    return factories.make_class(project, "cat")


@pytest.fixture
def image(project):
    return factories.make_image(project, name="one.jpg")


# --- classes ----------------------------------------------------------------------------------------------------------
def test_classes(project, client_as, image):
    client = client_as("owner")
    first = send(client, "post", url("classes", project.pk), {"name": "cat"})
    assert first.status_code == 201
    assert (first.json()["position"], len(first.json()["color"])) == (0, 7)
    second = send(client, "post", url("classes", project.pk), {"name": "dog", "color": "#FF0000", "hotkey": "q"}).json()
    assert (second["color"], second["hotkey"], second["position"]) == ("#ff0000", "q", 1)
    place = url("class", project.pk, second["id"])
    assert send(client, "patch", place, {"position": 5, "name": "wolf"}).json()["name"] == "wolf"
    twin = send(client, "patch", place, {"name": "cat"})
    assert (twin.status_code, twin.json()["field"]) == (409, "name")
    rows = client.get(url("classes", project.pk)).json()["results"]
    assert [(row["name"], row["position"]) for row in rows] == [("cat", 0), ("wolf", 5)]
    factories.make_box(image, project.classes.get(name="wolf"))
    assert client.delete(place).status_code == 204
    assert not Box.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "x", "color": "red"}, "color"),
        ({"name": "x", "hotkey": "ab"}, "hotkey"),
    ],
)
def test_a_bad_class_is_refused_with_its_field(body, field, project, client_as):
    response = send(client_as("owner"), "post", url("classes", project.pk), body)
    assert (response.status_code, response.json()["field"]) == (400, field)


# --- images -----------------------------------------------------------------------------------------------------------
def test_the_list_counts_boxes_and_waiting_suggestions(project, client_as, image, label):
    for _ in range(2):
        factories.make_box(image, label)
    for state in ("pending", "pending", "pending", "rejected"):
        factories.make_suggestion(image, label, state=state)
    (row,) = client_as("viewer").get(url("images", project.pk)).json()["results"]
    assert row == {
        "id": image.pk, "name": "one.jpg", "width": 64, "height": 48, "bytes": image.bytes, "version": 1,
        "url": reverse("file-image", args=[image.pk]), "thumb_url": reverse("file-thumb", args=[image.pk]),
        "dataset": image.dataset_id, "boxes": 2, "suggestions": 3, "split": "",
        "created_at": image.created_at.isoformat().replace("+00:00", "Z"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, "abc"),
        ({"ordering": "-name"}, "cba"),
        ({"search": "B."}, "b"),
        ({"dataset": "more"}, "c"),
        ({"class": "label"}, "a"),
        ({"complete": "label"}, "b"),
        ({"incomplete": "label"}, "ac"),
        ({"suggestions": "true"}, "c"),
        ({"suggestions": "false"}, "ab"),
        ({"class": 10**9}, ""),
        ({"tag": "night"}, "b"),
        ({"tag": " night "}, "b"),
        ({"tag": "day"}, ""),
        ({"split": "test"}, "c"),
        ({"split": "none"}, "ab"),
    ],
)
def test_filters_of_images(query, names, project, client_as, label):
    more = project.datasets.create(name="More")
    a, b = factories.make_image(project, name="a.jpg"), factories.make_image(project, name="b.jpg")
    c = factories.make_image(project, name="c.jpg", dataset=more)
    factories.make_box(a, label)
    factories.make_box(a, label)
    Complete.objects.create(image=b, label=label)
    factories.make_suggestion(c, label)
    factories.make_suggestion(b, label, state="accepted")
    ImageTag.objects.create(image=b, tag=Tag.objects.create(project=project, name="night"))
    project.images.filter(pk=c.pk).update(split="test")
    known = {"more": more.pk, "label": label.pk}
    body = client_as("viewer").get(url("images", project.pk), {k: known.get(v, v) for k, v in query.items()}).json()
    assert [row["name"][0] for row in body["results"]] == list(names)
    assert body["count"] == len(names)


@pytest.mark.parametrize("field", ["dataset", "class", "complete", "incomplete", "ordering"])
def test_a_bad_filter_is_refused_with_its_name(field, project, client_as):
    response = client_as("viewer").get(url("images", project.pk), {field: "x"})
    assert (response.status_code, response.json()["field"]) == (400, field)


@pytest.mark.parametrize(("name", "queries"), [("images", 6), ("suggestions", 7), ("classes", 5)])
def test_lists_cost_the_same_for_three_and_thirty(name, queries, project, client_as, label, django_assert_num_queries):
    def make(n):
        for _ in range(n):
            image = factories.make_image(project)
            factories.make_class(project)
            factories.make_box(image, label)
            suggestion = factories.make_suggestion(image, label)
            Run.objects.create(
                project=project, number=Run.objects.count() + 1, kind="autolabel", batch=suggestion.batch
            )

    client = client_as("viewer")
    for n in (3, 27):
        make(n)
        with django_assert_num_queries(queries):
            body = client.get(url(name, project.pk)).json()
    assert body["count"] >= 30


def test_the_state_of_an_image_costs_the_same_for_few_and_many(
    project, client_as, image, label, django_assert_num_queries
):
    client = client_as("viewer")
    for n in (3, 27):
        for _ in range(n):
            factories.make_box(image, label, author=factories.make_user())
            factories.make_suggestion(
                image, label, evidence=[{"box_id": str(uuid.uuid4()), "image_id": 1, "xyxy": [0, 0, 1, 1]}]
            )
        with django_assert_num_queries(7):
            body = client.get(url("image", image.pk)).json()
        assert len(body["boxes"]) == len(body["suggestions"]) == Box.objects.count()


def test_changes_are_saved_once_and_a_stale_one_gets_the_present_state(client_as, image, label):
    client, box = client_as("annotator"), str(uuid.uuid4())
    create = {"op": "create", "id": box, "class": label.pk, "xyxy": [1.5, 2, 30.25, 40]}
    saved = send(client, "post", url("image-changes", image.pk), {"version": 1, "changes": [create]})
    assert saved.status_code == 200
    assert saved.json()["version"] == 2
    assert [row["xyxy"] for row in saved.json()["boxes"]] == [[1.5, 2, 30.25, 40]]
    stale = send(
        client, "post", url("image-changes", image.pk), {"version": 1, "changes": [{"op": "delete", "id": box}]}
    )
    assert (stale.status_code, stale.json()["code"]) == (409, "stale")
    assert stale.json()["current"] == client.get(url("image", image.pk)).json()
    again = send(client, "post", url("image-changes", image.pk), {"version": 2, "changes": [create]})
    assert (again.status_code, again.json()["version"], Box.objects.count()) == (200, 2, 1)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "changes"),
        ({"changes": []}, "version"),
        ({"version": "x", "changes": []}, "version"),
        ({"version": 1}, "changes"),
        ({"version": 1, "changes": "x"}, "changes"),
        ({"version": 1, "changes": [3]}, "changes[0]"),
        ({"version": 1, "changes": [{"op": "paint"}]}, "changes[0].op"),
        ({"version": 1, "changes": [{"op": "delete", "id": "x"}]}, "changes[0].id"),
    ],
)
def test_bad_changes_are_refused_with_their_place(body, field, client_as, image):
    response = send(client_as("annotator"), "post", url("image-changes", image.pk), body)
    assert (response.status_code, response.json()["field"]) == (400, field)


def test_an_annotator_does_not_answer_where_the_project_forbids_it(client_as, project, image, label):
    project.annotators_answer = False
    project.save()
    suggestion = factories.make_suggestion(image, label)
    change = {"op": "accept", "suggestion": suggestion.pk, "id": str(uuid.uuid4())}
    body = {"version": 1, "changes": [change]}
    assert send(client_as("annotator"), "post", url("image-changes", image.pk), body).status_code == 403
    assert send(client_as("reviewer"), "post", url("image-changes", image.pk), body).status_code == 200


# --- suggestions ------------------------------------------------------------------------------------------------------
def test_filters_of_suggestions(project, client_as, image, label):
    other = factories.make_class(project, "dog")
    low = factories.make_suggestion(image, label, probability=0.2)
    high = factories.make_suggestion(image, label, probability=0.9, sure=True)
    done = factories.make_suggestion(image, other, probability=0.5, state="rejected")
    run = Run.objects.create(project=project, number=1, kind="autolabel", batch=low.batch)
    client = client_as("viewer")

    def ids(**query):
        return [row["id"] for row in client.get(url("suggestions", project.pk), query).json()["results"]]

    assert ids() == [high.pk, low.pk]
    assert ids(ordering="probability") == [low.pk, high.pk]
    assert ids(state="rejected") == [done.pk]
    assert ids(state="all", ordering="id") == [low.pk, high.pk, done.pk]
    assert ids(**{"class": other.pk, "state": "all"}) == [done.pk]
    assert ids(run=run.pk) == [low.pk]
    assert ids(min_probability=0.5) == [high.pk]
    assert ids(max_probability=0.5) == [low.pk]
    assert ids(sure="true") == [high.pk]
    row = client.get(url("suggestions", project.pk), {"run": run.pk}).json()["results"][0]
    assert row["image"] == {"id": image.pk, "name": "one.jpg", "width": image.width, "height": image.height}
    assert row["crop"] == list(crops.window(tuple(row["xyxy"]), image.width, image.height))
    assert (row["run"], row["crop_url"]) == (run.pk, reverse("file-suggestion-crop", args=[low.pk]))
    for field, value in (("state", "x"), ("min_probability", "2"), ("run", "x"), ("ordering", "x")):
        response = client.get(url("suggestions", project.pk), {field: value})
        assert (response.status_code, response.json()["field"]) == (400, field)


def test_decide_and_take_back(project, client_as, image, label):
    client = client_as("reviewer")
    items = [{"id": factories.make_suggestion(image, label).pk, "version": 1} for _ in range(2)]
    ids = [item["id"] for item in items]
    accepted = send(client, "post", url("suggestions-accept", project.pk), {"items": items})
    assert (accepted.json()["accepted"], accepted.json()["boxes"], Box.objects.count()) == (ids, 2, 2)
    stale = send(client, "post", url("suggestions-reject", project.pk), {"items": items})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale")
    assert {row["state"] for row in stale.json()["current"]} == {"accepted"}
    back = send(client, "post", url("suggestions-reopen", project.pk), {"items": accepted.json()["items"]})
    assert (back.json()["reopened"], Box.objects.count()) == (ids, 0)
    no = send(client, "post", url("suggestions-reject", project.pk), {"items": back.json()["items"]})
    assert no.json()["rejected"] == ids
    assert set(Suggestion.objects.values_list("state", "version")) == {("rejected", 4)}


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "items"), ({"items": []}, "items"), ({"items": [{"id": 1}]}, "items.0.version"), ({"items": "x"}, "items")],
)
def test_a_bad_decision_is_refused_with_its_place(body, field, project, client_as):
    response = send(client_as("reviewer"), "post", url("suggestions-accept", project.pk), body)
    assert (response.status_code, response.json()["field"]) == (400, field)


def test_suggestions_of_another_project_are_not_decided(project, client_as, image, label):
    other = factories.make_project()
    theirs = factories.make_suggestion(factories.make_image(other), factories.make_class(other))
    items = [{"id": theirs.pk, "version": 1}]
    assert (
        send(client_as("reviewer"), "post", url("suggestions-accept", project.pk), {"items": items}).status_code == 400
    )
    assert not Box.objects.exists()


def test_accept_what_is_sure(project, client_as, image, label):
    batch = factories.make_batch(project)
    for probability in (0.3, 0.7, 0.95):
        factories.make_suggestion(image, label, batch=batch, probability=probability, sure=probability > 0.9)
    run = Run.objects.create(project=project, number=1, kind="autolabel", batch=batch)
    client, address = client_as("reviewer"), url("suggestions-accept-sure", project.pk)
    assert send(client, "post", address, {"run": run.pk}).json() == {"accepted": 1}
    assert send(client, "post", address, {"run": run.pk, "min_probability": 0.5}).json() == {"accepted": 1}
    assert send(client, "post", address, {"run": run.pk}).json() == {"accepted": 0}
    assert send(client, "post", address, {"run": 10**9}).status_code == 404
    assert send(client, "post", address, {"run": run.pk, "min_probability": 2}).json()["field"] == "min_probability"
    other = factories.make_project()
    theirs = Run.objects.create(project=other, number=1, kind="autolabel", batch=factories.make_batch(other))
    assert send(client, "post", address, {"run": theirs.pk}).status_code == 404


@pytest.mark.parametrize("include", ["boxes", "suggestions", "suggestions,boxes"])
def test_a_list_brings_along_what_it_is_asked_for(include, project, client_as, label, django_assert_num_queries):
    client = client_as("viewer")
    for n in (3, 97):
        images = [factories.make_image(project) for _ in range(n)]
        for image in images:
            factories.make_box(image, label, author=project.created_by)
            factories.make_suggestion(image, label)
        gallery_completion.set_complete(project.created_by, project, [images[0].pk], [label], value=True)
        queries = 8 + ("suggestions" in include)
        with django_assert_num_queries(queries):
            rows = client.get(url("images", project.pk), {"include": include, "page_size": 100}).json()["results"]
        for row in rows:
            state = client.get(url("image", row["id"])).json() if row["id"] in (rows[0]["id"], rows[-1]["id"]) else None
            found = row["included"]
            assert set(found) == set(include.split(",")) | ({"complete"} if "boxes" in include else set())
            if state:
                assert found == {name: state[name] for name in found}
    assert len(rows) == 100
    assert "included" not in client.get(url("images", project.pk)).json()["results"][0]


def test_a_list_says_what_it_cannot_bring_along(project, client_as):
    answer = client_as("viewer").get(url("images", project.pk), {"include": "boxes,pixels"})
    assert (answer.status_code, answer.json()["field"]) == (400, "include")
    assert "pixels" in answer.json()["detail"]
