"""More like this: ranking over many images, within one, and the index that is kept."""

import numpy as np
import pytest

from tests.training.engine.conftest import run_here, shot, target
from training.engine.core.boxes import as_boxes
from training.engine.stages.similar import Index, ranked
from training.engine.tuning import DEFAULTS
from training.protocol.errors import BadJob
from training.protocol.job import Similar
from training.protocol.job_file import parse


def index(rows):
    """From (image, box, whole, angle): features that differ by the angle."""
    features = np.array([[np.cos(angle), np.sin(angle)] for *_, angle in rows], dtype=np.float16)
    return Index(
        np.array([row[0] for row in rows]),
        as_boxes([row[1] for row in rows]),
        np.array([row[2] for row in rows]),
        features,
    )


QUERY = np.array([[1.0, 0.0]], dtype=np.float32)
BOX, BESIDE, FAR = (0, 0, 10, 10), (1, 0, 10, 10), (50, 50, 60, 60)


@pytest.mark.parametrize(
    ("rows", "wanted", "expected"),
    [
        ([(2, BOX, False, 0.5), (3, BOX, False, 0.1)], {}, [3, 2]),
        ([(1, BESIDE, False, 0.0), (1, FAR, False, 0.2)], {}, [1]),  # the query itself is no find
        ([(2, BOX, False, 0.1), (2, BESIDE, False, 0.2), (2, FAR, False, 0.3)], {}, [2, 2]),  # one per object
        ([(2, BOX, False, 0.1), (2, FAR, False, 0.3)], {"per_image": 1}, [2]),
        ([(2, BOX, False, 0.1), (3, BOX, False, 0.3)], {"top": 1}, [2]),
        ([(2, BOX, True, 0.0), (3, FAR, False, 0.1)], {}, [3]),  # an image as a whole is no box
        ([(1, BOX, True, 0.0), (2, BOX, True, 0.1), (2, FAR, False, 0.0)], {"xyxy": None}, [2]),
        ([], {}, []),
    ],
)
def test_the_most_alike_come_first_once_per_object(rows, wanted, expected):
    found = (
        ranked(index(rows), QUERY, Similar(**{"image": 1, "xyxy": BOX} | wanted), DEFAULTS.similar, 0.85)
        if rows
        else []
    )
    assert [match["image"] for match in found] == expected
    assert [match["similarity"] for match in found] == sorted((match["similarity"] for match in found), reverse=True)


@pytest.mark.parametrize(
    ("similar", "field"),
    [({}, "similar.image"), ({"image": 9}, "similar.image"), ({"image": 1, "within": True}, "similar.xyxy")],
)
def test_a_search_for_nothing_is_refused(similar, field, tmp_path):
    folder = str(tmp_path)
    raw = {
        "schema": 1, "kind": "similar", "workdir": folder, "cache_dir": folder, "weights_dir": folder,
        "images": [{"id": 1, "path": folder}], "similar": similar,
    }  # fmt: skip
    with pytest.raises(BadJob) as refused:
        parse(raw)
    assert refused.value.data["field"] == field


@pytest.fixture(scope="module")
def images(scenes):
    return [target(number, scene) for number, scene in enumerate(scenes[:6], start=1)]


def overlap(one, others):
    def iou(a, b):
        inner = max(min(a[2], b[2]) - max(a[0], b[0]), 0) * max(min(a[3], b[3]) - max(a[1], b[1]), 0)
        return inner / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inner)

    return max(iou(one, other) for other in others)


def test_discs_of_other_pictures_are_more_like_a_disc_than_squares_and_the_index_is_kept(
    make_job, images, scenes, tmp_path, monkeypatch
):
    query = {"image": 1, "xyxy": scenes[0].discs[0]}
    first = run_here(make_job(tmp_path / "one", images, kind="similar", similar=query))
    assert first.code == 0, first.events[-1]
    best = first.suggestions["matches"][:3]
    assert all(overlap(match["xyxy"], scenes[match["image"] - 1].discs) > 0.5 for match in best)
    assert first.of("progress")
    assert [event["stage"] for event in first.of("stage")] == [
        "index",
        "index",
        "search",
        "search",
    ]
    monkeypatch.setattr("training.engine.vision.images.decode", lambda path: pytest.fail("a picture was opened again"))
    again = run_here(make_job(tmp_path / "two", images, kind="similar", similar=query))
    assert again.suggestions["matches"] == first.suggestions["matches"]
    alike = run_here(make_job(tmp_path / "three", images, kind="similar", similar={"image": 1}))
    assert sorted(match["image"] for match in alike.suggestions["matches"]) == [2, 3, 4, 5, 6]


def test_within_one_picture_the_other_disc_is_found(make_job, scenes, tmp_path):
    two = next(scene for scene in scenes if len(scene.discs) == 2)
    query = {"image": 1, "xyxy": two.discs[0], "within": True}
    done = run_here(make_job(tmp_path, [shot(1, two)], kind="similar", similar=query))
    assert done.code == 0, done.events[-1]
    assert overlap(done.suggestions["matches"][0]["xyxy"], [two.discs[1]]) > 0.5


def test_a_picture_that_cannot_be_read_is_named_and_left_out(make_job, images, scenes, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    query = {"image": 1, "xyxy": scenes[0].discs[0]}
    done = run_here(make_job(tmp_path, [*images[:2], {"id": 99, "path": str(broken)}], kind="similar", similar=query))
    assert done.code == 0
    assert [
        event["image"] if "image" in event else event["data"]["image"]
        for event in done.of("log")
        if event["code"] == "bad_image"
    ] == [99]
    assert {match["image"] for match in done.suggestions["matches"]} <= {1, 2}
