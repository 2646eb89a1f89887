"""An answer that is not there yet, because a worker is at it: waited for without holding a thread or a connection."""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse

FIRST_S, THEN_S, SOON_S = 0.02, 0.1, 2.0  # between two looks: while the answer may come soon, and after that


class Later(HttpResponse):
    """Becomes what `look` gives, once it gives something; after `patience_s` it becomes `late`.

    look: a quick question to the database, asked in a thread, in the reader's language. What middleware says in its
    headers stays. A server without Handler (a test's client) answers 202 at once.
    """

    def __init__(self, look: Callable[[], HttpResponse | None], patience_s: float, late: HttpResponse) -> None:
        super().__init__(status=202, content_type="application/json", content=b"{}")
        self._look, self._patience_s, self._late = look, patience_s, late
        self._context = contextvars.copy_context()  # holds the reader's language

    async def settle(self, run: Callable[..., Any]) -> None:
        """Waits. run: calls a function in a thread with a database connection, as Threads.run does."""
        began = time.monotonic()
        found = None
        while found is None and (waited := time.monotonic() - began) < self._patience_s:
            await asyncio.sleep(FIRST_S if waited < SOON_S else THEN_S)
            found = await run(self._look, context=self._context)
        found = self._late if found is None else found
        self.status_code, self.content = found.status_code, found.content
        for name, value in found.items():
            self[name] = value
        self["Content-Length"] = str(len(self.content))  # middleware has named that of the placeholder
