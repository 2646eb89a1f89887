"""Websockets: what was missed comes first, then what comes; strangers hear nothing; no event is lost on reconnect."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from channels.layers import channel_layers
from channels.routing import URLRouter
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.utils import timezone

from annotations.boxes.actions import apply_changes
from annotations.boxes.consumers import ChangesConsumer, ChangesFeed
from annotations.classes import actions as classes_actions
from annotations.comments import actions as comments_actions
from annotations.models import Suggestion
from annotations.review.actions import store_suggestions, withdraw_batch
from labelhub.live import broadcast, hub, notify
from labelhub.live import follower as module
from labelhub.routing import websocket_urlpatterns
from projects.groups import actions as group_actions
from projects.models import Membership, User
from projects.people import deactivation, sessions
from tests import factories
from tests.training.conftest import Bench, make_bench
from training.models import Run
from training.runner.claims import Claim
from training.runs import actions as runs_actions

pytestmark = pytest.mark.django_db(transaction=True)
application = URLRouter(websocket_urlpatterns)


@pytest.fixture
def bench(transactional_db: None) -> Bench:
    return make_bench()


def _read_without_locks() -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA read_uncommitted = 1")


@pytest.fixture(autouse=True)
async def _looks_beside_saves(transactional_db: None) -> None:
    """SQLite in memory, as in tests alone, locks whole tables: a look beside a save would find one locked."""
    await broadcast.looking.run(_read_without_locks)


class Socket(ApplicationCommunicator):
    """A browser's end. (The one of channels.testing wants daphne.)"""

    def __init__(self, address: str, user: User | AnonymousUser, language: str = "") -> None:
        path, _, query = address.partition("?")
        headers = [(b"cookie", f"{settings.LANGUAGE_COOKIE_NAME}={language}".encode())] if language else []
        scope = {
            "type": "websocket", "path": path, "query_string": query.encode(), "headers": headers, "subprotocols": [],
        }  # fmt: skip
        super().__init__(application, scope | {"user": user})

    async def connect(self) -> None:
        await self.send_input({"type": "websocket.connect"})
        assert (await self.receive_output(3))["type"] == "websocket.accept"

    async def receive_json_from(self, timeout: float) -> dict[str, Any]:
        message = await self.receive_output(timeout)
        assert message["type"] == "websocket.send", message
        return json.loads(message["text"])

    async def disconnect(self) -> None:
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(3)


def listen(address: str, user: User | AnonymousUser) -> Socket:
    return Socket(address, user)


async def received(socket: Socket, count: int, timeout: float = 3) -> list[dict[str, Any]]:
    return [await socket.receive_json_from(timeout) for _ in range(count)]


@sync_to_async
def say(claim: Claim, *epochs: int, **fields: Any) -> None:
    claim.append([("epoch", {"epoch": n}) for n in epochs], **fields)
    notify.wake(notify.run_group(claim.run_id))


@pytest.mark.parametrize("who", ["stranger", "nobody"])
@pytest.mark.parametrize("path", ["/ws/runs/{run}/", "/ws/projects/{project}/changes/", "/ws/runs/999999/"])
async def test_strangers_are_shown_out(bench, who, path):
    run = await sync_to_async(bench.start)()
    user = await sync_to_async(factories.make_user)() if who == "stranger" else AnonymousUser()
    socket = listen(path.format(run=run.pk, project=bench.project.pk), user)
    await socket.connect()
    assert (await socket.receive_output(3)) == {"type": "websocket.close", "code": 4404}
    await socket.wait()


async def test_first_what_was_missed_then_what_comes(bench):
    run = await sync_to_async(bench.start)()
    claim = await sync_to_async(Claim.take)(run.pk)
    await say(claim, 1, 2, 3)
    socket = listen(f"/ws/runs/{run.pk}/?since=1", bench.owner)
    await socket.connect()
    missed = await received(socket, 3)
    assert [message.get("seq") for message in missed] == [2, 3, None]
    assert missed[2]["kind"] == "state"
    assert (missed[2]["payload"]["state"], missed[2]["payload"]["last_seq"]) == ("running", 3)
    await say(claim, 4, percent=40.0)
    event, state = await received(socket, 2)
    assert (event["seq"], event["kind"], event["payload"]) == (4, "epoch", {"epoch": 4})
    assert state["payload"]["percent"] == 40.0
    await socket.disconnect()


