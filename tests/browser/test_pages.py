"""Every page, wide and narrow, light and dark, in English and Korean: nothing that axe calls serious, nothing that
overflows.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bench.web.review_project import EMAIL, PASSWORD
from tests.installation import ROOT, Installation

pytestmark = pytest.mark.alone
Opener = Callable[..., Page]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SEED = """
import json, sys, django
django.setup()
from pathlib import Path
from bench.web.review_project import seed
from annotations.models import Restore
from annotations.versions.actions import make_version
from training.models import ModelVersion
found = seed(Path(sys.argv[1]), images=8)
waiting = found.run.batch.suggestions.filter(state="pending").order_by("probability")
found.run.result["questions"] = list(waiting.values_list("pk", flat=True)[:3])
found.run.save()
model = ModelVersion.objects.create(
    project=found.project, run=found.run, kind=ModelVersion.Kind.DETECTOR, name="RBC", version=1,
    sha256="0" * 64, bytes=1000,
    classes=[], metrics={"map50": 0.5}, details={"summary": {"layers": 122}, "weights": []},
)
project, owner = found.project, found.project.created_by
label = project.classes.first()
label.attributes = [
    {"name": "stain", "kind": "choice", "choices": ["clear", "pale", "dark"], "default": None, "required": True},
    {"name": "overlaps", "kind": "yes_no", "choices": [], "default": False, "required": False},
    {"name": "note", "kind": "text", "choices": [], "default": None, "required": False},
]
label.save()
first = make_version(owner, project, name="first", notes="as it came")
project.images.first().boxes.first().delete()
project.images.filter(pk=project.images.first().pk).update(version=5)
second = make_version(owner, project, name="second")
job = Restore.objects.create(project=project, version=first, before=second, after=first, state="done",
                             result={"added": 1}, created_by=owner)
from annotations.work import actions, turns
project.workflow = True
project.save()
pictures = list(project.images.order_by("id"))
wanted = actions.JobRequest("Monday", people=[owner])
(job,) = actions.hand_out(owner, project, [one.pk for one in pictures[:4]], wanted).jobs
turns.submit(owner, pictures[0])
from annotations.comments.actions import add
from projects.models import User
lead = User.objects.create_user("lead@example.org", name="Lea Dorn")
project.memberships.create(user=lead, role="manager")
box = project.images.last().boxes.first()
for text in (f"@{owner} is this one cell, or two?", "Too dark to say."):
    add(lead, project.images.last(), text=text, box=box and box.pk)
from annotations.models import LabelError, SuggestionBatch
batch = SuggestionBatch.objects.create(project=project, created_by=owner)
for place, one in enumerate(pictures[1].boxes.all()[:8]):
    kind = LabelError.Kind.values[place % 4]
    chance = 0.9 - place / 20
    error = LabelError(batch=batch, image=one.image, label=one.label, box=one.pk, kind=kind, probability=chance)
    error.xyxy = one.xyxy
    if kind == "wrong_class":
        error.proposed = project.classes.last()
    if kind == "missing":
        error.box, error.xyxy = None, (4 + 40 * place, 4, 60 + 40 * place, 60)
    if kind == "loose":
        error.tight = [one.x1 + 6, one.y1 + 6, one.x2 - 6, one.y2 - 6]
    error.save()
actions.change(lead, job, name="Monday", assignee=owner, priority=2, due=None)
from projects.groups import actions as groups
group = groups.make_group(owner, name="Night shift")
groups.add_person(owner, group, lead)
groups.set_group_role(owner, project, group, "reviewer")
from annotations.models import Box, Complete, Replica, WorkImage
from annotations.quality import checks
from django.utils import timezone
import uuid
ann = User.objects.create_user("annegret.of.the.microscopy.department@laboratories.example.org",
                               name="Annegret Wollenschläger-Oppenheimer")
project.memberships.create(user=ann, role="annotator")
groups.add_person(owner, group, ann)
both = actions.JobRequest("Two look at each", people=[lead, ann], overlap=2)
(apart,) = actions.hand_out(owner, project, [one.pk for one in pictures[4:6]], both).jobs
for one in pictures[4:6]:
    for nth, person in enumerate((lead, ann)):
        drawn = [(label, [10, 10, 90 + nth, 90]), (label, [120, 120, 200, 210])][: 2 - nth]
        drawn.append((list(project.classes.all())[nth], [220, 40, 300, 130]))
        rows = [{"id": str(uuid.uuid4()), "class": of.pk, "xyxy": xyxy, "flags": 0, "attributes": {},
                 "updated_at": timezone.now().isoformat()} for of, xyxy in drawn]
        Replica.objects.filter(image=one, person=person).update(boxes=rows, state="submitted",
                                                                submitted_at=timezone.now())
