"""Rows of everything that the console shows."""

from uuid import uuid4

from django.contrib.auth.models import Group
from django.utils import timezone

from annotations import history
from annotations.models import BulkEdit, DatasetChange, DatasetVersion, Export, LabelImport, Restore, WorkImage, WorkJob
from projects import audit
from projects.models import BinEntry, Delivery, Import, Invitation, Notification, UserGroup, Webhook
from projects.people import tokens
from tests import factories
from training.models import ModelVersion, Run, RunEvent


def fill(n):
    """n rows of everything, each of a project and a person of its own."""
    for _ in range(n):
        project = factories.make_project()
        owner = project.created_by
        image = factories.make_image(project)
        label = factories.make_class(project)
        box = factories.make_box(image, label, author=owner)
        history.of_box(owner, "created", image, box).save()
        suggestion = factories.make_suggestion(image, label, decided_by=owner)
        Import.objects.create(dataset=image.dataset, name="x.zip", created_by=owner)
        Invitation.issue(project=project, role="viewer", created_by=owner, used_by=owner)
        audit.record(owner, "project.created", project, project=project)
        run = Run.objects.create(project=project, number=1, kind="autolabel", batch=suggestion.batch, created_by=owner)
        RunEvent.objects.create(run=run, seq=1, kind="log", payload={"text": "<b>hello</b>"})
        ModelVersion.objects.create(
            project=project, run=run, kind="fewshot", name="fox", version=1, bytes=1, sha256="0" * 64
        )
        owner.groups.add(Group.objects.create(name=uuid4().hex))
        UserGroup.objects.create(name=uuid4().hex, keeper=owner)
        tokens.create(owner, name="CI")
        BinEntry.objects.create(project=project, kind="image", name="x.jpg", deleted_by=owner)
        Notification.objects.create(person=owner, project=project, kind="run_finished", key="run-1", page="run")
        hook = Webhook.objects.create(project=project, url="https://example.org/", created_by=owner)
        Delivery.objects.create(webhook=hook, event="boxes.changed")
        LabelImport.objects.create(project=project, dataset=image.dataset, name="x.json", created_by=owner)
        Export.objects.create(project=project, name="x.zip", key="x", created_by=owner)
        BulkEdit.objects.create(project=project, kind="relabel", created_by=owner)
        DatasetChange.objects.create(project=project, kind="split", created_by=owner)
        version = DatasetVersion.objects.create(project=project, number=1, made_by=owner, made_at=timezone.now())
        Restore.objects.create(project=project, version=version, created_by=owner)
        job = WorkJob.objects.create(project=project, name="First", assignee=owner, created_by=owner)
        WorkImage.objects.create(job=job, image=image, position=1)