async def test_each_listener_hears_its_own_language(bench):
    run = await sync_to_async(bench.start)()
    claim = await sync_to_async(Claim.take)(run.pk)
    sockets = [Socket(f"/ws/runs/{run.pk}/", bench.owner, language) for language in ("ko", "", "en")]
    for socket in sockets:
        await socket.connect()
        await received(socket, 1)
    line = {"level": "info", "code": "suggested", "data": {"suggestions": 7}, "text": "The engine's English."}
    end = {"code": "disk_full", "data": {}, "text": "The engine's English."}
    await sync_to_async(claim.append)([("log", line)])
    await sync_to_async(claim.end)(Run.State.FAILED, [("error", end)], error_code="disk_full", error_text=end["text"])
    english = ["7 suggestions were found.", "The disk is full."]
    for socket, words in zip(
        sockets, (["제안 7개를 찾았습니다.", "디스크가 가득 찼습니다."], english, english), strict=True
    ):
        texts: list[str] = []
        while len(texts) < 3:
            [message] = await received(socket, 1)
            spoken = message["payload"]["error"] if message["kind"] == "state" else message["payload"]
            texts += [spoken["text"]] if spoken else []
        assert texts == [*words, words[1]]
        await socket.disconnect()


async def test_a_long_absence_is_caught_up_in_order(bench):
    run = await sync_to_async(bench.start)()
    claim = await sync_to_async(Claim.take)(run.pk)
    await say(claim, *range(1201))
    socket = listen(f"/ws/runs/{run.pk}/?since=0", bench.owner)
    await socket.connect()
    assert [message["seq"] for message in await received(socket, 1201)] == list(range(1, 1202))
    await socket.disconnect()


async def test_the_place_in_the_queue_comes_as_state(bench):
    first, second = [await sync_to_async(bench.start)() for _ in range(2)]
    socket = listen(f"/ws/runs/{second.pk}/", bench.owner)
    await socket.connect()
    assert (await received(socket, 1))[0]["payload"]["queue_position"] == 2
    await sync_to_async(runs_actions.cancel_run)(bench.owner, first)
    assert (await received(socket, 1, 7))[0]["payload"]["queue_position"] == 1
    await sync_to_async(Run.objects.filter(pk=second.pk).update)(
        state="failed", finished_at=timezone.now(), error_code="x"
    )
    assert (await received(socket, 1, 7))[0]["payload"]["error"]["code"] == "x"
    await socket.disconnect()


async def test_who_was_removed_does_not_listen_on(bench, monkeypatch):
    monkeypatch.setattr(broadcast, "RECHECK_S", 0.0)
    monkeypatch.setattr(broadcast, "SAFETY_POLL_S", 0.3)
    run = await sync_to_async(bench.start)()
    socket = listen(f"/ws/runs/{run.pk}/", bench.owner)
    await socket.connect()
    await received(socket, 1)
    await sync_to_async(Membership.objects.filter(user=bench.owner).delete)()
    assert (await socket.receive_output(3))["code"] == 4404
    await socket.wait()


@pytest.mark.parametrize("how", ["at once", "by the next row"])
async def test_who_leaves_a_group_hears_nothing_more_of_its_projects(bench, how):
    """At once where a wake-up comes through; else what comes next finds the door shut."""
    group = await sync_to_async(group_actions.make_group)(bench.owner, name="Night shift")
    ada = await sync_to_async(factories.make_member)(await sync_to_async(factories.make_project)(bench.owner), "viewer")
    await sync_to_async(group_actions.add_person)(bench.owner, group, ada)
    await sync_to_async(group_actions.set_group_role)(bench.owner, bench.project, group, "annotator")
    sockets = [listen(f"/ws/projects/{bench.project.pk}/changes/", user) for user in (bench.owner, ada)]
    for socket in sockets:
        await socket.connect()
    if how == "at once":
        await sync_to_async(group_actions.remove_person)(ada, group, ada)
    else:
        await sync_to_async(Membership.objects.filter(user=ada, project=bench.project).delete)()
        box = {"op": "create", "id": str(uuid.uuid4()), "class": bench.label.pk, "xyxy": [9, 9, 50, 50]}
        await sync_to_async(apply_changes)(bench.owner, bench.images[1], seen=1, changes=[box])
        assert (await received(sockets[0], 1))[0]["image"] == bench.images[1].pk
    assert (await sockets[1].receive_output(3))["code"] == 4404
    await sockets[0].disconnect()


