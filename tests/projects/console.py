"""Rows of everything that the console shows."""

from annotations import history
from projects import audit
from projects.models import Import, Invitation
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
