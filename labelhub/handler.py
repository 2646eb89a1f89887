"""Django's ASGI handler, with a bounded number of threads and connections."""

from __future__ import annotations

from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest, HttpResponseBase

from labelhub.live import hub
from labelhub.requests.busy import busy
from labelhub.requests.later import Later
from labelhub.requests.threads import ThreadTimeout, threads


class Handler(ASGIHandler):
    """With the middleware in its synchronous form: a request changes threads once and not twice for each layer."""

    def __init__(self) -> None:
        BaseHandler.__init__(self)
        self.load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        hub.here()  # what this request saves wakes the live pages of this process
        try:
            response = await threads.run(self.get_response, request, patience_s=settings.REQUEST_PATIENCE_S)
        except ThreadTimeout:
            return busy(request)
        if isinstance(response, Later):
            await response.settle(threads.run)
        found: HttpResponseBase = response
        return found
