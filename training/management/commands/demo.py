"""`make demo`: the whole loop without a browser on scenes rendered here; leaves a project to look at and prints the
figures.
"""

from __future__ import annotations

import io
import time
import uuid
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotations.boxes import actions as boxes
from annotations.classes import actions as classes_actions
from annotations.geometry import XYXY, iou
from annotations.models import LabelClass, Suggestion
from projects import actions as projects_actions
from projects.images import uploads
from projects.models import Image, Invitation, Project, Role, User
from training.demo import scenes
from training.jobs import execute_run
from training.models import Run
from training.runs.actions import start_run

EMAIL = "demo@labelhub.example"
Truth = dict[str, list[XYXY]]


class Command(BaseCommand):
    help = "Renders scenes, draws a few boxes, auto-labels the rest, and measures what came of it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--images", type=int, default=60)
        parser.add_argument("--shots", type=int, default=10, help="boxes to draw before auto-labelling")
        parser.add_argument("--seed", type=int, default=0)

    def handle(self, *, images: int, shots: int, seed: int, **options: Any) -> None:
        user = User.objects.filter(email=EMAIL).first() or User.objects.create_user(EMAIL, name="Demo")
        project = projects_actions.create_project(
            user, name=f"Demo: {scenes.CLASS_NAME}", description="Made by `make demo`."
        )
        label = classes_actions.create_class(user, project, name=scenes.CLASS_NAME, color="#e11d48")
        truth = self._render(user, project, images, seed)
        drawn = self._draw(user, label, truth, shots)
        began = time.monotonic()
        run = self._auto_label(user, project, label)
        self._report(label, truth, drawn, time.monotonic() - began)
        _invitation, token = Invitation.issue(project=project, role=Role.OWNER, created_by=user)
        self.stdout.write(
            f"To look at it: make run, then open http://127.0.0.1:8000/invite/{token}/ (works once), run {run}"
        )

    def _render(self, user: User, project: Project, count: int, seed: int) -> Truth:
        self.stdout.write(f"Rendering {count} scenes …")
        truth: Truth = {}
        for number in range(count):
            scene = scenes.render(seed * 100_003 + number)
            data = io.BytesIO()
            scene.image.save(data, "JPEG", quality=90)
            name = f"scene-{number:03d}.jpg"
            truth[name] = scene.boxes
            uploads.add_images(user, project.datasets.get(), [SimpleUploadedFile(name, data.getvalue())])
        return truth

    def _draw(self, user: User, label: LabelClass, truth: Truth, shots: int) -> set[str]:
        """Whole images are labelled and said complete until there are boxes enough, as a person would."""
        drawn: set[str] = set()
        boxes_drawn = 0
        for image in label.project.images.order_by("pk"):
            if boxes_drawn >= shots:
                break
            changes: list[dict[str, Any]] = [
                {"op": "create", "id": str(uuid.uuid4()), "class": label.pk, "xyxy": list(box)}
                for box in truth[image.name]
            ]
            changes.append({"op": "complete", "class": label.pk, "value": True})
            boxes.apply_changes(user, image, seen=image.version, changes=changes)
            boxes_drawn += len(truth[image.name])
            drawn.add(image.name)
        self.stdout.write(f"Drew {boxes_drawn} boxes on {len(drawn)} images.")
        return drawn

    def _auto_label(self, user: User, project: Project, label: LabelClass) -> Run:
        run = start_run(user, project, kind=Run.Kind.AUTOLABEL, classes=[label.pk], train="never")
        self.stdout.write("Auto-labelling the rest (the first time fetches the pretrained weights) …")
        while run.is_live:  # an older run in the queue goes first; a running `make run` may take this one
            execute_run(run.pk)
            time.sleep(0.2)
            run.refresh_from_db()
        if run.state != Run.State.DONE:
            raise CommandError(f"The run ended as {run.state}: {run.error_text}")
        return run

    def _report(self, label: LabelClass, truth: Truth, drawn: set[str], seconds: float) -> None:
        found = true = wanted = 0
        for image in label.project.images.exclude(name__in=drawn).order_by("pk"):
            left = list(truth[image.name])
            wanted += len(left)
            for suggestion in self._pending(image):
                found += 1
                best = max(left, key=lambda box: iou(box, suggestion.xyxy), default=None)
                if best is not None and iou(best, suggestion.xyxy) >= 0.5:
                    left.remove(best)
                    true += 1
        precision, recall = true / max(1, found), true / max(1, wanted)
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        self.stdout.write(
            f"precision {precision:.3f}  recall {recall:.3f}  F1 {f1:.3f} at IoU .5"
            f"  ({true} of {found} suggestions right, {wanted} objects)  {seconds:.1f} s"
        )

    def _pending(self, image: Image) -> list[Suggestion]:
        return list(image.suggestions.filter(state=Suggestion.State.PENDING).order_by("-probability"))
