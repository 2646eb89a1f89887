"""The form that starts a run, with many classes of which few have boxes."""

from __future__ import annotations

from django.urls import reverse

from tests import factories
from training.runs import views


def test_classes_without_a_box_are_folded_away(project, client_as):
    image = factories.make_image(project)
    labels = [factories.make_class(project, f"class {n:02d}") for n in range(40)]
    for label in labels[:14]:
        factories.make_box(image, label)
    reply = client_as("owner").get(reverse("run-new", args=[project.pk]))
    text = reply.content.decode()
    assert text.count('name="classes"') == 14
    assert "26 classes have no box to learn from yet" in text
    assert 'data-narrows="#classes"' in text


def test_few_classes_need_no_search_and_an_only_one_is_ticked(project, client_as):
    label = factories.make_class(project)
    factories.make_class(project)
    factories.make_box(factories.make_image(project), label)
    text = client_as("owner").get(reverse("run-new", args=[project.pk])).content.decode()
    assert "data-narrows" not in text
    assert f'name="classes" value="{label.pk}" checked' in text


def test_the_form_says_from_how_many_boxes_on_a_detector_is_trained(project, client_as, monkeypatch):
    """The number is the engine's own, from its contract."""
    factories.make_box(factories.make_image(project), factories.make_class(project))
    monkeypatch.setattr(views, "AUTO_TRAIN_SHOTS", 37)
    text = client_as("owner").get(reverse("run-new", args=[project.pk])).content.decode()
    assert "From about 37 boxes on." in text
