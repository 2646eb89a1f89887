"""400, where a request names a host that this site does not answer to: with the setting that cures it."""

from __future__ import annotations

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.defaults import bad_request

from labelhub.requests.problem import answer, is_for_api


def bad(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400. In text: a page would ask for its address, which is what is wrong."""
    named = isinstance(exception, DisallowedHost)
    words = _(
        "LabelHub does not answer to the name %(host)s. Whoever runs it can add it to the setting %(setting)s."
    ) % {
        "host": request.META.get("HTTP_HOST", ""),
        "setting": "LABELHUB_HOSTS",
    }
    if is_for_api(request):
        return answer(400, words if named else _("This request cannot be answered."), "host" if named else "invalid")
    if named:
        return HttpResponse(words, content_type="text/plain; charset=utf-8", status=400)
    return bad_request(request, exception)