WorkImage.objects.filter(job=apart).update(state="submitted")
for nth, of in enumerate(project.classes.all()):
    Complete.objects.create(image=pictures[6], label=of)
    drawn = Box(id=uuid.uuid4(), image=pictures[6], label=of, author=owner)
    drawn.xyxy = (30 + 90 * nth, 30, 100 + 90 * nth, 110)
    drawn.save()
checks.make_checks(owner, project, [pictures[6].pk])
rows = [{"id": str(uuid.uuid4()), "class": one.label_id, "xyxy": list(one.xyxy), "flags": 0, "attributes": {},
         "updated_at": timezone.now().isoformat()} for one in pictures[6].boxes.all()[1:]]
Replica.objects.create(job=apart, image=pictures[6], person=ann, position=0, boxes=rows, state="submitted",
                       submitted_at=timezone.now())
versions = {"apart": apart.pk, "group": group.pk, "class": label.pk, "job": job.pk, "worked": pictures[0].pk,
            "version": first.pk, "second": second.pk, "restore": job.pk}
print(json.dumps(versions | {"project": found.project.pk, "run": found.run.pk, "model": model.pk,
                             "image": found.project.images.last().pk}))
"""
PAGES = [
    "/", "/projects/new/", "/account/", "/account/tokens/", "/account/sessions/", "/accounts/two-factor/",
    "/accounts/two-factor/app/", "/accounts/confirm/", "/notifications/", "/account/notifications/", "/nothing-here/",
    "/groups/", "/groups/{group}/",
    "/projects/{project}/", "/projects/{project}/images/", "/images/{image}/",
    "/projects/{project}/review/?ordering=useful", "/projects/{project}/boxes/",
    "/projects/{project}/boxes/changes/?kind=merge", "/projects/{project}/label-errors/", "/projects/{project}/check/",
    "/projects/{project}/runs/", "/projects/{project}/runs/new/",
    "/projects/{project}/detect/", "/projects/{project}/predict/", "/projects/{project}/models/",
    "/projects/{project}/export/",
    "/projects/{project}/splits/?train=60&val=20&test=20&seed=0", "/projects/{project}/settings/",
    "/projects/{project}/classes/{class}/attributes/", "/projects/{project}/guidelines/",
    "/projects/{project}/guidelines/edit/", "/projects/{project}/comments/?state=all", "/projects/{project}/bin/",
    "/projects/deleted/", "/projects/{project}/import/", "/projects/{project}/webhooks/",
    "/runs/{run}/", "/models/{model}/", "/projects/{project}/versions/", "/projects/{project}/versions/{version}/",
    "/projects/{project}/versions/compare/?before={version}&after={second}", "/projects/{project}/restores/{restore}/",
    "/projects/{project}/jobs/", "/projects/{project}/jobs/{job}/", "/projects/{project}/jobs/{apart}/",
    "/projects/{project}/jobs/{apart}/settle/", "/projects/{project}/jobs/{job}/settle/",
    "/projects/{project}/jobs/make/",
    "/projects/{project}/progress/", "/projects/{project}/progress/mine/", "/projects/{project}/quality/",
    "/images/{worked}/?from=work&job={job}",
    "/images/{image}/#version={version}",
]  # fmt: skip
LOOKS = [("en", "light", 1440, 900), ("en", "dark", 390, 844), ("ko", "dark", 1440, 900), ("ko", "light", 390, 844)]
SERIOUS = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
  .filter(({ impact }) => impact === "serious" || impact === "critical")
  .flatMap(({ id, nodes }) => nodes.slice(0, 3).map(
    (node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary.split("\\n").at(1) ?? ""}`))"""