async def test_a_session_that_ends_takes_its_live_pages_along(bench):
    """At once, and those of no other session."""
    run = await sync_to_async(bench.start)()
    there, here = [await sync_to_async(client_of)(bench.owner) for _ in range(2)]
    sockets = [listen(f"/ws/runs/{run.pk}/", bench.owner) for _ in (there, here)]
    for socket, client in zip(sockets, (there, here), strict=True):
        socket.scope["session"] = client.session
        await socket.connect()
        await received(socket, 1)
    await sync_to_async(sessions.end_all)(bench.owner, kept=here.session.session_key)
    assert (await sockets[0].receive_output(0.5))["code"] == 4404
    assert await sockets[1].receive_nothing(0.2)
    boss = await sync_to_async(factories.make_user)(is_superuser=True)
    await sync_to_async(deactivation.deactivate)(boss, bench.owner)
    assert (await sockets[1].receive_output(0.5))["code"] == 4404


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


async def test_saves_of_others_come_once_each(bench):
    socket = listen(f"/ws/projects/{bench.project.pk}/changes/", bench.owner)
    await socket.connect()
    other = await sync_to_async(make_bench)()
    for place in (bench, other):
        two = [
            {
                "op": "create",
                "id": f"00000000-0000-4000-8000-{place.project.pk:06d}{n:06d}",
                "class": place.label.pk,
                "xyxy": [n, n, n + 50, n + 50],
            }
            for n in (100, 200)
        ]
        await sync_to_async(apply_changes)(place.owner, place.images[1], seen=1, changes=two)
    message = (await received(socket, 1, 7))[0]
    assert (message["image"], message["version"], message["actor"]) == (bench.images[1].pk, 2, bench.owner.email)
    assert await socket.receive_nothing(0.8)
    await socket.disconnect()
    again = listen(f"/ws/projects/{bench.project.pk}/changes/?since=0", bench.owner)
    await again.connect()
    assert (await received(again, 1))[0]["seq"] == message["seq"]
    await again.disconnect()


async def test_an_open_page_hears_of_new_suggestions_and_of_comments(bench):
    socket = listen(f"/ws/projects/{bench.project.pk}/changes/", bench.owner)
    await socket.connect()
    image = bench.images[1]
    batch = await sync_to_async(factories.make_batch)(bench.project)
    rows = [
        Suggestion(image=image, label=bench.label, batch=batch, probability=0.8, score=0.5, source="head")
        for _ in (1, 2)
    ]
    for row in rows:
        row.xyxy = (1, 1, 9, 9)
    assert await sync_to_async(store_suggestions)(rows) == 2
    message = (await received(socket, 1, 7))[0]
    assert (message["image"], message["suggestions"]) == (image.pk, True)
    await sync_to_async(withdraw_batch)(bench.owner, batch)
    messages = await received(socket, 2, 7)
    assert [(message["image"], message["suggestions"]) for message in messages] == [(image.pk, True), (None, True)]
    await sync_to_async(comments_actions.add)(bench.owner, image, text="Why?")
    message = (await received(socket, 1, 7))[0]
    assert (message["image"], message["comments"]) == (image.pk, True)
    assert await socket.receive_nothing(0.8)
    await socket.disconnect()


async def test_an_open_page_hears_of_classes_that_change(bench):
    label = await sync_to_async(factories.make_class)(bench.project, "old name")
    socket = listen(f"/ws/projects/{bench.project.pk}/changes/", bench.owner)
    await socket.connect()
    owner, project = bench.owner, bench.project
    for verb, arguments, words in (
        (classes_actions.update_class, (owner, label), {"name": "new name"}),
        (classes_actions.create_class, (owner, project), {"name": "another"}),
        (classes_actions.create_classes, (owner, project, ["third", "fourth"]), {}),
        (classes_actions.delete_class, (owner, label), {}),
    ):
        await sync_to_async(verb)(*arguments, **words)
        [message] = await received(socket, 1)
        assert (message["image"], message.get("classes")) == (None, True)
    await sync_to_async(classes_actions.update_class)(owner, await project.classes.afirst())  # nothing changed
    assert await socket.receive_nothing(1)
    await socket.disconnect()


