"""The stages of a run for people: only those that it runs, in order, by their names in the reader's language."""

from __future__ import annotations

from typing import TypedDict

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from training.models import Run
from training.protocol import stages

# By stage: its name, and what happens meanwhile, as a sentence.
TEXTS: dict[str, tuple[str | Promise, str | Promise]] = {
    stages.PREPARE.name: (_("Prepare"), _("Reading images and boxes")),
    stages.PROPOSE.name: (_("Search"), _("Looking for places where it may be")),
    stages.VERIFY.name: (_("Verify"), _("Comparing each place with your boxes")),
    stages.SELF_TRAINING.name: (_("Self-training"), _("Learning from the surest finds")),
    stages.SUGGEST.name: (_("Suggest"), _("Choosing what to suggest")),
    stages.TRAIN.name: (_("Train"), _("Training a detector")),
    stages.MEASURE.name: (_("Test"), _("Measuring on the test split")),
    stages.DETECT.name: (_("Detect"), _("Detecting")),
    stages.INDEX.name: (_("Index"), _("Looking at the images")),
    stages.SEARCH.name: (_("Search"), _("Comparing each place with yours")),
    stages.EXPORT.name: (_("Convert"), _("Converting the model")),
    stages.CROSS_FIT.name: (_("Compare"), _("Looking at each image with models that have not seen it")),
    stages.RANK.name: (_("Rank"), _("Listing labels that are likely wrong")),
    stages.STORE.name: (_("Store"), _("Storing the suggestions")),
}


class StageRow(TypedDict):
    """One stage. label: its name; doing: what happens meanwhile.

    part: what people wait for: `suggestions`, `training` or `measuring`.
    """

    name: str
    label: str
    doing: str
    part: str


def stage_rows(run: Run) -> list[StageRow]:
    """The stages that this run runs, in order.

    Before there is a job these are the ones that it has whatever its boxes are. Of runs that an earlier version stored
    they are those that took time.
    """
    names = run.result.get("stages") or run.result.get("seconds") or _certain(run)
    ran = [name for name in stages.in_order([*names, run.stage]) if name != stages.STORE.name]
    parts = {stage.name: stage.part for stage in stages.ALL}
    return [
        {"name": name, "label": str(TEXTS[name][0]), "doing": str(TEXTS[name][1]), "part": parts[name]} for name in ran
    ]


def _certain(run: Run) -> list[str]:
    return [stage.name for stage in stages.certain(run.kind, str(run.params.get("train", "")))]


def seconds_by_stage(run: Run) -> dict[str, float]:
    """How long each stage took, by today's names."""
    return {stages.current(name): seconds for name, seconds in (run.result.get("seconds") or {}).items()}
