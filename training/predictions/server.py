"""The worker's side of predictions: one job that stays while there are questions, with a warm engine, and goes after a
rest.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from projects.images.storage import local_copy, local_path
from training.model_versions import stored
from training.models import ModelVersion, Prediction, Run
from training.predictions.warm_engine import WarmEngine
from training.protocol.serving import PREDICT, Answer, Question
from training.runner.claims import Claim
from training.runner.process import EngineDeath, NotAtHand
from training.runner.supervise import carry
from training.runs.actions import enqueue
from training.runs.waiting import for_the_warm_engine

log = logging.getLogger(__name__)

POLL_S = 0.02  # one small question to the database
TRIES = 2  # a picture that ends the engine twice is not asked about again
State = Prediction.State


def serve() -> int:
    """Answers what waits until nobody has asked for a while, or the worker is to stop. Returns how many."""
    engine, answered = WarmEngine(), 0
    runs = Runs(engine)
    asked_at = time.monotonic()
    with _stop_signal() as stop:
        try:
            while not stop.is_set() and time.monotonic() - asked_at < settings.PREDICT_IDLE_S:
                prediction = take()
                if prediction is not None:
                    reply(prediction, engine)
                elif not runs.carry_one():
                    stop.wait(POLL_S)
                    continue
                answered, asked_at = answered + 1, time.monotonic()
                engine.rest()
        finally:
            engine.close()
            connection.close()
    return answered


class Runs:
    """What the warm engine carries beside questions: runs about one image, and searches whose index is at hand."""

    def __init__(self, engine: WarmEngine) -> None:
        self._engine = engine
        self._left: set[int] = set()  # searches that take long

    def carry_one(self) -> bool:
        """Carries the first that waits; False where none does."""
        for pk in for_the_warm_engine().exclude(pk__in=self._left)[:1]:
            claim = Claim.take(pk)
            if claim is None:  # another worker was quicker
                return True
            try:
                carry(claim, self._engine.begin)
            except NotAtHand:
                self._left.add(pk)
                enqueue(Run.objects.get(pk=pk))
            return True
        return False


def take() -> Prediction | None:
    """The first that waits and is still waited for; it is nobody else's then."""
    since = timezone.now() - timedelta(seconds=settings.PREDICT_PATIENCE_S)
    waiting = Prediction.objects.filter(state=State.WAITING, created_at__gte=since).order_by("id")
    found = waiting.first()
    if found is None or not Prediction.objects.filter(pk=found.pk, state=State.WAITING).update(state=State.TAKEN):
        return None
    return found


def reply(prediction: Prediction, engine: WarmEngine) -> None:
    """Asks the engine, and writes what it says beside the question."""
    wanted = ModelVersion.objects.filter(project=prediction.project_id, pk__in=prediction.asked, label__isnull=False)
    question = Question(
        id=prediction.key.hex,
        image=local_path(prediction.image) if prediction.image else Path(local_copy(prediction.file)),
        models=tuple(stored.of(model) for model in wanted.order_by("label", "id")),
        cache_dir=Path(settings.ENGINE_CACHE_DIR), weights_dir=Path(settings.LABELHUB_WEIGHTS_DIR),
        device=settings.SEARCH_DEVICE, kind=prediction.question.get("kind", PREDICT), point=_point(prediction),
    )  # fmt: skip
    answer = Answer(question.id, error={"code": "engine_gone", "text": "The engine ended.", "data": {}})
    for _attempt in range(TRIES):
        try:
            answer = engine.ask(question, engine.patience_s)
            break
        except EngineDeath:
            log.warning("The warm engine ended at prediction %s.", question.id)
    reported = {
        "size": answer.size,
        "suggestions": answer.suggestions,
        "seconds": answer.seconds,
        "error": answer.error,
        "boxes": answer.boxes,
    }
    Prediction.objects.filter(pk=prediction.pk).update(state=State.ANSWERED, answer=reported)


def _point(prediction: Prediction) -> tuple[float, float] | None:
    x, y = prediction.question.get("point") or (None, None)
    return None if x is None or y is None else (x, y)


@contextmanager
def _stop_signal() -> Iterator[threading.Event]:
    """TERM ends the loop: what was not taken waits for the next worker."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = signal.signal(signal.SIGTERM, lambda _number, _frame: stop.set())
    try:
        yield stop
    finally:
        signal.signal(signal.SIGTERM, before)
