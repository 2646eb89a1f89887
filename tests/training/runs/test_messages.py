"""A run's log and failures are told in the reader's language, whatever language the engine knows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from training.models import Run, RunEvent
from training.protocol.errors import BadResults
from training.runner import failures, matches
from training.runs import messages

ENGINE = "\n".join(
    path.read_text()
    for folder in ("engine", "protocol")
    for path in sorted((Path(settings.BASE_DIR) / "training" / folder).rglob("*.py"))
)
CODES = (
    r'emitter\.log\(\s*"(\w+)"',
    r'_refuse\(name, "(\w+)"',
    r' code = "(\w+)"',
    r'code="(\w+)"',
    r'return "(\w+)", f?"',
)
# Faults of a program or a machine: their words are for who mends them. Lack of memory has sentences without facts.
LEFT_TO_THE_ENGINE = {"bad_job", "internal", "not_installed", "out_of_memory"}
HANGUL = re.compile(r"[가-힣]")


def reported(code: str, data: Any, text: Any = "As the engine says.") -> str:
    [one] = messages.reported([{"code": code, "data": data, "text": text}])
    return one["text"]


def test_every_code_of_the_engine_has_a_sentence_or_is_left_to_it_knowingly() -> None:
    codes = {code for pattern in CODES for code in re.findall(pattern, ENGINE)}
    assert len(codes) >= 20
    assert codes - set(messages.SENTENCES) == LEFT_TO_THE_ENGINE
    assert set(messages.SENTENCES) - codes == {"crashed", "silent", "worker_lost"}  # these are the worker's


@pytest.mark.parametrize("text", messages.ENGINES_OWN)
def test_sentences_without_facts_are_those_that_the_engine_says(text: str) -> None:
    assert f'"{text}"' in ENGINE
    with translation.override("ko"):
        assert HANGUL.search(reported("out_of_memory", {}, text))


FACTS = [
    ("few_shots", {"class_id": "label", "shots": 1}, "mushroom has 1 box:"),
    ("few_shots", {"class_id": "label", "shots": 3}, "mushroom has 3 boxes:"),
    ("from_scratch", {"name": "yolo26n"}, "weights yolo26n could"),
    ("image_changed", {"image": "image"}, "IMAGE is not the file"),
    ("made_alike", {"class_id": "label"}, "of mushroom are made alike"),
    ("matched", {"matches": 2}, "2 places"),
    ("no_base_to_keep", {}, "no base classes"),
    ("no_class_matches", {"detector": ["cat"]}, "None of the detector's"),
    ("no_targets", {}, "no image to label"),
    ("no_second_source", {}, "without a second detector"),
    ("second_source", {"class_id": "label"}, "asked for mushroom"),
    ("relearnt", {"class_id": "label", "images": 1}, "1 image with sure finds teaches"),
    ("stage_outdated", {"stage": "source"}, "made again"),
    ("stage_unreadable", {"stage": "source"}, "made again"),
    ("suggested", {"suggestions": 7}, "7 suggestions"),
    ("validation_is_training", {}, "measured on images"),
    ("weights_download", {"name": "yolo26n.pt", "done": 0, "total": 5}, "Fetching yolo26n.pt."),
    ("weights_download", {"name": "yolo26n.pt", "done": 5, "total": 5}, "Fetched yolo26n.pt."),
    ("bad_image", {"image": "image"}, "IMAGE is left out:"),
    ("bad_image", {"class_id": "label"}, "No image with a box of mushroom"),
    ("bad_model", {"reason": "engine"}, "The model cannot run. It was made with a detector"),
    ("bad_results", {"reason": "KeyError: 'images'"}, "read (KeyError: 'images')."),
    ("crashed", {"signal": "SIGSEGV", "last": "boom"}, "(SIGSEGV). Its log: boom"),
    ("crashed", {"exit_code": 3, "last": "100 %"}, "exit code 3). Its last word: 100 %"),
    ("disk_full", {"type": "OSError"}, "The disk is full."),
    ("no_shots", {"class_id": "label"}, "mushroom has no box yet"),
    ("checked", {"errors": 1}, "1 label is likely wrong."),
    ("checked", {"errors": 3}, "3 labels are likely wrong."),
    ("nothing_to_check", {}, "fewer than two"),
    ("silent", {"minutes": 30}, "30 minutes"),
    ("weights_unavailable", {"name": "yolo26n", "tried": ["folder", "release"]}, "Tried: folder; release."),
    ("worker_lost", {"attempts": 3}, "stopped 3 times"),
]


def test_every_sentence_is_among_the_cases() -> None:
    assert {code for code, _, _ in FACTS} == set(messages.SENTENCES)


@pytest.mark.parametrize(("code", "data", "words"), FACTS)
def test_a_sentence_in_two_languages(bench, code, data, words):
    ids = {"label": bench.label.pk, "image": bench.images[0].pk}
    data = {key: ids.get(value, value) if isinstance(value, str) else value for key, value in data.items()}
    assert words.replace("IMAGE", bench.images[0].name) in reported(code, data)
    with translation.override("ko"):
        assert HANGUL.search(reported(code, data))


@pytest.mark.parametrize(
    ("code", "data", "text"),
    [
        ("brand_new", {"shots": 3}, "Something new."),
        ("few_shots", {"class_id": 0, "shots": 3}, "A class that was deleted has 3 boxes."),
        ("few_shots", None, "No data."),
        ("suggested", {"suggestions": "many"}, "Many suggestions."),
        ("weights_unavailable", {"name": "yolo26n", "tried": 5}, "Tried 5."),
        ("silent", [], ""),
        (None, {}, None),
        ("bad_image", {"image": [1], "class_id": {}}, "Facts of another kind."),
    ],
)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_what_has_no_sentence_is_said_as_it_came(db, language, code, data, text):
    with translation.override(language):
        assert reported(code, data, text) == (text or "")


@pytest.mark.parametrize(
    "failure",
    [
        failures.explain(-11, None, "Traceback\nboom\n", None),
        failures.explain(3, None, "", None),
        failures.explain(-9, None, "", None),
        failures.explain(1, None, "std::bad_alloc", None),
        failures.explain(0, None, "", None),
        failures.silent(1800),
        failures.worker_lost(3),
    ],
    ids=lambda failure: failure.code,
)
def test_the_workers_own_failures_are_the_same_sentence_in_english_and_another_in_korean(failure):
    _, payload = failure.as_event()
    assert messages.reported([payload])[0]["text"] == failure.text
    with translation.override("ko"):
        assert HANGUL.search(messages.reported([payload])[0]["text"])


def test_results_that_cannot_be_read_say_why_in_both_languages(tmp_path):
    (tmp_path / "suggestions.json").write_text("{}")
    with pytest.raises(BadResults) as caught:
        matches.read(tmp_path / "suggestions.json")
    failure = failures.bad_results(caught.value)
    _, payload = failure.as_event()
    assert messages.reported([payload])[0]["text"] == failure.text
    with translation.override("ko"):
        assert messages.reported([payload])[0]["text"] == "엔진의 결과를 읽을 수 없습니다(KeyError: 'matches')."


def test_many_lines_cost_two_queries(bench, django_assert_num_queries):
    lines = [
        {"code": code, "data": {"class_id": bench.label.pk, "image": image.pk, "shots": 3}, "text": ""}
        for image in bench.images
        for code in ("few_shots", "bad_image")
    ]
    with django_assert_num_queries(2):
        found = messages.reported(lines)
    assert [bench.images[2].name in one["text"] for one in found] == [False] * 5 + [True]


# --- where people read them -------------------------------------------------------------------------------------------
def failed(bench: Any, tried: str = "folder") -> Run:
    run = bench.start()
    data = {"name": "yolo26n", "tried": [tried]}
    said = {"code": "weights_unavailable", "data": data, "text": "The engine's English."}
    RunEvent.objects.create(run=run, seq=1, kind="error", payload=said | {"data": {"name": "older", "tried": []}})
    RunEvent.objects.create(run=run, seq=2, kind="error", payload=said)
    run.state, run.error_code, run.error_text, run.last_seq = Run.State.FAILED, said["code"], said["text"], 2
    run.save()
    return run


@pytest.mark.parametrize(("language", "words"), [("en", "weights yolo26n could not"), ("ko", "가중치 yolo26n 파일을")])
def test_the_page_the_api_and_the_events_speak_the_readers_language(bench, client, language, words):
    run = failed(bench)
    client.force_login(bench.owner)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    assert words in client.get(reverse("run", args=[run.pk])).context["data"]["run"]["error"]["text"]
    assert words in client.get(reverse("api-run", args=[run.pk])).json()["error"]["text"]
    assert words in client.get(reverse("api-runs", args=[bench.project.pk])).json()["results"][0]["error"]["text"]
    event = client.get(reverse("api-run-events", args=[run.pk])).json()["events"][1]["payload"]
    assert words in event["text"]
    assert (event["code"], event["data"]["tried"]) == ("weights_unavailable", ["folder"])


def test_a_list_costs_the_same_for_one_failed_run_and_for_twenty(bench, client):
    client.force_login(bench.owner)

    def count() -> int:
        with CaptureQueriesContext(connection) as found:
            client.get(reverse("api-runs", args=[bench.project.pk]))
        return len(found)

    failed(bench)
    few = count()
    for _ in range(19):
        failed(bench)
    assert count() == few
