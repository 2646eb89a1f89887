"""Writes the append-only history of boxes."""

from __future__ import annotations

from annotations.models import Box, BoxHistory, Comment, LabelClass, Suggestion
from labelhub.live.notify import project_group, wake_on_commit
from projects.models import Image, User


def of_box(actor: User | None, verb: str, image: Image, box: Box) -> BoxHistory:
    return BoxHistory(
        image=image,
        version=image.version,
        box=box.id,
        verb=verb,
        label_id=box.label_id,
        label_name=box.label.name,
        x1=box.x1,
        y1=box.y1,
        x2=box.x2,
        y2=box.y2,
        actor=actor,
    )


def of_suggestion(actor: User | None, verb: str, image: Image, suggestion: Suggestion) -> BoxHistory:
    return BoxHistory(
        image=image,
        version=image.version,
        verb=verb,
        label_id=suggestion.label_id,
        label_name=suggestion.label.name,
        x1=suggestion.x1,
        y1=suggestion.y1,
        x2=suggestion.x2,
        y2=suggestion.y2,
        actor=actor,
    )


def of_image(actor: User | None, verb: str, image: Image, label: LabelClass) -> BoxHistory:
    return BoxHistory(image=image, version=image.version, verb=verb, label=label, label_name=label.name, actor=actor)


def of_comment(actor: User | None, verb: str, image: Image, comment: Comment) -> BoxHistory:
    """That something was said, changed or taken back; the words themselves are the author's, and are not kept here."""
    return BoxHistory(image=image, version=image.version, box=comment.box, verb=verb, actor=actor)


def save_history(project_id: int, rows: list[BoxHistory]) -> None:
    BoxHistory.objects.bulk_create(rows, batch_size=200)
    wake_on_commit(project_group(project_id))
