"""A project for the tests of pages."""

from __future__ import annotations

import pytest

from annotations.models import Complete, Restore
from annotations.versions.actions import make_version
from projects.models import Project
from tests import factories
from tests.pages.world import make_run


@pytest.fixture
def filled(project: Project) -> Project:
    """A project with something on every page."""
    for number in range(3):
        label = factories.make_class(project, hotkey=str(number + 1))
        image = factories.make_image(project)
        factories.make_box(image, label)
        factories.make_suggestion(image, label)
        Complete.objects.create(image=image, label=label)
        make_run(project, label)
        made = make_version(project.created_by, project, name=f"version {number}")
        Restore.objects.create(project=project, version=made, before=made, after=made, state="done")
    return project
