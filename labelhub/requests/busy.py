"""What is answered where no view can: 503 with Retry-After when the server is busy or its database away (nothing was
done, and asking again will help), 500, and 404 for addresses that nobody serves.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.defaults import page_not_found, server_error

from labelhub.requests.problem import answer, is_for_api

log = logging.getLogger(__name__)
RETRY_AFTER_S = 2


def busy(request: HttpRequest) -> HttpResponse:
    """Says so in the API's shape, and to a person in a line of text (a page would ask the database who they are)."""
    words = _("The server is busy. Please try again in a moment.")
    response: HttpResponse
    if is_for_api(request):
        response = answer(503, words, "busy")
    else:
        response = HttpResponse(words, content_type="text/plain; charset=utf-8", status=503)
    response["Retry-After"] = str(RETRY_AFTER_S)
    response["Cache-Control"] = "no-store"
    return response


def server_fault(request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponseBase:
    """Django's handler500. A database that has no connection left, is locked or away is no fault of the request."""
    error = sys.exc_info()[1]
    if isinstance(error, (OperationalError, InterfaceError)):
        log.warning("%s was asked to come again: %s", request.path, error)
        return busy(request)
    if is_for_api(request):
        return answer(500, _("Something broke on our side."), "fault")
    return server_error(request, *arguments, **options)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django's handler404, for addresses that nobody serves."""
    if is_for_api(request):
        return answer(404, _("There is no such address."), "not_found")
    return page_not_found(request, exception)
