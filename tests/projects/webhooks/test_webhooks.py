"""Webhooks: who may have them, what is sent and when again, how it is signed, and when they are switched off."""

import base64
import hashlib
import hmac
import json
import uuid
from datetime import timedelta
from ipaddress import ip_network

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from annotations.boxes.actions import apply_changes
from projects.bin import actions as bin_actions
from projects.errors import Conflict, Refusal
from projects.images import storing
from projects.models import Delivery, Event, Webhook
from projects.webhooks import actions, jobs
from projects.webhooks.emit import emit
from projects.webhooks.signing import secret_of
from tests import factories
from tests.projects.webhooks.receiver import receiver


@pytest.fixture
def there(settings):
    settings.OUTBOUND_NETWORKS = [ip_network("127.0.0.0/8")]
    with receiver() as found:
        yield found


def hook_of(project, url="https://example.org/", events=Event.values):
    hook, _secret = actions.create_webhook(project.created_by, project, url=url, events=events)
    return hook


def send_all():
    Delivery.objects.filter(state="pending").update(next_at=timezone.now())
    return jobs.deliver_due()


def test_an_event_is_signed_and_delivered(project, there, django_capture_on_commit_callbacks):
    hook = hook_of(project, there.url, ["images.added"])
    with django_capture_on_commit_callbacks(execute=True):
        emit(project.pk, Event.IMAGES_ADDED, {"images": [1, 2]})
        emit(project.pk, Event.BOXES_CHANGED, {"images": [1]})
    assert OrmQ.objects.count() == 1
    assert send_all() == "1 sent"
    ((headers, body),) = there.received
    assert json.loads(body)["data"] == {"images": [1, 2]}
    assert (json.loads(body)["type"], json.loads(body)["project"]) == ("images.added", project.pk)
    key = base64.b64decode(secret_of(hook.key).removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    made = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{made}"
    row = Delivery.objects.get()
    assert (row.state, row.status, row.answer, row.attempts, str(row.key)) == (
        "done",
        200,
        "heard",
        1,
        headers["webhook-id"],
    )


def test_what_was_taken_back_is_sent_to_nobody(project):
    hook_of(project)
    with transaction.atomic():
        emit(project.pk, Event.IMAGES_ADDED, {"images": [1]})
        transaction.set_rollback(True)
    assert not Delivery.objects.exists()


def test_an_event_outlives_the_process_that_dies_after_the_commit(project, there, django_capture_on_commit_callbacks):
    hook_of(project, there.url)
    with django_capture_on_commit_callbacks(execute=False):  # it died before it came to them
        emit(project.pk, Event.IMAGES_ADDED, {"images": [1]})
    assert OrmQ.objects.count() == 0
    jobs.sweep()
    assert OrmQ.objects.count() == 1
    assert (jobs.deliver_due(), len(there.received)) == ("1 sent", 1)


def test_a_fault_of_the_log_fails_nothing(project):
    hook_of(project)
    with transaction.atomic():
        project.name = "Renamed"
        project.save()
        emit(project.pk, Event.IMAGES_ADDED, {"images": {1}})  # a set: no JSON
    project.refresh_from_db()
    assert (project.name, Delivery.objects.count()) == ("Renamed", 0)


def test_many_events_ask_for_one_worker(project, django_capture_on_commit_callbacks):
    hook_of(project)
    with django_capture_on_commit_callbacks(execute=True):
        for number in range(5):
            emit(project.pk, Event.IMAGES_ADDED, {"images": [number]})
    assert (Delivery.objects.count(), OrmQ.objects.count()) == (5, 1)


def test_what_fails_is_tried_again_with_growing_pauses_and_given_up(project, there):
    hook, there.status = hook_of(project, there.url), 500
    actions.ping(project.created_by, hook)
    pauses = []
    for _ in jobs.PAUSES_S:
        send_all()
        row = Delivery.objects.get()
        pauses.append((row.next_at - timezone.now()).total_seconds())
        assert (row.state, row.status) == ("pending", 500)
    assert pauses == pytest.approx(jobs.PAUSES_S, abs=5)
    send_all()
    row = Delivery.objects.get()
    assert (row.state, row.attempts, len(there.received)) == ("failed", 8, 8)
    assert len({headers["webhook-id"] for headers, _body in there.received}) == 1
    assert Webhook.objects.get().failures == 8
    there.status = 204
    actions.redeliver(project.created_by, hook, row.pk)
    send_all()
    assert (Delivery.objects.get().state, Webhook.objects.get().failures) == ("done", 0)


def test_what_is_due_later_waits(project, there):
    actions.ping(project.created_by, hook_of(project, there.url))
    Delivery.objects.update(next_at=timezone.now() + timedelta(minutes=1))
    assert jobs.deliver_due() == "0 sent"


def test_an_address_that_always_fails_is_switched_off(project, there):
    hook, there.status = hook_of(project, there.url), 500
    actions.ping(project.created_by, hook)
    Webhook.objects.update(failures=jobs.MOST_FAILURES - 1)
    send_all()
    hook.refresh_from_db()
    assert not hook.active
    assert hook.disabled_at is not None
    assert send_all() == "0 sent"
    with pytest.raises(Conflict):
        actions.ping(project.created_by, hook)
    actions.update_webhook(project.created_by, hook, active=True)
    there.status = 200
    assert send_all() == "1 sent"


def test_private_addresses_are_not_asked(project, there, settings):
    hook = hook_of(project, there.url)
    settings.OUTBOUND_NETWORKS = []
    actions.ping(project.created_by, hook)
    send_all()
    assert "not allowed" in Delivery.objects.get().error
    assert not there.received


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/x", "https://localhost/"]
)
def test_private_addresses_are_refused_at_once(url, project, client_as, settings):
    settings.OUTBOUND_NETWORKS = []
    body = {"url": url, "events": ["runs.finished"]}
    answer = client_as("owner").post(reverse("api-webhooks", args=[project.pk]), body, content_type="application/json")
    assert (answer.status_code, answer.json()["field"], answer.json()["code"]) == (400, "url", "private")
    settings.OUTBOUND_NETWORKS = [ip_network("127.0.0.0/8"), ip_network("::1/128")]
    if "169" not in url:
        hook_of(project, url)


