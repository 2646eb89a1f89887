"""The sync and the async client: two thin transports under the same procedures."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Generic, ParamSpec, Self, TypeVar

import httpx

from labelhub_client import exports, images, imports, projects, runs, uploads
from labelhub_client.errors import Unreachable
from labelhub_client.wire import Answer, Call, End, Item, Part, Procedure, Sleep, Steps, Stream, advance

P = ParamSpec("P")
T = TypeVar("T")
U = TypeVar("U")
TIMEOUT_S = 120.0


class Sync(Generic[P, T]):
    """A procedure as a method."""

    def __init__(self, steps: Callable[P, Steps[T]]) -> None:
        self.steps = steps

    def __get__(self, client: Client, owner: type | None = None) -> Callable[P, T]:
        @functools.wraps(self.steps)
        def method(*args: P.args, **kwargs: P.kwargs) -> T:
            return client.run(self.steps(*args, **kwargs))

        return method


class SyncStream(Generic[P, T]):
    def __init__(self, steps: Callable[P, Stream[T]]) -> None:
        self.steps = steps

    def __get__(self, client: Client, owner: type | None = None) -> Callable[P, Iterator[T]]:
        @functools.wraps(self.steps)
        def method(*args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
            return client.stream(self.steps(*args, **kwargs))

        return method


class Async(Generic[P, T]):
    def __init__(self, steps: Callable[P, Steps[T]]) -> None:
        self.steps = steps

    def __get__(self, client: AsyncClient, owner: type | None = None) -> Callable[P, Awaitable[T]]:
        @functools.wraps(self.steps)
        def method(*args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
            return client.run(self.steps(*args, **kwargs))

        return method


class AsyncStream(Generic[P, T]):
    def __init__(self, steps: Callable[P, Stream[T]]) -> None:
        self.steps = steps

    def __get__(self, client: AsyncClient, owner: type | None = None) -> Callable[P, AsyncIterator[T]]:
        @functools.wraps(self.steps)
        def method(*args: P.args, **kwargs: P.kwargs) -> AsyncIterator[T]:
            return client.stream(self.steps(*args, **kwargs))

        return method


class Client:
    """with Client("https://labels.example.org", token) as hub: ...

    Its methods are the procedures of this package's modules, which say what each does; all raise LabelHubError and
    Unreachable besides.
    """

    list_projects = Sync(projects.list_projects)
    create_project = Sync(projects.create_project)
    find_project = Sync(projects.find_project)
    list_datasets = Sync(projects.list_datasets)
    create_dataset = Sync(projects.create_dataset)
    find_dataset = Sync(projects.find_dataset)
    list_classes = Sync(projects.list_classes)
    create_class = Sync(projects.create_class)
    find_classes = Sync(projects.find_classes)
    list_models = Sync(projects.list_models)
    upload_folder = Sync(uploads.upload_folder)
    upload_pictures = Sync(uploads.upload_pictures)
    preview_labels = Sync(imports.preview_labels)
    start_import = Sync(imports.start_import)
    import_labels = Sync(imports.import_labels)
    undo_import = Sync(imports.undo_import)
    push_predictions = Sync(imports.push_predictions)
    start_autolabel = Sync(runs.start_autolabel)
    watch_run = Sync(runs.watch_run)
    autolabel = Sync(runs.autolabel)
    list_runs = Sync(runs.list_runs)
    cancel_run = Sync(runs.cancel_run)
    predict = Sync(runs.predict)
    start_export = Sync(exports.start_export)
    export_file = Sync(exports.export_file)
    export = Sync(exports.export)
    save_model = Sync(exports.save_model)
    iter_images = SyncStream(images.iter_images)
    iter_detections = SyncStream(images.iter_detections)

    def __init__(self, url: str, token: str, *, transport: httpx.BaseTransport | None = None) -> None:
        self._http = httpx.Client(transport=transport, timeout=TIMEOUT_S, **_options(url, token))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def run(self, steps: Procedure[Any, T]) -> T:
        """Carries a procedure out."""
        for step in self._perform(steps):
            if isinstance(step, End):
                return step.value
        raise AssertionError("a procedure has an end")

    def stream(self, steps: Stream[T]) -> Iterator[T]:
        """Carries a procedure out, and gives its items as they come."""
        return (step.value for step in self._perform(steps) if isinstance(step, Item))

    def _perform(self, steps: Procedure[T, U]) -> Iterator[Item[T] | End[U]]:
        answer: Answer | Unreachable | None = None
        while True:
            step = advance(steps, answer)
            answer = None
            if isinstance(step, Call):
                answer = self._send(step)
            elif isinstance(step, Sleep):
                time.sleep(step.seconds)
            else:
                yield step
                if isinstance(step, End):
                    return

    def _send(self, call: Call[Any]) -> Answer | Unreachable:
        try:
            with ExitStack() as files, self._http.stream(**_request(call, files)) as response:
                if _goes_to_disk(call, response):
                    with _opened(call, response) as file:
                        for chunk in response.iter_bytes():
                            file.write(chunk)
                else:
                    response.read()
                return _answer(call, response)
        except httpx.TransportError as error:
            return _unreachable(error)


class AsyncClient:
    """async with AsyncClient("https://labels.example.org", token) as hub: ...

    The same methods as Client, to be awaited. What reads and writes files does so in a thread.
    """

    list_projects = Async(projects.list_projects)
    create_project = Async(projects.create_project)
    find_project = Async(projects.find_project)
    list_datasets = Async(projects.list_datasets)
    create_dataset = Async(projects.create_dataset)
    find_dataset = Async(projects.find_dataset)
    list_classes = Async(projects.list_classes)
    create_class = Async(projects.create_class)
    find_classes = Async(projects.find_classes)
    list_models = Async(projects.list_models)
    upload_folder = Async(uploads.upload_folder)
    upload_pictures = Async(uploads.upload_pictures)
    preview_labels = Async(imports.preview_labels)
    start_import = Async(imports.start_import)
    import_labels = Async(imports.import_labels)
    undo_import = Async(imports.undo_import)
    push_predictions = Async(imports.push_predictions)
    start_autolabel = Async(runs.start_autolabel)
    watch_run = Async(runs.watch_run)
    autolabel = Async(runs.autolabel)
    list_runs = Async(runs.list_runs)
    cancel_run = Async(runs.cancel_run)
    predict = Async(runs.predict)
    start_export = Async(exports.start_export)
    export_file = Async(exports.export_file)
    export = Async(exports.export)
    save_model = Async(exports.save_model)
    iter_images = AsyncStream(images.iter_images)
    iter_detections = AsyncStream(images.iter_detections)

    def __init__(self, url: str, token: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._http = httpx.AsyncClient(transport=transport, timeout=TIMEOUT_S, **_options(url, token))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def run(self, steps: Procedure[Any, T]) -> T:
        """Carries a procedure out."""
        async for step in self._perform(steps):
            if isinstance(step, End):
                return step.value
        raise AssertionError("a procedure has an end")

    async def stream(self, steps: Stream[T]) -> AsyncIterator[T]:
        """Carries a procedure out, and gives its items as they come."""
        async for step in self._perform(steps):
            if isinstance(step, Item):
                yield step.value

    async def _perform(self, steps: Procedure[T, U]) -> AsyncIterator[Item[T] | End[U]]:
        answer: Answer | Unreachable | None = None
        while True:
            step = await asyncio.to_thread(advance, steps, answer)
            answer = None
            if isinstance(step, Call):
                answer = await self._send(step)
            elif isinstance(step, Sleep):
                await asyncio.sleep(step.seconds)
            else:
                yield step
                if isinstance(step, End):
                    return

    async def _send(self, call: Call[Any]) -> Answer | Unreachable:
        try:
            with ExitStack() as files:
                async with self._http.stream(**_request(call, files)) as response:
                    if _goes_to_disk(call, response):
                        with _opened(call, response) as file:
                            async for chunk in response.aiter_bytes():
                                await asyncio.to_thread(file.write, chunk)
                    else:
                        await response.aread()
                    return _answer(call, response)
        except httpx.TransportError as error:
            return _unreachable(error)


def _options(url: str, token: str) -> dict[str, Any]:
    headers = {"Authorization": f"Token {token}", "Accept": "application/json", "User-Agent": "labelhub-client"}
    return {"base_url": url.rstrip("/"), "headers": headers}


def _request(call: Call[Any], files: ExitStack) -> dict[str, Any]:
    """The call as httpx takes it; the files that it opens are closed with `files`."""
    request = {"method": call.method, "url": call.path, "params": call.query, "headers": call.headers}
    if call.parts:
        opened = [(part.field, (part.name, _content(part, files))) for part in call.parts]
        return request | {"files": opened, "data": call.body}
    return request if call.body is None else request | {"json": call.body}


def _content(part: Part, files: ExitStack) -> bytes | IO[bytes]:
    return files.enter_context(part.content.open("rb")) if isinstance(part.content, Path) else part.content


def _goes_to_disk(call: Call[Any], response: httpx.Response) -> bool:
    return call.to is not None and response.is_success


def _opened(call: Call[Any], response: httpx.Response) -> IO[bytes]:
    assert call.to is not None
    return call.to.open("ab" if response.status_code == httpx.codes.PARTIAL_CONTENT else "wb")


def _answer(call: Call[Any], response: httpx.Response) -> Answer:
    content = b"" if _goes_to_disk(call, response) else response.content
    return Answer(response.status_code, dict(response.headers), content)


def _unreachable(error: httpx.TransportError) -> Unreachable:
    return Unreachable(f"The server does not answer: {error or type(error).__name__}")
