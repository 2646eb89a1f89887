"""What every test has: its own data folder, and a project with a person in each role."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

_SCRATCH = tempfile.TemporaryDirectory(prefix="labelhub-test-")
os.environ["LABELHUB_DATA_DIR"] = _SCRATCH.name  # before settings are read: no test touches a real installation's files
# Pretrained weights are large and checked by their hash: one folder serves every session of tests.
os.environ.setdefault("LABELHUB_WEIGHTS_DIR", str(Path(__file__).resolve().parent.parent / "data" / "weights"))

import pytest  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from pytest_django import DjangoDbBlocker  # noqa: E402

from projects.models import Project, Role  # noqa: E402
from tests import factories  # noqa: E402
from tests.rendered import write_sets  # noqa: E402

SHARED_DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
BUGS = SHARED_DATA.parent / "bugs"

# Pages are rendered here without the collected, hashed files; said before a test file that reads addresses is imported.
settings.STORAGES = settings.STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database-only", action="store_true", help="leave out tests that touch no database")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--database-only"):
        return
    touching = [item for item in items if _touches_database(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(touching)])
    items[:] = touching


def _touches_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool(fixtures & {"db", "transactional_db"})


@pytest.fixture(autouse=True, scope="session")
def _quick_passwords() -> None:
    """Real hashing takes a tenth of a second each, and these tests make hundreds of people."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Threads keep their connections, and those of async tests outlive them: PostgreSQL drops no database that somebody
    uses.
    """
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture
def project(db: None) -> Project:
    return factories.make_project()


@pytest.fixture
def client_as(project: Project) -> Callable[[str | None], Client]:
    """A signed-in client: "owner", "reviewer", "annotator", "viewer" of `project`, "stranger", or None (nobody)."""

    def sign_in(role: str | None) -> Client:
        client = Client()
        if role == Role.OWNER:
            client.force_login(project.created_by)
        elif role == "stranger":
            client.force_login(factories.make_user())
        elif role is not None:
            client.force_login(factories.make_member(project, role))
        return client

    return sign_in


@pytest.fixture(scope="session")
def photo_sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos with true boxes, which lie beside the project and never in it; where they do not, rendered pictures in
    their place.
    """
    return SHARED_DATA if SHARED_DATA.is_dir() else write_sets(tmp_path_factory.mktemp("sets"))