# What scrolls on purpose may be wider than it shows; a control's text may not be.
OVERFLOWING = """() => {
  const named = (e) =>
    e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + [...e.classList].map((c) => "." + c).join("");
  const lets = (e) => getComputedStyle(e).overflowX === "visible";
  const cut = (e) => {
    for (let p = e.parentElement; p && p !== document.body; p = p.parentElement) if (!lets(p)) return true;
    return false;
  };
  const shown = [...document.body.querySelectorAll("*")].filter(
    (e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest(".visually-hidden, svg"));
  const wide = shown.filter((e) => {
    const r = e.getBoundingClientRect();
    const out = r.width > 1 && (r.right > innerWidth + 1 || r.left < -1);
    return out && !cut(e) && getComputedStyle(e).position !== "absolute";
  });
  const tight = (e) => e.scrollWidth > e.clientWidth + 1;
  const clipped = shown.filter((e) => e.matches("button, .button, .segments label, .chip") && tight(e) && !lets(e));
  const spilt = shown.filter((e) => e.matches(".button, .segments label") && tight(e) && lets(e));
  const words = (e) => `text does not fit: ${named(e)} "${e.textContent.trim().slice(0, 40)}"`;
  return [
    ...wide.slice(0, 3).map((e) => `wider than the window: ${named(e)}`),
    ...[...clipped, ...spilt].slice(0, 3).map(words),
  ];
}"""


