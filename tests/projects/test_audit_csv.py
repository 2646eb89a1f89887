"""The audit log: nothing rewrites it, and it is taken away as CSV as far as one may see it."""

import csv
import io

import pytest
from django.urls import reverse

from projects import audit, audit_csv
from projects.append_only import AppendOnlyError
from projects.models import AuditEntry
from tests import factories

EXPORT = reverse("admin:audit-export")


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda row: row.save(),
        lambda row: row.delete(),
        lambda row: AuditEntry.objects.update(subject="x"),
        lambda row: AuditEntry.objects.filter(pk=row.pk).delete(),
        lambda row: AuditEntry.objects.bulk_update([row], ["subject"]),
        lambda row: AuditEntry.objects.update_or_create(pk=row.pk, defaults={"subject": "x"}),
        lambda row: AuditEntry.objects.bulk_create(
            [AuditEntry(pk=row.pk, subject="x")], update_conflicts=True, update_fields=["subject"], unique_fields=["pk"]
        ),
        lambda row: row.project.audit.all().delete(),
        lambda row: row.project.audit.update(subject="x"),
    ],
)
def test_a_row_is_never_written_again(rewrite, project):
    row = audit.record(project.created_by, "project.changed", "fox", project=project)
    with pytest.raises(AppendOnlyError):
        rewrite(row)
    assert AuditEntry.objects.get().subject == "fox"


def rows_of(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_export_holds_what_the_list_shows(console, administrator, project, monkeypatch):
    monkeypatch.setattr(audit_csv, "AT_ONCE", 2)
    for n in range(5):
        audit.record(project.created_by, "class.changed", f"fox {n}", project=project, n=n)
    audit.record(project.created_by, "run.started", "=cmd()", project=project)
    response = console.get(EXPORT, {"q": "class"})
    rows = rows_of(response)
    assert response["Content-Disposition"] == 'attachment; filename="audit.csv"'
    assert [row["subject"] for row in rows] == [f"fox {n}" for n in (4, 3, 2, 1, 0)]
    assert rows[0] | {"at": ""} == {
        "id": rows[0]["id"], "at": "", "person": project.created_by.email, "action": "class.changed",
        "subject": "fox 4", "project": str(project.pk), "project_name": project.name, "details": '{"n": 4}',
    }  # fmt: skip
    assert AuditEntry.objects.filter(verb="audit.exported", actor=administrator).count() == 1
    assert rows_of(console.get(EXPORT, {"q": "run"}))[0]["subject"] == "'=cmd()"
    assert (
        EXPORT + "?q=class"
        in console.get(reverse("admin:projects_auditentry_changelist"), {"q": "class"}).content.decode()
    )


@pytest.mark.parametrize(("role", "status"), [("owner", 302), ("stranger", 302), ("staff", 403), (None, 302)])
def test_the_export_is_for_who_may_see_the_log(role, status, client_as, client, db):
    if role == "staff":
        client.force_login(factories.make_user(is_staff=True))
    else:
        client = client_as(role)
    assert client.get(EXPORT).status_code == status
    assert not AuditEntry.objects.filter(verb="audit.exported").exists()
