"""Stage results on disk: taken up where they are whole and of this form, made again with a word about it where they are
not.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training.engine.storage import stage_store as stores
from training.engine.storage.stage_store import StageStore

ARRAYS = {"rows": np.arange(1000, dtype=np.float32), "names": np.array(["a", "b"])}


def kept(workdir: Path, *names: str) -> None:
    store = StageStore(workdir, "job")
    for name in names:
        store.save(name, {"seconds": 1.0, "result": name}, ARRAYS)


class Events(list[tuple[str, str]]):
    def __call__(self, stage: str, code: str, text: str) -> None:
        assert text.endswith("it is made again.")
        self.append((stage, code))


def without_schema(folder: Path) -> None:
    facts = json.loads((folder / "propose.json").read_text())
    del facts["schema"]
    (folder / "propose.json").write_text(json.dumps(facts))


def cut(name: str, share: float) -> Callable[[Path], None]:
    def work(folder: Path) -> None:
        whole = (folder / name).read_bytes()
        (folder / name).write_bytes(whole[: int(len(whole) * share)])

    return work


def flipped(folder: Path) -> None:
    whole = bytearray((folder / "propose.npz").read_bytes())
    whole[500] ^= 0xFF
    (folder / "propose.npz").write_bytes(whole)


def test_what_is_whole_comes_back(tmp_path: Path) -> None:
    kept(tmp_path, "propose")
    events = Events()
    value, arrays = StageStore(tmp_path, "job", events).load("propose") or (None, {})
    assert value == {"seconds": 1.0, "result": "propose"}
    assert {name: array.tolist() for name, array in arrays.items()} == {n: a.tolist() for n, a in ARRAYS.items()}
    assert events == []


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (without_schema, "stage_outdated"),
        (lambda folder: (folder / "propose.json").write_text('{"schema": 1}'), "stage_outdated"),
        (cut("propose.json", 0.5), "stage_unreadable"),
        (cut("propose.json", 0), "stage_unreadable"),
        (lambda folder: (folder / "propose.json").write_bytes(b"\xff\xfe\x00"), "stage_unreadable"),
        (lambda folder: (folder / "propose.json").write_text("[]"), "stage_unreadable"),
        (cut("propose.npz", 0.9), "stage_unreadable"),
        (cut("propose.npz", 0.3), "stage_unreadable"),
        (cut("propose.npz", 0), "stage_unreadable"),
        (flipped, "stage_unreadable"),
        (lambda folder: (folder / "propose.npz").unlink(), "stage_unreadable"),
    ],
)
def test_what_is_outdated_or_broken_is_said_once_and_made_again(
    tmp_path: Path, harm: Callable[[Path], Any], code: str
) -> None:
    kept(tmp_path, "propose")
    harm(tmp_path / "stages")
    events = Events()
    store = StageStore(tmp_path, "job", events)
    assert (store.load("propose"), store.load("propose")) == (None, None)
    assert events == [("propose", code)]
    store.save("propose", {"seconds": 2.0, "result": "new"}, ARRAYS)
    assert (store.load("propose") or ({},))[0]["result"] == "new"


def test_another_job_starts_afresh_without_a_word(tmp_path: Path) -> None:
    kept(tmp_path, "propose")
    events = Events()
    assert StageStore(tmp_path, "other", events).load("propose") is None
    assert events == []


def test_a_stage_made_again_takes_what_followed_with_it(tmp_path: Path) -> None:
    kept(tmp_path, "prepare", "propose", "verify")
    store = StageStore(tmp_path, "job")
    store.load("prepare")
    store.save("propose", {"seconds": 2.0, "result": "new"}, ARRAYS)
    after_a_crash = StageStore(tmp_path, "job")
    there = [name for name in ("prepare", "propose", "verify") if after_a_crash.load(name) is not None]
    assert there == ["prepare", "propose"]


def test_a_run_tells_of_it_in_an_event(tmp_path: Path) -> None:
    from training.engine.events import Emitter
    from training.engine.run import open_store

    kept(tmp_path, "propose")
    without_schema(tmp_path / "stages")
    out = io.StringIO()
    open_store(tmp_path, "job", Emitter(out)).load("propose")
    event = json.loads(out.getvalue())
    assert (event["kind"], event["level"], event["code"], event["data"]) == (
        "log",
        "warning",
        "stage_outdated",
        {"stage": "propose"},
    )
    assert stores.SCHEMA > 1
