"""The page of the queues: all that runs, waits or failed, and the actions behind its buttons."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django_q.models import Failure

from annotations.models import BulkEdit, DatasetChange, Export, LabelImport, Restore, SplitChange
from projects.jobs import sources
from projects.models import AuditEntry, BinEntry, Delivery, Import, StorageCheck, Webhook
from tests import factories
from tests.projects.console_rows import fill
from training.models import Run

PAGE = reverse("admin:queues")


def run(project, state, number=1):
    lease = timezone.now() + timedelta(minutes=1) if state in ("running", "cancelling") else None
    return Run.objects.create(project=project, number=number, kind="autolabel", state=state, lease_until=lease)


def label_import(project, state, **fields):
    dataset = project.datasets.first() or factories.make_image(project).dataset
    fields = {"step": "store", "file": "imports/x.zip", **fields}
    return LabelImport.objects.create(project=project, dataset=dataset, name="x.json", state=state, **fields)


def zip_import(project, state):
    return Import.objects.create(dataset=factories.make_image(project).dataset, name="x.zip", state=state)


def delivery(project, state):
    hook = Webhook.objects.create(project=project, url="https://example.org/")
    return Delivery.objects.create(webhook=hook, event="boxes.changed", state=state)


MAKE = {
    "run": run,
    "labels": label_import,
    "import": zip_import,
    "delivery": delivery,
    "export": lambda project, state: Export.objects.create(project=project, name="x.zip", key="x", state=state),
    "boxes": lambda project, state: BulkEdit.objects.create(project=project, kind="relabel", state=state),
    "files": lambda project, state: StorageCheck.objects.create(state=state),
    "dataset": lambda project, state: DatasetChange.objects.create(project=project, kind="split", state=state),
    "split": lambda project, state: SplitChange.objects.create(project=project, state=state),
    "bin": lambda project, state: BinEntry.objects.create(project=project, kind="image", name="x", state=state),
}


def verb(key, row, name):
    return reverse("admin:queue-verb", args=[key, row.pk, name])


def test_every_kind_of_job_is_among_the_sources():
    assert set(sources.sources) == {*MAKE, "restore"}
    models = {source.rows().model for source in sources.sources.values()}
    assert {Restore, Export, BulkEdit, LabelImport, Import, SplitChange, Run} <= models


@pytest.mark.parametrize(
    ("key", "state", "group", "verbs"),
    [
        ("run", "queued", "waiting", ["cancel"]),
        ("run", "running", "running", ["cancel"]),
        ("run", "cancelling", "running", ["cancel"]),
        ("run", "failed", "failed", ["retry"]),
        ("run", "done", None, []),
        ("labels", "running", "running", ["cancel"]),
        ("labels", "failed", "failed", ["retry"]),
        ("import", "queued", "waiting", ["cancel"]),
        ("import", "failed", "failed", []),
        ("export", "running", "running", ["cancel"]),
        ("export", "failed", "failed", ["retry"]),
        ("boxes", "failed", "failed", ["retry"]),
        ("split", "running", "running", ["cancel"]),
        ("split", "failed", "failed", []),
        ("files", "running", "running", ["cancel"]),
        ("files", "failed", "failed", []),
        ("delivery", "pending", "waiting", []),
        ("delivery", "failed", "failed", ["retry"]),
        ("bin", "filling", "running", []),
        ("bin", "kept", None, []),
    ],
)
def test_work_stands_where_it_is(key, state, group, verbs, console, project):
    MAKE[key](project, state)
    page = console.get(PAGE)
    found = sources.find()
    assert [name for name, lines in found.items() if lines.count] == ([group] if group else [])
    for lines in found.values():
        assert [line.verbs for line in lines.lines] == ([verbs] if lines.count else [])
    assert page.status_code == 200
    assert ("/admin/queues/" + key in page.content.decode()) == bool(verbs)


def test_labels_that_could_not_be_read_are_not_tried_again(project):
    label_import(project, "failed", step="read")
    assert sources.find()["failed"].lines[0].verbs == []


@pytest.mark.parametrize(
    ("key", "state", "name", "after", "audited"),
    [
        ("run", "queued", "cancel", "cancelled", "run.cancelled"),
        ("run", "running", "cancel", "cancelling", "run.cancelled"),
        ("run", "failed", "retry", "queued", "run.retried"),
        ("labels", "failed", "retry", "queued", None),
        ("labels", "running", "cancel", "cancelled", None),
        ("import", "running", "cancel", "cancelled", "import.cancelled"),
        ("export", "failed", "retry", "queued", "export.retried"),
        ("export", "queued", "cancel", "cancelled", "export.cancelled"),
        ("boxes", "failed", "retry", "queued", "boxes.change_retried"),
        ("boxes", "running", "cancel", "cancelled", None),
        ("split", "queued", "cancel", "cancelled", None),
        ("delivery", "failed", "retry", "pending", None),
    ],
)
def test_a_button_calls_its_action(key, state, name, after, audited, console, administrator, project):
    row = MAKE[key](project, state)
    if name == "cancel":
        asked = console.get(verb(key, row, name))
        assert asked.status_code == 200
        assert project.name in asked.content.decode()
        row.refresh_from_db()
        assert row.state == state
    else:
        assert console.get(verb(key, row, name)).status_code == 405
    assert console.post(verb(key, row, name)).status_code == 302
    row.refresh_from_db()
    assert row.state == after
    assert list(AuditEntry.objects.values_list("verb", flat=True)) == ([audited] if audited else [])
    said = console.post(verb(key, row, "retry"), follow=True).content.decode()  # what it no longer takes
    if after != "pending":
        assert "changed meanwhile" in said


def test_the_same_export_is_not_made_twice(console, project):
    failed = MAKE["export"](project, "failed")
    MAKE["export"](project, "running")
    assert "being made already" in console.post(verb("export", failed, "retry"), follow=True).content.decode()
    failed.refresh_from_db()
    assert failed.state == "failed"


@pytest.mark.parametrize("who", ["owner", "staff", "stranger", None])
def test_the_page_is_for_administrators(who, project, client_as, client):
    row = run(project, "queued")
    if who == "staff":
        client.force_login(factories.make_user(is_staff=True))
    else:
        client = client_as(who)
    assert client.get(PAGE).status_code in {302, 403}
    assert client.post(verb("run", row, "cancel")).status_code in {302, 403}
    row.refresh_from_db()
    assert row.state == "queued"


def test_nothing_stands_behind_other_addresses(console, project):
    for key, pk, name in (("run", 999, "cancel"), ("cron", 1, "cancel")):
        assert console.post(reverse("admin:queue-verb", args=[key, pk, name])).status_code == 404


def test_what_broke_is_named_without_its_pickle(console):
    Failure.objects.create(
        id="x", name="import 4", func="projects.images.imports.run_import", started=timezone.now(),
        stopped=timezone.now(), success=False, args=(object,),
    )  # fmt: skip
    html = console.get(PAGE).content.decode()
    assert "import 4" in html
    assert "run_import" in html


def test_the_page_costs_the_same_for_three_and_thirty(console, django_assert_num_queries):
    fill(3)
    with django_assert_num_queries(36) as before:
        console.get(PAGE)
    fill(27)
    with django_assert_num_queries(len(before)):
        assert "at work" in console.get(PAGE).content.decode().lower()


def test_the_way_there_is_on_every_page_of_an_administrator(console, client, db):
    assert PAGE in console.get(reverse("admin:index")).content.decode()
    assert PAGE in console.get(reverse("admin:projects_user_changelist")).content.decode()
    client.force_login(factories.make_user(is_staff=True))
    assert PAGE not in client.get(reverse("admin:index")).content.decode()