def test_the_sweep_asks_for_a_worker_and_drops_what_is_old(project):
    actions.ping(project.created_by, hook_of(project))
    OrmQ.objects.all().delete()
    jobs.sweep()
    jobs.sweep()
    assert OrmQ.objects.count() == 1
    Delivery.objects.update(created_at=timezone.now() - timedelta(days=31))
    jobs.sweep()
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"url": "ftp://x"}, "url"),
        ({"url": "https://a:b@example.org/"}, "url"),
        ({"events": []}, "events"),
        ({"events": ["moon.rises"]}, "events"),
    ],
)
def test_a_webhook_that_makes_no_sense(fields, field, project):
    with pytest.raises(Refusal) as refused:
        hook_of(project, **fields)
    assert refused.value.field == field


def test_a_project_has_twenty_at_most(project):
    for _ in range(actions.MOST):
        hook_of(project)
    with pytest.raises(Conflict):
        hook_of(project)


def test_what_people_do_becomes_events(project, django_capture_on_commit_callbacks):
    hook_of(project)
    owner, label = project.created_by, factories.make_class(project)
    decoded = storing.decode("a.jpg", factories.picture_bytes(seed=5))
    with django_capture_on_commit_callbacks(execute=True):
        (image,) = storing.store(owner, project.datasets.get(), [decoded]).added
    suggestion = factories.make_suggestion(image, label)
    accept = {"op": "accept", "suggestion": suggestion.pk, "id": str(uuid.uuid4())}
    with django_capture_on_commit_callbacks(execute=True):
        apply_changes(owner, image, seen=1, changes=[accept])
    image.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        bin_actions.delete_image(owner, image)
    reported = [(row.event, row.payload["data"]) for row in Delivery.objects.order_by("id")]
    changed = {"images": [{"id": suggestion.image_id, "version": 2}], "counts": {"accepted": 1}, "by": owner.pk}
    assert reported == [
        ("images.added", {"dataset": suggestion.image.dataset_id, "images": [suggestion.image_id]}),
        ("boxes.changed", changed),
        ("reviews.decided", changed),
        ("images.deleted", {"images": [suggestion.image_id]}),
    ]


