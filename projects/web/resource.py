"""What all views of the REST API share: the project that a person may see, and the documented errors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from django.db.models import Count, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from labelhub.requests.problem import CONTENT_TYPE
from projects import policies
from projects import serializers as shapes
from projects.errors import Refusal
from projects.models import KeptAnswer, Project
from projects.web import idempotency
from projects.web.pagination import Pages

ERRORS = {
    400: OpenApiResponse(shapes.ProblemDetail, "What is wrong, with its field"),
    401: OpenApiResponse(shapes.ProblemDetail, "Nobody is signed in"),
    403: OpenApiResponse(shapes.ProblemDetail, "The role does not reach"),
    404: OpenApiResponse(shapes.ProblemDetail, "There is no such thing for this person"),
}
ANY = "*/*"  # the type of a file, which depends on what is asked for
CONFLICT = {409: OpenApiResponse(shapes.ProblemDetail, "It contradicts the present state")}


def documented(answer: Any, *, code: int = 200, also: dict[int, Any] | None = None, **more: Any) -> Any:
    """`extend_schema` with the errors that every address has, as problem details."""
    rest = {
        (status, CONTENT_TYPE if status >= 400 else ANY): shape for status, shape in {**ERRORS, **(also or {})}.items()
    }
    good = (code, ANY) if answer is OpenApiTypes.BINARY else code
    describe = extend_schema(responses={good: answer, **rest}, **more)

    def note(view: Any) -> Any:
        view.is_list = isinstance(answer, serializers.ListSerializer)
        view.asks = frozenset(_names(more.get("parameters", ())))
        return describe(view)

    return note


def _names(parameters: Iterable[Any]) -> Iterator[str]:
    for one in parameters:
        if not isinstance(one, OpenApiParameter):
            yield from one().fields
        elif one.location == OpenApiParameter.QUERY:
            yield one.name


def single(shape: type[serializers.Serializer[Any]]) -> Any:
    """For a list's address that answers with one object."""
    return forced_singular_serializer(shape)  # type: ignore[no-untyped-call]


def ordered_by(orderings: Mapping[str, Any]) -> OpenApiParameter:
    """The parameter `ordering` of a list with a cursor (projects.web.pagination.Cursor)."""
    return OpenApiParameter("ordering", str, enum=list(orderings), default=next(iter(orderings)))


def count_of(rows: QuerySet[Any], field: str, of: str = "pk") -> Coalesce:
    """How many of `rows` point with `field` at what the outer row's `of` is: a subquery, so that counts do not multiply
    each other.
    """
    counted = rows.filter(**{field: OuterRef(of)}).order_by().values(field).annotate(n=Count("*")).values("n")
    return Coalesce(Subquery(counted), 0)


# What the views share: a page of rows, a checked body, and the project of the address. (The API's description shows
# docstrings of views to its readers, so this stays a comment.)
class Resource(GenericViewSet[Any]):
    secret_answers = False  # what a post is answered is shown once and kept nowhere
    _claim: KeptAnswer | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method == "GET" and getattr(self._handler, "is_list", False):
            self._refuse_unknown(request)
        self._claim = idempotency.claim(request)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, idempotency.Replay):
            return exc.response
        try:
            return super().handle_exception(exc)
        except Exception:
            if self._claim is not None:
                idempotency.release(self._claim)
            raise

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        if self._claim is not None:
            idempotency.settle(self._claim, response, secret=self.secret_answers)
        return super().finalize_response(request, response, *args, **kwargs)

    @cached_property
    def project(self) -> Project:
        return policies.get_project(self.request.user, self.kwargs["project"])

    @property
    def _handler(self) -> Any:
        return getattr(self, self.action or "", None)

    def _refuse_unknown(self, request: Request) -> None:
        """A filter that a list does not know would give all rows, as if it held for each of them."""
        known = set(getattr(self._handler, "asks", ()))
        filters = getattr(self, "filterset_class", None)
        known |= set(filters.base_filters if filters else ())
        known |= {"page_size", self.paginator.page_query_param if isinstance(self.paginator, Pages) else "cursor"}
        if unknown := [name for name in request.query_params if name not in known]:
            words = _("There is no “%(name)s” here; there is: %(known)s.")
            raise Refusal(words % {"name": unknown[0][:40], "known": ", ".join(sorted(known))}, field=unknown[0][:40])

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        self._refuse_unknown(self.request)
        return super().filter_queryset(queryset)

    def is_schema(self) -> bool:
        """Whether only the documentation is being drawn."""
        return getattr(self, "swagger_fake_view", False)

    def page(self, rows: QuerySet[Any]) -> Response:
        found = self.paginate_queryset(self.filter_queryset(rows))
        return self.get_paginated_response(self.get_serializer(found, many=True).data)

    def body(self, shape: type[serializers.Serializer[Any]] | None = None, *, partial: bool = False) -> dict[str, Any]:
        """The request's body, checked; a fault is answered with 400 and the field's name."""
        found = (shape or self.get_serializer_class())(
            data=self.request.data, partial=partial, context=self.get_serializer_context()
        )
        found.is_valid(raise_exception=True)
        return dict(found.validated_data)

    def one(self, rows: QuerySet[Any], **wanted: Any) -> Any:
        row = rows.filter(**wanted).first()
        if row is None:
            raise Http404
        return row

    def show(self, row: Model | Any, code: int = status.HTTP_200_OK) -> Response:
        return Response(self.get_serializer(row).data, status=code)
