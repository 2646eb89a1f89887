"""Guidelines: versions that people read, words that are safe to show, examples that outlive their box."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from annotations.guidelines import actions, queries
from annotations.guidelines.markdown import render
from annotations.models import Guideline, GuidelineExample
from projects.errors import Conflict, Forbidden, Refusal
from projects.models import Project
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "shown", "never"),
    [
        ("# Head\n\n**bold**", "<h3>Head</h3>", "<h1"),
        ("<script>alert(1)</script>", "", "<script"),
        ("<b onclick=x>", "", "<b "),
        ("[x](javascript:alert(1))", "", "href="),
        ("[x](https://example.org)", 'href="https://example.org"', "javascript"),
        ("![x](image:12)", 'src="/files/images/12/"', "image:12"),
        ('![x](image:12" onerror="y)', "", "<img"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "<td>1</td>", "|"),
        ("- 여우\n- 너구리", "<li>여우</li>", "<h"),
    ],
)
def test_markdown(text: str, shown: str, never: str) -> None:
    html = render(text)
    assert shown in html
    assert never not in html


def test_versions_and_who_has_read_them(project: Project) -> None:
    owner, reader = project.created_by, factories.make_member(project, "annotator")
    label = factories.make_class(project)
    assert not queries.unread(reader, project)
    actions.write(owner, project, None, "Draw tightly.", seen=0)
    actions.write(owner, project, label, "With the tail.", seen=0)
    assert queries.unread(reader, project)
    assert not queries.unread(owner, project)  # who wrote has read
    actions.mark_read(reader, project)
    actions.mark_read(reader, project)
    assert not queries.unread(reader, project)
    assert [one.readers for one in queries.sections(project)] == [2, 2]
    assert actions.write(owner, project, label, "With the tail.\r\n", seen=1) is None  # the same words
    actions.write(owner, project, label, "Without the tail.", seen=1)
    assert queries.unread(reader, project)
    whole, of_class = queries.sections(project)
    assert ("tightly" in whole.html, "Without" in of_class.html) == (True, True)
    assert (of_class.guideline and of_class.guideline.version, of_class.readers) == (2, 1)
    assert Guideline.objects.count() == 3


def test_two_writers_do_not_overwrite_each_other(project: Project) -> None:
    actions.write(project.created_by, project, None, "one", seen=0)
    with pytest.raises(Conflict):
        actions.write(project.created_by, project, None, "two", seen=0)
    with pytest.raises(Refusal):
        actions.write(project.created_by, project, None, "x" * 50_001, seen=1)


def test_an_example_outlives_its_box(project: Project) -> None:
    label, image = factories.make_class(project), factories.make_image(project)
    box = factories.make_box(image, label, (1, 2, 30, 40))
    example = actions.add_example(project.created_by, box, good=True, note=" whole ")
    actions.add_example(project.created_by, box, good=False)
    box.delete()
    section = queries.sections(project)[1]
    assert ([one.xyxy for one in section.good], section.good[0].note, len(section.bad)) == (
        [(1, 2, 30, 40)],
        "whole",
        1,
    )
    assert not section.empty
    actions.remove_example(project.created_by, example)
    image.delete()
    assert not GuidelineExample.objects.exists()


@pytest.mark.parametrize("role", ["viewer", "annotator", "reviewer"])
def test_who_writes(role: str, project: Project) -> None:
    person, label = factories.make_member(project, role), factories.make_class(project)
    box = factories.make_box(factories.make_image(project), label)
    with pytest.raises(Forbidden):
        actions.write(person, project, None, "x", seen=0)
    with pytest.raises(Forbidden):
        actions.add_example(person, box, good=True)
    actions.mark_read(person, project)


def test_the_page_asks_the_same_however_many(
    project: Project, client_as: Any, django_assert_max_num_queries: Any
) -> None:
    image = factories.make_image(project)
    for n in range(6):
        label = factories.make_class(project)
        actions.write(project.created_by, project, label, f"text {n}", seen=0)
        actions.add_example(project.created_by, factories.make_box(image, label), good=n % 2 == 0)
    client = client_as("annotator")
    with django_assert_max_num_queries(12):
        answer = client.get(reverse("guidelines", args=[project.pk]))
    assert answer.content.decode().count('class="prose"') == 6
    assert "I have read this" in answer.content.decode()
    client.post(reverse("guidelines-read", args=[project.pk]))
    assert "I have read this" not in client.get(reverse("guidelines", args=[project.pk])).content.decode()
    part = client.get(reverse("guidelines", args=[project.pk]) + "?part=1").content.decode()
    assert ("<html" in part, part.count('class="prose"')) == (False, 6)


def test_writing_on_the_page(project: Project, client_as: Any) -> None:
    label, client = factories.make_class(project), client_as("owner")
    url = reverse("guideline-edit", args=[project.pk]) + f"?class={label.pk}"
    preview = client.post(url, {"text": "**tail**", "seen": "0", "do": "preview"}).content.decode()
    assert "<strong>tail</strong>" in preview
    assert not Guideline.objects.exists()
    assert client.post(url, {"text": "**tail**", "seen": "0", "do": "save"}).status_code == 302
    stale = client.post(url, {"text": "other", "seen": "0", "do": "save"}).content.decode()
    assert "Somebody wrote a newer version" in stale
    assert "other" in stale  # nobody's words are lost
    assert Guideline.objects.get().text == "**tail**"
    assert client.get(reverse("guideline-edit", args=[project.pk]) + "?class=999999").status_code == 404


def test_the_api(project: Project, client_as: Any) -> None:
    label, client = factories.make_class(project), client_as("owner")
    box = factories.make_box(factories.make_image(project), label)
    url = reverse("api-guidelines", args=[project.pk])
    answer = client.post(url, {"class": label.pk, "text": "tail", "seen": 0}, content_type="application/json").json()
    assert [(one["class"], one["text"], one["version"]) for one in answer["sections"]] == [
        (None, "", 0), (label.pk, "tail", 1),
    ]  # fmt: skip
    assert (
        client.post(url, {"text": "x", "class": 10**9, "seen": 0}, content_type="application/json").status_code == 400
    )
    assert (
        client.post(url, {"class": label.pk, "text": "y", "seen": 0}, content_type="application/json").status_code
        == 409
    )
    made = client.post(
        reverse("api-examples", args=[project.pk]), {"box": box.pk, "good": False}, content_type="application/json"
    ).json()
    assert client.get(url).json()["sections"][1]["examples"] == [made]
    other = factories.make_project(project.created_by)
    assert client.delete(reverse("api-example", args=[other.pk, made["id"]])).status_code == 404
    assert client.delete(reverse("api-example", args=[project.pk, made["id"]])).status_code == 204