async def test_one_look_serves_all_who_listen_to_a_project(bench, monkeypatch):
    """Whatever the number of listeners: reading takes as many queries as for one, and each hears of each save once."""
    looks: list[int] = []
    real = ChangesFeed.look
    monkeypatch.setattr(ChangesFeed, "look", lambda feed: looks.append(feed.pk) or real(feed))
    sockets = [listen(f"/ws/projects/{bench.project.pk}/changes/", bench.owner) for _ in range(20)]
    for socket in sockets:
        await socket.connect()
    await asyncio.gather(*(socket.receive_nothing(0.7) for socket in sockets))
    looks.clear()
    began = asyncio.get_running_loop().time()
    for version in (1, 2, 3):
        changes = [{"op": "create", "id": str(uuid.uuid4()), "class": bench.label.pk, "xyxy": [version, 1, 20, 20]}]
        await sync_to_async(apply_changes)(bench.owner, bench.images[1], seen=version, changes=changes)
    reported = await asyncio.gather(*(received(socket, 3) for socket in sockets))
    took = asyncio.get_running_loop().time() - began
    assert {tuple(message["version"] for message in messages) for messages in reported} == {(2, 3, 4)}
    assert len(looks) <= took / broadcast.GAP_S + 2
    for socket in sockets:
        await socket.disconnect()
    looks.clear()
    await asyncio.sleep(ChangesFeed.poll_s * 1.5)
    assert (looks, hub.here().broadcasts) == ([], {})  # nobody listens, nobody looks


async def test_a_listener_that_takes_nothing_is_sent_away_and_holds_up_nobody(bench, monkeypatch):
    monkeypatch.setattr(module, "OUTBOX", 2)
    stuck, quick = (listen(f"/ws/projects/{bench.project.pk}/changes/", bench.owner) for _ in range(2))
    gate = asyncio.Event()
    real = ChangesConsumer.send

    async def send(consumer, *arguments, **options):
        if stuck.consumer is None:
            stuck.consumer = consumer
        if consumer is stuck.consumer:
            await gate.wait()
        await real(consumer, *arguments, **options)

    stuck.consumer = None
    monkeypatch.setattr(ChangesConsumer, "send", send)
    await stuck.connect()
    notices = hub.here().broadcasts[notify.project_group(bench.project.pk)]
    next(iter(notices.listeners)).tell(["{}"])
    await asyncio.sleep(0.05)  # its sender stands at the gate
    await quick.connect()
    for number in range(4):
        for listener in [*notices.listeners]:
            listener.tell([f'{{"seq": {number}}}'])
        assert (await received(quick, 1))[0]["seq"] == number
    assert (await stuck.receive_output(3))["code"] == 4503
    for socket in (stuck, quick):
        await socket.disconnect()


@pytest.fixture
def redis_layer(settings):
    url = "redis://127.0.0.1:6379/9"
    redis = pytest.importorskip("redis")
    try:
        redis.Redis.from_url(url).ping()
    except redis.exceptions.RedisError:
        pytest.skip("no Redis here")
    settings.REDIS_URL = url
    settings.CHANNEL_LAYERS = {
        "default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [url]}}
    }
    channel_layers.backends = {}
    yield
    channel_layers.backends = {}


async def test_with_redis_listeners_are_woken_at_once(bench, redis_layer, monkeypatch):
    monkeypatch.setattr(broadcast, "SAFETY_POLL_S", 60.0)
    run = await sync_to_async(bench.start)()
    claim = await sync_to_async(Claim.take)(run.pk)
    socket = listen(f"/ws/runs/{run.pk}/", bench.owner)
    await socket.connect()
    await received(socket, 1)
    await say(claim, 1)
    assert (await received(socket, 1, 2))[0]["seq"] == 1
    await socket.disconnect()


async def test_people_in_one_image_hear_of_each_other(bench):
    others = await sync_to_async(factories.make_member)(bench.project, "annotator")
    sockets = [listen(f"/ws/projects/{bench.project.pk}/changes/", user) for user in (bench.owner, others)]
    for socket in sockets:
        await socket.connect()
        await socket.send_input({"type": "websocket.receive", "text": json.dumps({"image": 7})})
    mine = {"id": bench.owner.pk, "name": str(bench.owner)}
    both = sorted([mine, {"id": others.pk, "name": str(others)}], key=lambda one: one["name"])
    assert await received(sockets[0], 2) == [{"image": 7, "present": [mine]}, {"image": 7, "present": both}]
    assert await received(sockets[1], 1) == [{"image": 7, "present": both}]
    for nonsense in ("", "[]", "{}", '{"image": true}', '{"image": "7"}', '{"image": 1e3}', "[" * 90, "x" * 10_000):
        await sockets[1].send_input({"type": "websocket.receive", "text": nonsense})
    await sockets[1].disconnect()
    assert await received(sockets[0], 1) == [{"image": 7, "present": [mine]}]
    await sockets[0].disconnect()