@pytest.fixture(scope="module")
def ids(installation: Installation, photo_sets: Path) -> dict[str, Any]:
    environment = os.environ | {
        "LABELHUB_DATA_DIR": str(installation.data), "DJANGO_SETTINGS_MODULE": "labelhub.settings",
        "PYTHONPATH": str(ROOT)
    }  # fmt: skip
    for variable in ("DATABASE_URL", "REDIS_URL"):
        environment.pop(variable, None)
    made = subprocess.run(
        [sys.executable, "-c", SEED, str(photo_sets / "bccd")], cwd=ROOT, env=environment, check=False,
        capture_output=True, text=True
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    return dict(json.loads(made.stdout.splitlines()[-1]))


def sign_in(page: Page, installation: Installation) -> None:
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill(EMAIL)
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(installation.url + "/")


@pytest.mark.parametrize(("language", "theme", "width", "height"), LOOKS)
def test_every_page(
    language: str, theme: str, width: int, height: int, installation: Installation, open_page: Opener,
    ids: dict[str, Any]
) -> None:  # fmt: skip
    page = open_page(width=width, height=height, locale=language, color_scheme=theme, reduced_motion="reduce")
    page.context.add_cookies([{"name": "django_language", "value": language, "url": installation.url}])
    page.add_init_script(path=AXE)
    found = look(page, "/accounts/login/")
    page.locator("[name=login]").fill(EMAIL)
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(installation.url + "/")
    for address in PAGES:
        found += look(page, address.format(**ids))
    assert page.locator("html").get_attribute("lang") == language
    assert not found, "\n" + "\n".join(found)


def look(page: Page, address: str) -> list[str]:
    page.goto(address)
    if "/review/" in address or address.endswith(("/boxes/", "/label-errors/")):
        page.locator(".tile.focused").wait_for()
    if "#version" in address:
        page.get_by_test_id("past").wait_for()
        page.get_by_test_id("step").first.wait_for()
    return [f"{address}: {fault}" for fault in [*page.evaluate(SERIOUS), *page.evaluate(OVERFLOWING)]]


def test_three_questions_are_answered_by_keys(
    installation: Installation, open_page: Opener, ids: dict[str, Any]
) -> None:
    page = open_page()
    sign_in(page, installation)
    page.goto(f"/runs/{ids['run']}/")
    page.route("**/follow-up/", lambda route: route.fulfill(status=201, json={"id": ids["run"]}))  # no engine here
    before, count = _answers(page, ids), page.locator("#questions-count")
    for place, key in enumerate("ns", start=1):
        expect(count).to_have_text(f"{place} of 3")
        page.keyboard.press(key)
    expect(count).to_have_text("3 of 3")
    with page.expect_request("**/follow-up/"):
        page.keyboard.press("y")
    accepted, rejected = _answers(page, ids)
    assert (accepted - before[0], rejected - before[1]) == (1, 1)


def _answers(page: Page, ids: dict[str, Any]) -> tuple[int, int]:
    batch = page.request.get(f"/api/runs/{ids['run']}/").json()["batch"]
    return batch["accepted"], batch["rejected"]


def test_many_answers_by_dragging(installation: Installation, open_page: Opener, ids: dict[str, Any]) -> None:
    page = open_page()
    sign_in(page, installation)
    page.goto(f"/projects/{ids['project']}/review/?ordering=useful")
    tiles, total = page.locator(".tile"), page.get_by_test_id("total")
    expect(total).to_have_text(re.compile(r"\d+"))
    before = int(total.inner_text())
    first, last = tiles.nth(1).bounding_box(), tiles.nth(4).bounding_box()
    assert first is not None
    assert last is not None
    page.mouse.move(first["x"] + 60, first["y"] + 90)
    page.mouse.down()
    page.mouse.move(last["x"] + 60, last["y"] + 90, steps=8)
    page.mouse.up()
    expect(page.locator(".tile.selected")).to_have_count(4)
    page.keyboard.press("a")
    expect(total).to_have_text(str(before - 4))
    page.get_by_test_id("accept-above").click()
    expect(page.get_by_test_id("undo-line")).to_be_visible()
    assert int(total.inner_text()) < before - 4
    expect(page.locator(".tile.focused")).to_have_attribute("data-state", "pending")  # the next A answers what waits
    page.select_option("[name=ordering]", "probability")
    page.get_by_test_id("undo-line").click()  # a line stays, whatever is looked at
    expect(total).to_have_text(str(before - 4))
    expect(page.get_by_test_id("undo-line")).to_be_hidden()


def test_a_box_is_adjusted_on_the_review_page(
    installation: Installation, open_page: Opener, ids: dict[str, Any]
) -> None:
    page = open_page()
    sign_in(page, installation)
    page.goto(f"/projects/{ids['project']}/review/")
    expect(page.locator(".tile .box-line").first).to_be_visible()
    inside = page.get_by_test_id("side").locator(".box-inside")
    expect(inside).to_be_visible()
    place = inside.bounding_box()
    assert place is not None
    page.mouse.move(place["x"] + place["width"], place["y"] + place["height"])
    page.mouse.down()
    page.mouse.move(place["x"] + place["width"] - 12, place["y"] + place["height"] - 9, steps=4)
    page.mouse.up()
    expect(page.get_by_test_id("accept")).to_contain_text("Accept adjusted")
    with page.expect_response(lambda answer: answer.url.endswith("/suggestions/accept/")) as sent:
        page.keyboard.press("a")
    [item] = sent.value.request.post_data_json["items"]
    assert sent.value.ok
    assert item["xyxy"][2] > item["xyxy"][0]


def test_boxes_side_by_side_are_changed_by_keys(
    installation: Installation, open_page: Opener, ids: dict[str, Any]
) -> None:
    page = open_page()
    sign_in(page, installation)
    page.goto(f"/projects/{ids['project']}/boxes/?order=size")
    page.locator(".tile.focused").wait_for()
    page.keyboard.press("r")
    page.get_by_test_id("relabel").get_by_role("button").nth(1).click()
    expect(page.locator(".tile[data-state=relabelled]")).to_have_count(1)
    page.keyboard.press("x")
    expect(page.locator(".tile[data-state=deleted]")).to_have_count(1)
    for left in (1, 0):
        page.keyboard.press("z")
        expect(page.locator(".tile:is([data-state=deleted], [data-state=relabelled])")).to_have_count(left)


def test_label_errors_are_settled_by_keys_to_the_end(
    installation: Installation, open_page: Opener, ids: dict[str, Any]
) -> None:
    page = open_page()
    sign_in(page, installation)
    page.goto(f"/projects/{ids['project']}/label-errors/?kind=missing")
    waiting, answered = page.get_by_test_id("label-error"), page.get_by_test_id("label-error-answered")
    expect(page.get_by_test_id("claim")).to_contain_text(re.compile(r"is here and has no box: \d+% likely"))
    count = waiting.count()
    assert count > 0
    page.keyboard.press("s")
    for key in "ax" * count:
        page.keyboard.press(key)
    expect(answered).to_have_count(count)
    expect(page.get_by_test_id("done-says")).to_be_visible()
    expect(page.get_by_test_id("done-others")).to_be_visible()
    page.keyboard.press("z")
    expect(waiting).to_have_count(1)
    expect(page.get_by_test_id("done-says")).to_be_hidden()
    with page.expect_response(lambda answer: answer.url.endswith("/keep/")) as sent:
        page.get_by_test_id("side").get_by_test_id("reject").click()
    assert sent.value.ok
    page.get_by_test_id("done-others").click()
    expect(waiting.first).to_be_visible()
