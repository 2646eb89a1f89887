"""The REST API of webhooks and of the log of what was sent to them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from projects import policies
from projects.models import Delivery, Event, Webhook
from projects.policies import Action
from projects.web.actor import actor_of
from projects.web.resource import CONFLICT, Resource, documented
from projects.webhooks import actions


class WebhookRow(serializers.ModelSerializer[Any]):
    """`failures`: attempts in a row that failed; after 50 it is switched off, at `disabled_at`."""

    url = serializers.URLField(max_length=500)
    events = serializers.ListField(child=serializers.ChoiceField(choices=Event.choices))

    class Meta:
        model = Webhook
        fields: tuple[str, ...] = ("id", "url", "events", "active", "failures", "disabled_at", "created_at")
        read_only_fields = ("failures", "disabled_at", "created_at")


class WebhookRequest(serializers.Serializer[Any]):
    url = serializers.CharField(max_length=500)
    events = serializers.ListField(child=serializers.ChoiceField(choices=Event.choices), allow_empty=False)


class WebhookChange(WebhookRequest):
    active = serializers.BooleanField()


class NewWebhook(WebhookRow):
    """`secret` is shown this once: it signs what is sent (docs/api.md)."""

    secret = serializers.SerializerMethodField()

    class Meta(WebhookRow.Meta):
        fields = (*WebhookRow.Meta.fields, "secret")

    def get_secret(self, row: Any) -> str:
        return str(self.context["secret"])


class DeliveryRow(serializers.ModelSerializer[Any]):
    """`key` is the `webhook-id` that each attempt bears; `status` and `answer` are of the last one."""

    event = serializers.CharField()
    payload = serializers.DictField()

    class Meta:
        model = Delivery
        fields = (
            "id", "key", "event", "payload", "state", "attempts", "status", "answer", "error", "created_at", "sent_at",
            "next_at",
        )  # fmt: skip
        read_only_fields = fields


class WebhookViewSet(Resource):
    """Addresses that hear of a project's events; for owners."""

    serializer_class: type[serializers.Serializer[Any]] = WebhookRow
    secret_answers = True
    queryset = Webhook.objects.none()

    def get_queryset(self) -> QuerySet[Webhook]:
        project = self.project
        policies.require(self.request.user, Action.MANAGE, project)
        return project.webhooks.all()

    @property
    def hook(self) -> Webhook:
        return actions.get_webhook(actor_of(self.request), self.project, self.kwargs["pk"])

    @documented(WebhookRow(many=True))
    def list(self, request: Request, project: int) -> Response:
        return self.page(self.get_queryset())

    @documented(NewWebhook, code=201, request=WebhookRequest, also=CONFLICT)
    def create(self, request: Request, project: int) -> Response:
        """The secret is in this answer alone."""
        hook, secret = actions.create_webhook(actor_of(request), self.project, **self.body(WebhookRequest))
        return Response(NewWebhook(hook, context={"secret": secret}).data, status=status.HTTP_201_CREATED)

    @documented(WebhookRow)
    def retrieve(self, request: Request, project: int, pk: int) -> Response:
        return self.show(self.hook)

    @documented(WebhookRow, request=WebhookChange)
    def update(self, request: Request, project: int, pk: int) -> Response:
        """`active: true` switches it on again, forgets its failures and sends what waited."""
        changes = self.body(WebhookChange, partial=True)
        return self.show(actions.update_webhook(actor_of(request), self.hook, **changes))

    @documented(None, code=204)
    def destroy(self, request: Request, project: int, pk: int) -> Response:
        actions.delete_webhook(actor_of(request), self.hook)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @documented(NewWebhook, request=None)
    @action(detail=True, methods=["post"])
    def secret(self, request: Request, project: int, pk: int) -> Response:
        """A new secret; the old one signs nothing from now on."""
        hook = self.hook
        secret = actions.renew_secret(actor_of(request), hook)
        return Response(NewWebhook(hook, context={"secret": secret}).data)

    @documented(DeliveryRow, code=202, request=None, also=CONFLICT)
    @action(detail=True, methods=["post"])
    def ping(self, request: Request, project: int, pk: int) -> Response:
        """Sends a `ping`; what came of it stands in the log of deliveries."""
        row = actions.ping(actor_of(request), self.hook)
        return Response(DeliveryRow(row).data, status=status.HTTP_202_ACCEPTED)


class DeliveryViewSet(WebhookViewSet):
    """What was sent to a webhook, newest first, for 30 days."""

    serializer_class = DeliveryRow
    secret_answers = False
    queryset = Delivery.objects.none()  # type: ignore[assignment]

    @documented(DeliveryRow(many=True))
    def list(self, request: Request, project: int, pk: int) -> Response:  # type: ignore[override]
        return self.page(self.hook.deliveries.all())

    @documented(DeliveryRow, code=202, request=None, also=CONFLICT)
    @action(detail=True, methods=["post"])
    def redeliver(self, request: Request, project: int, pk: int, delivery: int) -> Response:
        """Sends it once more, under the same `webhook-id`."""
        row = actions.redeliver(actor_of(request), self.hook, delivery)
        return Response(DeliveryRow(row).data, status=status.HTTP_202_ACCEPTED)