# --- the API and the pages --------------------------------------------------------------------------------------------
def url(name, *args):
    return reverse(f"api-{name}", args=args)


def test_from_nothing_to_nothing_by_the_api(project, client_as):
    client = client_as("owner")
    body = {"url": "https://example.org/hook", "events": ["runs.finished"]}
    made = client.post(url("webhooks", project.pk), body, content_type="application/json").json()
    hook = Webhook.objects.get()
    assert made["secret"] == secret_of(hook.key)
    place = url("webhook", project.pk, hook.pk)
    assert "secret" not in client.get(place).json()
    assert client.patch(place, {"active": False}, content_type="application/json").json()["active"] is False
    assert client.post(url("webhook-ping", project.pk, hook.pk)).json()["code"] == "inactive"
    client.patch(place, {"active": True}, content_type="application/json")
    sent = client.post(url("webhook-ping", project.pk, hook.pk))
    assert (sent.status_code, sent.json()["event"], sent.json()["state"]) == (202, "ping", "pending")
    log = client.get(url("webhook-deliveries", project.pk, hook.pk)).json()
    assert [row["id"] for row in log["results"]] == [sent.json()["id"]]
    again = client.post(url("webhook-redeliver", project.pk, hook.pk, sent.json()["id"]))
    assert again.status_code == 202
    assert client.post(url("webhook-secret", project.pk, hook.pk)).json()["secret"] != made["secret"]
    assert client.delete(place).status_code == 204
    assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    ("role", "status"), [(None, 302), ("stranger", 404), ("viewer", 403), ("reviewer", 403), ("owner", 200)]
)
def test_pages_are_for_owners(role, status, project, client_as):
    hook = hook_of(project)
    client = client_as(role)
    assert client.get(reverse("webhooks", args=[project.pk])).status_code == status
    assert client.get(reverse("webhook", args=[project.pk, hook.pk])).status_code == status


def test_pages_from_nothing_to_nothing(project, client_as):
    client = client_as("owner")
    page = client.post(reverse("webhooks", args=[project.pk]), {"url": "nothing", "events": ["runs.finished"]})
    assert page.context["form"].errors["url"]
    body = {"url": "https://example.org/", "events": ["runs.finished"]}
    page = client.post(reverse("webhooks", args=[project.pk]), body, follow=True)
    hook = Webhook.objects.get()
    assert secret_of(hook.key) in page.content.decode()
    args = [project.pk, hook.pk]
    assert secret_of(hook.key) not in client.get(reverse("webhook", args=args)).content.decode()
    client.post(reverse("webhook-ping", args=args))
    Delivery.objects.update(state="failed", status=500, attempts=8)
    page = client.get(reverse("webhook", args=args)).content.decode()
    assert "8 attempts" in page
    client.post(reverse("webhook-redeliver", args=[*args, Delivery.objects.get().pk]))
    assert Delivery.objects.get().state == "pending"
    for name, active in (("off", False), ("on", True)):
        client.post(reverse(f"webhook-{name}", args=args))
        hook.refresh_from_db()
        assert hook.active is active
    client.post(reverse("webhook", args=args), {"url": "https://example.com/", "events": ["images.added"]})
    hook.refresh_from_db()
    assert (hook.url, hook.events) == ("https://example.com/", ["images.added"])
    old = hook.key
    assert "whsec_" in client.post(reverse("webhook-secret", args=args), follow=True).content.decode()
    hook.refresh_from_db()
    assert hook.key != old
    client.post(reverse("webhook-delete", args=args))
    assert not Webhook.objects.exists()


def test_forms_need_their_token(project):
    client = Client(enforce_csrf_checks=True)
    client.force_login(project.created_by)
    assert client.post(reverse("webhooks", args=[project.pk]), {}).status_code == 403


def test_the_log_costs_the_same_for_few_and_many(project, client_as, django_assert_max_num_queries):
    hook, client = hook_of(project), client_as("owner")
    for count in (1, 30):
        Delivery.objects.bulk_create([Delivery(webhook=hook, event="ping", state="done") for _ in range(count)])
        with django_assert_max_num_queries(7):
            client.get(url("webhook-deliveries", project.pk, hook.pk))
        with django_assert_max_num_queries(9):
            client.get(reverse("webhook", args=[project.pk, hook.pk]))
