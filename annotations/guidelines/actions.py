"""Verbs on guidelines: write a version, show an example, say that one has read them."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from annotations.guidelines.queries import newest
from annotations.models import Box, Guideline, GuidelineExample, GuidelineReading, LabelClass
from projects import audit, policies
from projects.errors import Conflict, Refusal
from projects.models import Project, User
from projects.policies import Action

LONGEST = 50_000  # characters
MOST_EXAMPLES = 24  # of a class: more than anybody looks at


@transaction.atomic
def write(actor: User, project: Project, label: LabelClass | None, text: str, *, seen: int) -> Guideline | None:
    """A new version; None where the words are the same. seen: the version that the writer saw, 0 where there was none.

    Raises Conflict where somebody wrote meanwhile, Refusal where the text is too long.
    """
    policies.require(actor, Action.CLASSES, project)
    Project.objects.select_for_update().get(pk=project.pk)
    text = text.replace("\r\n", "\n").strip()
    if len(text) > LONGEST:
        raise Refusal(_("Guidelines have at most %(n)d characters.") % {"n": LONGEST}, field="text")
    last = newest(project).filter(label=label).first()
    if seen != (last.version if last else 0):
        raise Conflict(_("Somebody wrote a newer version meanwhile: read it, and save again."), field="text")
    if text == (last.text if last else ""):
        return None
    made = Guideline.objects.create(project=project, label=label, version=seen + 1, text=text, author=actor)
    GuidelineReading.objects.create(guideline=made, person=actor)
    audit.record(actor, "guideline.written", label or project, project=project, version=made.version)
    return made


@transaction.atomic
def add_example(actor: User, box: Box, *, good: bool, note: str = "") -> GuidelineExample:
    """Shows what a box shows, as it is now, beside its class's words."""
    project = box.image.project
    policies.require(actor, Action.CLASSES, project)
    Project.objects.select_for_update().get(pk=project.pk)
    if GuidelineExample.objects.filter(label=box.label_id).count() >= MOST_EXAMPLES:
        raise Refusal(_("A class has at most %(n)d examples.") % {"n": MOST_EXAMPLES})
    example = GuidelineExample(label=box.label, image=box.image, good=good, note=note.strip()[:200], added_by=actor)
    example.xyxy = box.xyxy
    example.save()
    audit.record(actor, "guideline.example_added", box.label, project=project, good=good)
    return example


@transaction.atomic
def remove_example(actor: User, example: GuidelineExample) -> None:
    project = example.label.project
    policies.require(actor, Action.CLASSES, project)
    audit.record(actor, "guideline.example_removed", example.label, project=project, good=example.good)
    example.delete()


@transaction.atomic
def mark_read(actor: User, project: Project) -> None:
    """The newest versions of all that the project says. Safe to call again."""
    policies.require(actor, Action.READ, project)
    GuidelineReading.objects.bulk_create(
        [GuidelineReading(guideline=one, person=actor) for one in newest(project)], ignore_conflicts=True
    )
