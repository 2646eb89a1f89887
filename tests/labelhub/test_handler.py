"""However many come at once: a fixed number of threads and connections, waiting instead of failing, 503 and never
500.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.db import OperationalError, connection, connections
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path
from django.utils import translation

from labelhub import handler as module
from labelhub.handler import Handler
from labelhub.requests.later import Later
from labelhub.requests.threads import Threads, ThreadTimeout
from projects.web.streaming import streamed

pytestmark = pytest.mark.django_db(transaction=True)  # the threads look after their connections, each its own
handler500 = "labelhub.requests.busy.server_fault"
seen: list[Any] = []


def slow(request: HttpRequest) -> HttpResponse:
    seen.append(("in", threading.get_ident()))
    time.sleep(0.1)
    seen.append(("out", threading.get_ident()))
    return HttpResponse("done")


def connected(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    seen.append(id(connection.connection))
    return HttpResponse("done")


def full(request: HttpRequest) -> HttpResponse:
    raise OperationalError("FATAL: sorry, too many clients already")


def later(request: HttpRequest) -> HttpResponse:
    translation.activate("ko")
    looks = iter([None, None, JsonResponse({"language": "?"}, status=201)])

    def look() -> HttpResponse | None:
        seen.append(threading.get_ident())
        found = next(looks)
        return found and JsonResponse({"language": translation.get_language()}, status=found.status_code)

    response = Later(look, 5.0, HttpResponse(status=503))
    response["X-Kept"], response["Content-Length"] = "yes", "2"
    return response


def never(request: HttpRequest) -> HttpResponse:
    late = HttpResponse("late", status=503)
    late["Retry-After"] = "2"
    return Later(lambda: None, 0.5, late)


def wrong(request: HttpRequest) -> HttpResponse:
    raise ValueError("a fault of ours")


def pieces(request: HttpRequest) -> StreamingHttpResponse:
    translation.activate("ko")
    return streamed(request, (f"{n}{translation.get_language()} ".encode() for n in range(3)), "text/plain")


urlpatterns = [
    path("slow", slow), path("api/slow", slow), path("connected", connected), path("full", full),
    path("api/full", full),
    # The page of an error leads there.
    path("later", later), path("never", never), path("wrong", wrong), path("pieces", pieces),
    path("", slow, name="projects"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def here(settings, monkeypatch):
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = []
    settings.ALLOWED_HOSTS = ["*"]
    seen.clear()
    monkeypatch.setattr(module, "threads", Threads(2))


async def get(address: str) -> tuple[int, dict[str, str], bytes]:
    scope = {"type": "http", "method": "GET", "path": address, "query_string": b"", "headers": [(b"host", b"x")]}
    browser = ApplicationCommunicator(Handler(), scope)
    await browser.send_input({"type": "http.request", "body": b""})
    start = await browser.receive_output(5)
    body, more = b"", True
    while more:
        part = await browser.receive_output(5)
        body, more = body + part.get("body", b""), part.get("more_body", False)
    await browser.wait(5)
    return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, body


async def test_so_many_threads_and_no_more():
    answers = await asyncio.gather(*(get("/slow") for _ in range(8)))
    assert {status for status, *_ in answers} == {200}
    at_work, most = 0, 0
    for what, _thread in seen:
        at_work += 1 if what == "in" else -1
        most = max(most, at_work)
    assert (most, len({thread for _what, thread in seen})) == (2, 2)


@pytest.mark.parametrize(("address", "kind"), [("/slow", "text/plain"), ("/api/slow", "application/problem+json")])
async def test_who_waited_too_long_is_asked_to_come_again(settings, address, kind):
    settings.REQUEST_PATIENCE_S = 0.02
    answers = await asyncio.gather(*(get(address) for _ in range(4)))
    assert sorted(status for status, *_ in answers) == [200, 200, 503, 503]
    for status, headers, body in answers:
        if status == 503:
            assert headers["Content-Type"].startswith(kind)
            assert (headers["Retry-After"], headers["Cache-Control"]) == ("2", "no-store")
            assert kind == "text/plain" or json.loads(body)["code"] == "busy"
    assert [what for what, _thread in seen].count("in") == 2  # nothing was done for those who were sent away
    assert (await get(address))[0] == 200


@pytest.mark.parametrize(
    ("address", "status", "code"), [("/full", 503, None), ("/api/full", 503, "busy"), ("/wrong", 500, None)]
)
async def test_a_database_without_a_connection_is_busy_and_not_broken(address, status, code):
    found, headers, body = await get(address)
    assert (found, headers.get("Retry-After")) == (status, "2" if status == 503 else None)
    assert code is None or json.loads(body)["code"] == code


async def test_a_thread_keeps_its_connection():
    for _ in range(6):
        assert (await get("/connected"))[0] == 200
    assert len(set(seen)) <= 2
    await asyncio.gather(*(module.threads.run(connections.close_all) for _ in range(2)))


async def test_a_download_comes_in_pieces_and_in_the_readers_language():
    assert (await get("/pieces"))[2] == b"0ko 1ko 2ko "


async def test_a_caller_that_gave_up_does_not_free_the_thread_that_still_works():
    threads, working, end = Threads(1), threading.Event(), threading.Event()
    given_up = asyncio.create_task(threads.run(lambda: (working.set(), end.wait(5))))
    await asyncio.to_thread(working.wait, 5)
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    with pytest.raises(ThreadTimeout):
        await threads.run(int, patience_s=0.05)
    end.set()
    assert await threads.run(int, patience_s=5) == 0


async def test_an_answer_that_comes_later_keeps_status_headers_and_language():
    status, headers, body = await get("/later")
    assert (status, json.loads(body), headers["Content-Length"]) == (201, {"language": "ko"}, str(len(body)))
    assert (headers["X-Kept"], headers["Content-Type"], len(seen)) == ("yes", "application/json", 3)


async def test_who_waits_for_an_answer_holds_no_thread():
    waiting = [asyncio.create_task(get("/never")) for _ in range(6)]  # of two threads
    await asyncio.sleep(0.1)
    assert (await asyncio.wait_for(get("/slow"), 0.35))[0] == 200
    for status, headers, body in await asyncio.gather(*waiting):
        assert (status, headers["Retry-After"], body) == (503, "2", b"late")
