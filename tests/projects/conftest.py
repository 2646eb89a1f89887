"""An administrator, and the console as the administrator sees it."""

import pytest
from django.test import Client

from tests import factories


@pytest.fixture
def administrator(db):
    return factories.make_user("admin@example.org", is_staff=True, is_superuser=True)


@pytest.fixture
def console(administrator):
    client = Client()
    client.force_login(administrator)
    return client
