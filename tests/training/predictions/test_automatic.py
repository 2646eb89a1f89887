"""New images are looked through without anybody asking, once for many uploads, where the project says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from projects.errors import Forbidden
from projects.models import Image, Import
from tests import factories
from tests.training.model_versions.made import facts, make_model
from training.models import AutomaticLabelling, Run
from training.predictions import automatic


@pytest.fixture
def on(project):
    factories.make_image(project)
    model = make_model(factories.make_class(project))
    automatic.switch_on(project.created_by, project)
    return model


def add(project, count: int = 1, ago: float = 60.0) -> list[int]:
    made = [factories.make_image(project).pk for _ in range(count)]
    Image.objects.filter(pk__in=made).update(created_at=timezone.now() - timedelta(seconds=ago))
    return made


def test_many_uploads_make_one_run_of_the_current_models(project, on):
    automatic.sweep()
    assert not Run.objects.exists()  # what was there is left alone
    images = add(project, 3)
    for _ in range(2):
        automatic.sweep()
    run = Run.objects.get()
    assert (run.kind, run.params["models"], run.params["images"]) == (Run.Kind.PREDICT, [on.pk], images)
    assert run.created_by == project.created_by
    later = add(project)
    automatic.sweep()
    assert [run.params["images"] for run in Run.objects.order_by("id")] == [images, later]


@pytest.mark.usefixtures("on")
def test_it_waits_while_more_come_but_not_for_ever(project):
    add(project)
    add(project, ago=1)
    automatic.sweep()
    assert not Run.objects.exists()
    job = Import.objects.create(dataset=project.datasets.get(), name="a.zip", created_by=project.created_by, total=9)
    Image.objects.update(created_at=timezone.now() - timedelta(seconds=60))
    automatic.sweep()
    assert not Run.objects.exists()
    Image.objects.update(created_at=timezone.now() - timedelta(seconds=2 * automatic.LONGEST_S))
    automatic.sweep()
    assert Run.objects.count() == 1
    assert job.state == Import.State.QUEUED


@pytest.mark.usefixtures("on")
def test_off_is_off_and_off_by_default(project):
    automatic.switch_off(project.created_by, project)
    other = factories.make_project()
    make_model(factories.make_class(other))
    add(project)
    add(other)
    automatic.sweep()
    assert not Run.objects.exists()


@pytest.mark.usefixtures("on")
def test_models_of_two_settings_look_one_after_the_other(project):
    best = make_model(factories.make_class(project), details={"model": facts(budget="best")})
    make_model(factories.make_class(project), details={"model": {}})  # cannot run
    add(project)
    automatic.sweep()
    assert sorted(run.params["models"] == [best.pk] for run in Run.objects.all()) == [False, True]


@pytest.mark.usefixtures("on")
def test_who_may_start_no_runs_any_more_starts_none(project):
    other = factories.make_project()
    make_model(factories.make_class(other))
    automatic.switch_on(other.created_by, other)
    project.memberships.all().delete()
    add(project)
    images = add(other)
    automatic.sweep()
    assert [run.params["images"] for run in Run.objects.all()] == [images]
    assert list(AutomaticLabelling.objects.values_list("project", flat=True)) == [other.pk]


@pytest.mark.parametrize("role", ["viewer", "annotator", "reviewer"])
def test_the_setting_is_the_owners(project, role):
    person = factories.make_member(project, role)
    for verb in (automatic.switch_on, automatic.switch_off):
        with pytest.raises(Forbidden):
            verb(person, project)
