"""PostgreSQL plans a statement once for a connection that repeats it, as a web process's threads do."""

from __future__ import annotations

import pytest
from django.db import connection

from projects.models import User

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps its statements by itself")


@pytest.mark.django_db
def test_what_is_asked_again_is_prepared() -> None:
    for number in range(8):
        User.objects.filter(pk=number).first()
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        statements = [statement for (statement,) in cursor.fetchall()]
    assert any('FROM "projects_user" WHERE "projects_user"."id" = $1' in statement for statement in statements)
