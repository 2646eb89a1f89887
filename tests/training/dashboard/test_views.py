"""What a project's home shows."""

from typing import Any

import pytest
from django.urls import reverse

from annotations import history
from projects.models import Project, User
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("classes", "asked", "shown", "rest"),
    [(15, "", 15, False), (40, "", 12, True), (40, "?classes=all", 40, False)],
)
def test_many_classes_are_shown_in_part(
    classes: int, asked: str, shown: int, rest: bool, project: Project, client_as: Any
) -> None:
    labels = [factories.make_class(project) for _ in range(classes)]
    factories.make_suggestion(factories.make_image(project), labels[-1])  # it waits for people: it is among the first
    answer = client_as("owner").get(reverse("project", args=[project.pk]) + asked)
    rows = answer.context["rows"]
    assert [row["label"] for row in rows][-1] == labels[-1]
    assert len(rows) == shown
    assert [row["label"].pk for row in rows] == sorted(row["label"].pk for row in rows)
    assert (f"Show all {classes} classes" in answer.content.decode()) is rest


@pytest.mark.parametrize(
    ("role", "workflow", "shown"),
    [("annotator", False, True), ("owner", False, True), ("viewer", False, False), ("annotator", True, False)],
)
def test_who_goes_where_they_like_continues_where_they_were(
    role: str, workflow: bool, shown: bool, project: Project, client_as: Any
) -> None:
    Project.objects.filter(pk=project.pk).update(workflow=workflow)
    first, last, others = (factories.make_image(project, name=f"{name}.jpg") for name in ("first", "last", "others"))
    client, label = client_as(role), factories.make_class(project)
    me = User.objects.get(pk=client.session["_auth_user_id"])
    for who, image in ((me, first), (me, last), (project.created_by, others)):
        if who != me or image != others:
            history.of_box(who, "created", image, factories.make_box(image, label)).save()
    if me == project.created_by:
        history.of_box(me, "created", last, factories.make_box(last, label)).save()
    client.get(reverse("editor", args=[first.pk]) + "?from=images&complete=no")
    answer = client.get(reverse("project", args=[project.pk]))
    found = answer.context["place"]
    assert (found is not None) is shown
    assert (b'id="place"' in answer.content) is shown
    if shown:
        assert (found.name, found.url) == ("last.jpg", reverse("editor", args=[last.pk]) + "?from=images&complete=no")
        assert client.get(found.url).status_code == 200
        last.delete()
        assert client.get(reverse("project", args=[project.pk])).context["place"].name in ("first.jpg", "others.jpg")


def test_who_changed_nothing_is_led_nowhere(project: Project, client_as: Any) -> None:
    image = factories.make_image(project)
    history.of_box(
        project.created_by, "created", image, factories.make_box(image, factories.make_class(project))
    ).save()
    assert client_as("annotator").get(reverse("project", args=[project.pk])).context["place"] is None
