"""Nothing that a blind worker can ask tells of another's boxes: every page, list and file answers the same before and
after others draw, in the image that the worker labels apart from them.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse

from annotations.blindness import hidden_from
from annotations.boxes.actions import apply_changes
from annotations.comments.actions import add
from annotations.models import BoxHistory, Complete, LabelClass, Replica, Tag, WorkImage, WorkJob
from annotations.tags.actions import set_tag
from annotations.versions.actions import make_version
from annotations.work import replicas
from projects.models import Image
from tests import factories
from tests.routes import ROUTES
from tests.test_routes import World
from training.models import Run

# What else the worker may ask of these, beside their plain address.
ASKED: dict[str, tuple[str, ...]] = {
    "api-images": (
        "class={label}", "complete={label}", "incomplete={label}", "suggestions=1", "suggestions=0", "origin=person",
        "origin=suggestion", "min_probability=0.5", "max_probability=0.99", "include=boxes,suggestions,complete",
        "state=todo", "search=image",
    ),
    "api-gallery": (
        "state=boxes", "state=empty", "state=suggestions", "state=complete", "state=open", "class={label}",
        "origin=person", "min=1", "max=99", "tag=rain", "flag=occluded", "attribute=colour", "search=image",
    ),
    "api-gallery-rows": ("ids={image}",),
    "images": ("state=boxes", "tag=rain", "class={label}&state=open"),
    "api-boxes": ("image={image}", "class={label}", "state=complete", "author=a@example.org"),
    "api-boxes-grid": ("class={label}",),
    "api-suggestions": ("state=all", "image={image}"),
    "api-suggestions-cursor": ("state=all", "image={image}"),
    "api-suggestions-cutoff": ("state=all", "state=all&class={label}", "image={image}", "state=all&run={run}"),
    "api-suggestions-order": ("state=all", "class={label}"),
    "api-suggestions-images": ("state=all", "ordering=useful"),
    "api-export": ("format=coco&unfinished=1&state=any",),
    "api-export-counts": ("format=coco&unfinished=1&state=any", "format=coco&unfinished=1&state=boxes&predictions=1"),
    "api-versions-compare": ("before={version}&after={later}",),
    "version-compare": ("before={version}&after={later}",),
    "comments": ("state=all",),
    "api-comments": ("state=all",),
    "api-work": ("state=todo",),
    "api-work-order": ("job={work_job}",),
    "api-label-errors": ("class={label}", "state=all"),
    "label-errors": ("class={label}",),
}  # fmt: skip
# Sums over the whole project: of which image they are, and of what, they do not tell.
SUMS = {
    "projects", "project", "project-settings", "api-projects", "api-project", "splits", "api-splits", "run", "runs",
    "api-run", "api-runs",
}  # fmt: skip
NO_PAGES = {"jsi18n", "account_login", "account_logout"}
NOISE = re.compile(r'csrfmiddlewaretoken" value="[^"]+"|data-csrf="[^"]+"|nonce="[^"]+"')


class Blind:
    """A worker who labels one image apart from others, and all that they can ask of the installation."""

    def __init__(self, *, check: bool) -> None:
        self.world = World()
        rows = self.world.rows
        self.image, self.label = Image.objects.get(pk=rows["image"]), LabelClass.objects.get(pk=rows["label"])
        self.me, self.owner = self.world.users["annotator"], self.world.users["owner"]
        self.other = factories.make_member(self.world.project, "annotator")
        job = WorkJob.objects.create(project=self.world.project, name="apart", overlap=1 if check else 2)
        item = None if check else WorkImage.objects.create(job=job, image=self.image, position=0)
        for person in (self.me, self.other):
            Replica.objects.create(job=job, item=item, image=self.image, person=person, position=0)
        self.search = Run.objects.get(pk=rows["search"])
        Run.objects.filter(pk=self.search.pk).update(
            state=Run.State.DONE, result={"matches": [[self.image.pk, 30, 20, 60, 40, 0.9]]}
        )

    def answers(self) -> Iterator[tuple[str, str]]:
        for name, methods in ROUTES.items():
            if "get" not in methods or name in NO_PAGES:
                continue
            for query in ("", *ASKED.get(name, ())):
                address = self.world.address(name) + (f"?{query.format(**self.world.rows)}" if query else "")
                answer: Any = self.world.clients["annotator"].get(address)
                body = b"".join(answer.streaming_content) if answer.streaming else answer.content
                yield f"{name}?{query}", f"{answer.status_code} {NOISE.sub('', body.decode('utf-8', 'replace'))}"

    def draw(self) -> None:
        """Others draw in the image itself, and say and suggest things of it."""
        new = uuid.uuid4()
        create = {"op": "create", "id": str(new), "class": self.label.pk, "xyxy": [30, 20, 60, 40]}
        changes = [create, {"op": "complete", "class": self.label.pk, "value": True}]
        image = Image.objects.select_related("project").get(pk=self.image.pk)
        apply_changes(self.owner, image, seen=image.version, changes=changes)
        assert Complete.objects.filter(image=image, label=self.label).exists()
        set_tag(self.owner, self.world.project, [image.pk], "rain", value=True)
        batch = Run.objects.get(pk=self.world.rows["run"]).batch
        factories.make_suggestion(image, self.label, (10, 20, 20, 30), batch=batch)
        factories.make_label_error("spurious", image, self.label, box=image.boxes.get(pk=new))
        add(self.owner, image, text="Surely a car.", box=new)

    def draw_apart(self) -> None:
        """The other worker labels the image, apart."""
        replica = Replica.objects.select_related("item", "image").get(person=self.other, image=self.image)
        client = self.world._client(self.other)
        create = {"op": "create", "id": str(uuid.uuid4()), "class": self.label.pk, "xyxy": [30, 20, 60, 40]}
        body = {
            "version": replica.version,
            "changes": [create, {"op": "complete", "class": self.label.pk, "value": True}],
        }
        answer = client.post(reverse("api-image-changes", args=[self.image.pk]), body, "application/json")
        assert answer.status_code == 200, answer.content
        replica.refresh_from_db()
        assert len(replica.boxes) == 1
        replicas.submit(replica)


def differing(before: dict[str, str], after: dict[str, str], but: set[str]) -> list[str]:
    assert before.keys() == after.keys()
    return [name for name in before if before[name] != after[name] and name.split("?")[0] not in but]


@pytest.mark.parametrize("check", [False, True], ids=["overlap", "check image"])
def test_no_answer_tells_of_boxes_in_the_image(check: bool, db: None) -> None:
    blind = Blind(check=check)
    make = lambda name: make_version(blind.owner, blind.world.project, name=name).pk  # noqa: E731
    blind.world.rows["later"] = make("as it is")
    list(blind.answers())  # what is made at the first look is made now
    before = dict(blind.answers())
    assert differing(before, dict(blind.answers()), set()) == []
    blind.draw()
    after = dict(blind.answers())
    assert differing(before, after, SUMS) == []


def test_comparing_versions_leaves_the_image_out(db: None) -> None:
    blind = Blind(check=True)
    blind.draw()
    after = make_version(blind.owner, blind.world.project, name="drawn").pk
    sides = {"before": blind.world.rows["version"], "after": after}

    def images(reader: str) -> tuple[int, int]:
        client = blind.world.clients[reader]
        listed = client.get(reverse("api-versions-compare", args=[blind.world.project.pk]), sides).json()
        page = client.get(reverse("version-compare", args=[blind.world.project.pk]), sides)
        return listed["count"], len(page.context["pictures"])

    assert images("annotator") == (0, 0)
    assert images("owner") == (1, 1)


@pytest.mark.parametrize("check", [False, True], ids=["overlap", "check image"])
def test_no_answer_tells_of_boxes_that_another_draws_apart(check: bool, db: None) -> None:
    """Of an image that two label, its work does tell that somebody is at it."""
    blind = Blind(check=check)
    blind.world.rows["later"] = blind.world.rows["version"]
    list(blind.answers())
    before = dict(blind.answers())
    blind.draw_apart()
    assert differing(before, dict(blind.answers()), set() if check else {"api-work", "work", "project"}) == []


VERBS = [
    ("api-gallery-preview", {"images": ["image"]}, "annotator"),
    ("api-gallery-complete", {"images": ["image"], "value": True}, "annotator"),
    ("api-gallery-tag", {"images": ["image"], "tag": "rain", "value": False}, "annotator"),
    ("api-bulk-edits-preview", {"kind": "delete", "class": "label"}, "annotator"),
    ("api-run-matches", {"items": [0], "label": "label"}, "annotator"),
    ("api-changes", {"images": [{"image": "image", "version": 1, "changes": []}]}, "annotator"),
    ("api-changes", {"images": [{"image": "image", "version": 1, "changes": []}]}, "reviewer"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "reader"), VERBS)
def test_no_verb_tells(name: str, body: dict[str, Any], reader: str, db: None) -> None:
    """What it answers is the same before and after others draw, and it changes nothing there."""
    blind = Blind(check=False)
    if reader == "reviewer":
        Replica.objects.filter(person=blind.me).update(person=blind.world.users["reviewer"])
    Tag.objects.get_or_create(project=blind.world.project, name="rain")

    def fill(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: fill(one) for key, one in value.items()}
        return [fill(one) for one in value] if isinstance(value, list) else blind.world.rows.get(str(value), value)

    def ask() -> tuple[int, bytes]:
        address = blind.world.address(name)
        answer = blind.world.clients[reader].post(address, fill(body), "application/json")
        return answer.status_code, answer.content

    before = ask()
    blind.draw()
    rows = BoxHistory.objects.count()
    assert ask() == before
    assert BoxHistory.objects.count() == rows
    assert blind.image.tagged.exists()


def test_live_changes_are_hidden_as_boxes_are(db: None) -> None:
    blind = Blind(check=False)
    people = {blind.me.pk, blind.owner.pk, blind.other.pk}
    project, here = blind.world.project.pk, blind.image.pk
    both = {blind.me.pk: frozenset({here}), blind.other.pk: frozenset({here})}
    assert hidden_from(people, project, {here, blind.world.rows["free"]}) == both
    WorkImage.objects.filter(image=here).update(state=WorkImage.State.FINAL)
    assert set(hidden_from(people, project, {here}).values()) == {frozenset()}
    assert hidden_from(people, project, set()) == {}
