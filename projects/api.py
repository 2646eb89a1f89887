"""REST for projects, datasets, members, invitations, uploads and tokens: parse, call an action, render."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import TooManyFilesSent
from django.db.models import Count, F, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from knox.models import AuthToken
from rest_framework import parsers, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.viewsets import GenericViewSet

from projects import actions, policies, tokens, uploads
from projects import serializers as shapes
from projects.errors import Refused
from projects.models import Dataset, Image, Import, Invitation, Membership, Project
from projects.policies import Action

ERRORS = {
    400: OpenApiResponse(shapes.ProblemDetail, "What is wrong, with its field"),
    401: OpenApiResponse(shapes.ProblemDetail, "Nobody is signed in"),
    403: OpenApiResponse(shapes.ProblemDetail, "The role does not reach"),
    404: OpenApiResponse(shapes.ProblemDetail, "There is no such thing for this person"),
}
CONFLICT = {409: OpenApiResponse(shapes.ProblemDetail, "It contradicts the present state")}


def documented(answer: Any, *, code: int = 200, also: dict[int, Any] | None = None, **more: Any) -> Any:
    """`extend_schema` with the errors that every address has."""
    return extend_schema(responses={code: answer, **ERRORS, **(also or {})}, **more)


def count_of(rows: QuerySet[Any], field: str) -> Coalesce:
    """How many of `rows` point at the outer row with `field`: a subquery, so that counts do not multiply each other."""
    counted = rows.filter(**{field: OuterRef("pk")}).order_by().values(field).annotate(n=Count("*")).values("n")
    return Coalesce(Subquery(counted), 0)


# What the views share: a page of rows, a checked body, and the project of the address. (The API's description shows
# docstrings of views to its readers, so this stays a comment.)
class Resource(GenericViewSet):
    @property
    def project(self) -> Project:
        return policies.get_project(self.request.user, self.kwargs["project"])

    def is_schema(self) -> bool:
        """Whether only the documentation is being drawn."""
        return getattr(self, "swagger_fake_view", False)

    def page(self, rows: QuerySet[Any]) -> Response:
        found = self.paginate_queryset(self.filter_queryset(rows))
        return self.get_paginated_response(self.get_serializer(found, many=True).data)

    def body(self, shape: type[serializers.Serializer] | None = None, *, partial: bool = False) -> dict[str, Any]:
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


# Served from annotations.api, which adds the count of boxes.
class ProjectViewSet(Resource):
    """The projects that a person is a member of."""

    serializer_class: type[serializers.Serializer] = shapes.ProjectRow
    queryset = Project.objects.none()

    def get_queryset(self) -> QuerySet[Project]:
        if self.is_schema():
            return Project.objects.none()
        seen = policies.visible_projects(self.request.user)
        return seen.annotate(role=F("memberships__role"), image_count=count_of(Image.objects.all(), "project"))

    def list(self, request: Request) -> Response:
        return self.page(self.get_queryset())

    def create(self, request: Request) -> Response:
        project = actions.create_project(request.user, **self.body())
        return self.show(self.one(self.get_queryset(), pk=project.pk), status.HTTP_201_CREATED)

    def retrieve(self, request: Request, project: int) -> Response:
        return self.show(self.one(self.get_queryset(), pk=project))

    def update(self, request: Request, project: int) -> Response:
        actions.update_project(request.user, self.project, **self.body(partial=True))
        return self.retrieve(request, project)

    def destroy(self, request: Request, project: int) -> Response:
        actions.delete_project(request.user, self.project)
        return Response(status=status.HTTP_204_NO_CONTENT)


class DatasetViewSet(Resource):
    """Datasets of a project. Their names differ within it."""

    serializer_class = shapes.DatasetRow
    queryset = Dataset.objects.none()

    def get_queryset(self) -> QuerySet[Dataset]:
        rows = Dataset.objects.filter(project=self.project).select_related("project")
        return rows.annotate(image_count=count_of(Image.objects.all(), "dataset"))

    @documented(shapes.DatasetRow(many=True))
    def list(self, request: Request, project: int) -> Response:
        return self.page(self.get_queryset())

    @documented(shapes.DatasetRow, code=201, also=CONFLICT)
    def create(self, request: Request, project: int) -> Response:
        dataset = actions.create_dataset(request.user, self.project, **self.body())
        return self.show(self.one(self.get_queryset(), pk=dataset.pk), status.HTTP_201_CREATED)

    @documented(shapes.DatasetRow, also=CONFLICT)
    def update(self, request: Request, project: int, pk: int) -> Response:
        dataset = self.one(self.get_queryset(), pk=pk)
        if "name" in (changes := self.body(partial=True)):
            actions.rename_dataset(request.user, dataset, **changes)
        return self.show(dataset)

    @documented(None, code=204)
    def destroy(self, request: Request, project: int, pk: int) -> Response:
        """Deletes the dataset with its images and their boxes."""
        actions.delete_dataset(request.user, self.one(self.get_queryset(), pk=pk))
        return Response(status=status.HTTP_204_NO_CONTENT)


class MemberViewSet(Resource):
    """Members of a project and their roles. A project keeps at least one owner; people join by invitation."""

    serializer_class = shapes.MemberRow
    queryset = Membership.objects.none()

    def get_queryset(self) -> QuerySet[Membership]:
        return Membership.objects.filter(project=self.project).select_related("user")

    @documented(shapes.MemberRow(many=True))
    def list(self, request: Request, project: int) -> Response:
        return self.page(self.get_queryset())

    @documented(shapes.MemberRow, also=CONFLICT)
    def update(self, request: Request, project: int, user: int) -> Response:
        member = self.one(self.get_queryset(), user=user)
        if "role" in (changes := self.body(partial=True)):
            changed = actions.set_role(request.user, self.project, member.user, changes["role"])
            member.role = changed.role
        return self.show(member)

    @documented(None, code=204, also=CONFLICT)
    def destroy(self, request: Request, project: int, user: int) -> Response:
        """Takes a person out of the project; everybody may leave, only an owner sends others away."""
        actions.remove_member(request.user, self.project, self.one(self.get_queryset(), user=user).user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class InvitationViewSet(Resource):
    """One-time links into a project, seven days long; for owners."""

    serializer_class = shapes.InvitationRow
    queryset = Invitation.objects.none()

    def get_queryset(self) -> QuerySet[Invitation]:
        project = self.project
        policies.require(self.request.user, Action.MANAGE, project)
        return project.invitations.usable().order_by("-pk")

    @documented(shapes.InvitationRow(many=True))
    def list(self, request: Request, project: int) -> Response:
        """Invitations that still work. Their links were shown once and are kept nowhere."""
        return self.page(self.get_queryset())

    @documented(shapes.InvitationLink, code=201, request=shapes.NewInvitation)
    def create(self, request: Request, project: int) -> Response:
        invitation, token = actions.invite(request.user, self.project, **self.body(shapes.NewInvitation))
        url = request.build_absolute_uri(reverse("invite", args=[token]))
        link = shapes.InvitationLink({"url": url, "expires_at": invitation.expires_at})
        return Response(link.data, status=status.HTTP_201_CREATED)

    @documented(None, code=204)
    def destroy(self, request: Request, project: int, pk: int) -> Response:
        actions.revoke_invitation(request.user, self.one(self.get_queryset(), pk=pk))
        return Response(status=status.HTTP_204_NO_CONTENT)


class UploadViewSet(Resource):
    """Images into a dataset."""

    parser_classes = (parsers.MultiPartParser,)
    serializer_class = shapes.UploadFiles
    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "upload"
    queryset = Image.objects.none()

    @documented(shapes.UploadAnswer, request={"multipart/form-data": shapes.UploadFiles})
    def create(self, request: Request, dataset: int) -> Response:
        """Adds images, or zips of images. Every good file goes in; `problems` names each other one, with the reason."""
        into = policies.get_dataset(request.user, dataset)
        policies.require(request.user, Action.UPLOAD, into.project)
        files = request.FILES.getlist("files")
        if not files:
            raise Refused(_("“files” is missing: send one or more images, or a zip."), field="files")
        return Response(shapes.UploadAnswer(uploads.add_images(request.user, into, files)).data)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, TooManyFilesSent):
            limit = settings.DATA_UPLOAD_MAX_NUMBER_FILES
            exc = Refused(_("At most %(n)d files at once.") % {"n": limit}, code="too_many_files", field="files")
        return super().handle_exception(exc)


class KnownViewSet(Resource):
    """Which pictures a dataset has already, so that an upload goes on where it broke off."""

    serializer_class = shapes.Hashes
    queryset = Image.objects.none()

    @documented(shapes.Known, request=shapes.Hashes)
    def create(self, request: Request, dataset: int) -> Response:
        """Names the pictures of the dataset whose bytes, as they were uploaded, have these SHA-256 hashes."""
        into = policies.get_dataset(request.user, dataset)
        policies.require(request.user, Action.UPLOAD, into.project)
        rows = into.images.filter(sha256__in=self.body()["sha256"])
        return Response({"known": dict(rows.values_list("sha256", "name"))})


class ImportViewSet(Resource):
    """Zips of images on their way into a dataset."""

    serializer_class = shapes.ImportRow
    queryset = Import.objects.none()

    @documented(shapes.ImportRow)
    def retrieve(self, request: Request, pk: int) -> Response:
        """How far the unpacking of a zip is, and which of its files did not go in."""
        return self.show(policies.get_import(request.user, pk))


class TokenViewSet(Resource):
    """Tokens of the person who asks, for programs: `Authorization: Token ...`."""

    serializer_class = shapes.TokenRow
    queryset = AuthToken.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        return self.queryset if self.is_schema() else tokens.visible(self.request.user)

    @documented(shapes.TokenRow(many=True))
    def list(self, request: Request) -> Response:
        return self.page(self.get_queryset())

    @documented(shapes.NewToken, code=201, request=None)
    def create(self, request: Request) -> Response:
        row, text = tokens.create(request.user)
        return Response(shapes.NewToken(row, context={"token": text}).data, status=status.HTTP_201_CREATED)

    @documented(None, code=204)
    def destroy(self, request: Request, key: str) -> Response:
        tokens.revoke(request.user, key)
        return Response(status=status.HTTP_204_NO_CONTENT)
