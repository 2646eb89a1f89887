"""Work of this app: zips of images, the bin, deliveries to webhooks."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from projects.images import imports
from projects.jobs.sources import Group, Source, Summary, Verb, add
from projects.models import BinEntry, Delivery, Import, StorageCheck
from projects.storage import actions as storage
from projects.webhooks import actions as webhooks


def register() -> None:
    add(
        Source(
            "import", _("Zip of images"), lambda: Import.objects.select_related("dataset__project", "created_by"),
            _of_import, {Verb.CANCEL: imports.cancel},
        )
    )  # fmt: skip
    states = BinEntry.State
    add(
        Source(
            "bin", _("Bin"), lambda: BinEntry.objects.select_related("project", "deleted_by"),
            lambda entry: Summary(f"{entry.name} · {entry.get_state_display()}", entry.project),
            states={Group.RUNNING: {states.FILLING, states.EMPTYING}, Group.WAITING: (), Group.FAILED: ()},
            since="deleted_at",
        )
    )  # fmt: skip
    sent = Delivery.State
    add(
        Source(
            "delivery", _("Webhook"), lambda: Delivery.objects.select_related("webhook__project"), _of_delivery,
            {Verb.RETRY: lambda actor, row: webhooks.redeliver(actor, row.webhook, row.pk)},
            states={Group.RUNNING: (), Group.WAITING: {sent.PENDING}, Group.FAILED: {sent.FAILED}},
        )
    )  # fmt: skip
    looks = StorageCheck.objects.select_related("created_by")
    add(Source("files", _("Files"), lambda: looks.all(), _of_check, {Verb.CANCEL: storage.cancel}))


def _of_check(check: StorageCheck) -> Summary:
    return Summary(str(check), None, check.share, check.problem)


def _of_import(job: Import) -> Summary:
    problem = job.problems[-1]["detail"] if job.problems and job.state == Import.State.FAILED else ""
    return Summary(job.name, job.dataset.project, job.share, problem)


def _of_delivery(row: Any) -> Summary:
    return Summary(f"{row.event} → {row.webhook.url}", row.webhook.project, None, row.error or str(row.status or ""))
