"""What a run dropped is kept with it: once, where no box or word of a person speaks, and until a newer run looked at
the same.
"""

from __future__ import annotations

import pytest

from annotations.models import Complete, Suggestion
from tests import factories
from training.runner import dropped, results

State = Suggestion.State
ROW = {"xyxy": [100.0, 100.0, 150.0, 150.0], "probability": 0.2}


def kept(bench, claim, rows):
    arrivals = [dropped.arrival(image.pk, ROW | row) for image, row in rows]
    dropped.store(claim, results.batch_of(claim), [image.pk for image in bench.images], arrivals, lambda: None)
    return Suggestion.objects.filter(state=State.DROPPED)


def claim_of(bench):
    return results.Claim.take(bench.start().pk)


def row(bench, **more):
    return {"class_id": bench.label.pk} | more


def test_storing_again_stores_the_same(bench):
    claim = claim_of(bench)
    rows = [(image, row(bench)) for image in bench.images]
    for _ in range(2):
        found = kept(bench, claim, rows)
        assert sorted(found.values_list("image", flat=True)) == [image.pk for image in bench.images]
    assert {(one.probability, one.batch_id, one.xyxy) for one in found} == {
        (0.2, claim.run.batch_id, (100.0, 100.0, 150.0, 150.0))
    }


@pytest.mark.parametrize("spoken", ["box", "complete", "waiting", "rejected"])
def test_it_keeps_out_of_where_something_stands_already(bench, spoken):
    image = bench.images[1]
    place = (101, 101, 151, 151)
    if spoken == "box":
        factories.make_box(image, bench.label, place)
    elif spoken == "complete":
        Complete.objects.create(image=image, label=bench.label)
    else:
        state = {"waiting": State.PENDING, "rejected": State.REJECTED}[spoken]
        factories.make_suggestion(image, bench.label, place, state=state)
    assert not kept(bench, claim_of(bench), [(image, row(bench))]).exists()
    assert Suggestion.objects.exclude(state=State.DROPPED).filter(state=State.WITHDRAWN).count() == 0


def test_a_newer_run_of_the_class_replaces_it_in_the_images_it_looked_at(bench):
    other = factories.make_class(bench.project)
    elsewhere = factories.make_image(bench.project)
    for image, label in ((bench.images[0], bench.label), (elsewhere, bench.label), (bench.images[0], other)):
        factories.make_suggestion(image, label, state=State.DROPPED)
    found = kept(bench, claim_of(bench), [(bench.images[2], row(bench))])
    assert sorted(found.values_list("image", "label")) == sorted(
        [(elsewhere.pk, bench.label.pk), (bench.images[0].pk, other.pk), (bench.images[2].pk, bench.label.pk)]
    )


def test_no_transaction_writes_more_than_two_hundred(bench, monkeypatch):
    sizes = []
    store = dropped.store_suggestions
    monkeypatch.setattr(dropped, "store_suggestions", lambda rows: sizes.append(len(rows)) or store(rows))
    rows = [
        (bench.images[1], row(bench, xyxy=[x, y, x + 9, y + 9])) for x in range(0, 600, 12) for y in range(0, 120, 12)
    ]
    assert kept(bench, claim_of(bench), rows).count() == len(rows) == sum(sizes)
    assert max(sizes) <= 200


def test_it_goes_with_its_image(bench):
    found = kept(bench, claim_of(bench), [(bench.images[1], row(bench))])
    bench.images[1].delete()
    assert not found.exists()
