"""What a run said, in the reader's language.

The engine speaks in codes, data and English, for it knows no other language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext, gettext_noop, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from annotations.models import LabelClass
from projects.models import Image
from training.model_versions import stored

# By code. Of several sentences the first counts whose facts are there; what has none is told in its own text.
SENTENCES: dict[str, tuple[Any, ...]] = {
    # lines of the log
    "checked": (ngettext_lazy("%(errors)d label is likely wrong.", "%(errors)d labels are likely wrong.", "errors"),),
    "few_shots": (
        ngettext_lazy(
            "%(class_name)s has %(shots)d box: suggestions are rough, their quality cannot be measured yet, "
            "and all wait for a person.",
            "%(class_name)s has %(shots)d boxes: suggestions are rough, their quality cannot be measured yet, "
            "and all wait for a person.",
            "shots",
        ),
    ),
    "from_scratch": (_("The pretrained weights %(name)s could not be had. Training starts from nothing."),),
    "image_changed": (_("The image %(image_name)s is not the file that it was; it is used as it is now."),),
    "made_alike": (_("The boxes of %(class_name)s are made alike: their points are compared too."),),
    "matched": (
        ngettext_lazy("%(matches)d place that looks alike.", "%(matches)d places that look alike.", "matches"),
    ),
    "no_base_to_keep": (_("The detector starts from nothing: there are no base classes to keep."),),
    "no_class_matches": (
        _("None of the detector's classes is called like a class of the run, so there is nothing to suggest."),
    ),
    "no_targets": (_("There is no image to label; only the model is made."),),
    "no_second_source": (_("The run goes on without a second detector: its weights could not be had."),),
    "relearnt": (
        ngettext_lazy(
            "%(class_name)s has its boxes in few images: %(images)d image with sure finds teaches it too.",
            "%(class_name)s has its boxes in few images: %(images)d images with sure finds teach it too.",
            "images",
        ),
    ),
    "second_source": (_("A second detector is asked for %(class_name)s: its held-out boxes gain by it."),),
    "stage_outdated": (
        _("An earlier version left a stage of this run in a form that is no longer read; it is made again."),
    ),
    "stage_unreadable": (_("What a stage of this run had left on disk cannot be read; it is made again."),),
    "suggested": (
        ngettext_lazy(
            "%(suggestions)d suggestion was found.", "%(suggestions)d suggestions were found.", "suggestions"
        ),
    ),
    "validation_is_training": (
        _("So few images have boxes that the trained detector is measured on images it was trained on."),
    ),
    "weights_download": (_("Fetched %(fetched)s."), _("Fetching %(name)s.")),
    # ends
    "bad_image": (  # also a line of the log
        _("The image %(image_name)s is left out: %(reason)s"),  # the engine's own words, for they say what to mend
        _("No image with a box of %(class_name)s can be read."),
    ),
    "bad_model": (_("The model cannot run. %(why)s"),),
    "bad_results": (_("The engine's results cannot be read (%(reason)s)."),),
    "crashed": (
        _("The engine crashed (%(signal)s). Its log: %(last)s"),
        _("The engine stopped unexpectedly (exit code %(exit_code)d). Its last word: %(last)s"),
    ),
    "disk_full": (_("The disk is full."),),
    "no_shots": (_("The class %(class_name)s has no box yet: draw at least one."),),
    "nothing_to_check": (
        _("Label errors are looked for in images that are said complete, and there are fewer than two."),
    ),
    "silent": (_("The engine gave no sign of life for %(minutes)d minutes and was ended."),),
    "weights_unavailable": (
        _(
            "The pretrained weights %(name)s could not be had. Tried: %(places)s. Put the file into the weights folder "
            "(LABELHUB_WEIGHTS_DIR) and start again."
        ),
    ),
    "worker_lost": (
        _(
            "The worker of this run stopped %(attempts)d times without a word. Most often the machine ran out of "
            "memory or "
            "was switched off; the run can be tried again."
        ),
    ),
}

# Sentences of the engine that share a code with others; the worker marks its own where it says them.
ENGINES_OWN = (
    gettext_noop("The image to compare with cannot be read."),
    gettext_noop("There is no box to train a detector on."),
    gettext_noop("The machine ran out of memory."),
    gettext_noop("The device ran out of memory; a smaller image size or budget needs less."),
)


def reported(said: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Payloads of `log` and `error` events with their `text` in the language that is on.

    Classes and images have the names of today. At most two queries, and none where neither is named.
    """
    classes, images = _names(LabelClass, said, "class_id"), _names(Image, said, "image")
    return [
        one | {"text": _sentence(str(one.get("code")), _facts(one, classes, images), str(one.get("text") or ""))}
        for one in said
    ]


def _sentence(code: str, facts: Mapping[str, Any], text: str) -> str:
    for sentence in SENTENCES.get(code, ()):
        with suppress(KeyError, TypeError, ValueError):  # a fact is missing or of another kind
            return str(sentence % facts)
    return gettext(text) if text else ""  # the catalogue's answer to nothing is its head


def _facts(one: Mapping[str, Any], classes: Mapping[int, str], images: Mapping[int, str]) -> dict[str, Any]:
    data = _data(one)
    found = {
        "reason": str(one.get("text") or "").removesuffix(" It is left out."),
        "class_name": classes.get(_id(data, "class_id")),
        "image_name": images.get(_id(data, "image")),
        "fetched": data.get("name") if data.get("done") else None,
        "why": stored.WHY_NOT.get(str(data.get("reason"))),
        "places": "; ".join(map(str, data["tried"])) if isinstance(data.get("tried"), list) else None,
    }
    return {name: fact for name, fact in found.items() if fact is not None} | data


def _data(one: Mapping[str, Any]) -> dict[str, Any]:
    data = one.get("data")
    return data if isinstance(data, dict) else {}


def _id(data: Mapping[str, Any], key: str) -> int:
    pk = data.get(key)
    return pk if isinstance(pk, int) else 0


def _names(model: type[Model], said: Sequence[Mapping[str, Any]], key: str) -> dict[int, str]:
    ids = {pk for one in said if (pk := _id(_data(one), key))}
    return dict(model._default_manager.filter(pk__in=ids).values_list("pk", "name")) if ids else {}
