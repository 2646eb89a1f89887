"""The API of people and projects: what it answers, and how it says no."""

import pytest
from django.urls import reverse
from knox.models import AuthToken

from projects.models import AuditEntry, Invitation, Membership, Project
from tests import factories


def url(name, *args):
    return reverse(f"api-{name}", args=args)


def send(client, method, address, body):
    return getattr(client, method)(address, body, content_type="application/json")


# --- projects ---------------------------------------------------------------------------------------------------------
def test_a_project_from_nothing_to_nothing(client_as):
    client = client_as("stranger")
    made = send(client, "post", url("projects"), {"name": "  Foxes  ", "description": "in the wood"})
    assert made.status_code == 201
    body = made.json()
    assert (body["name"], body["role"], body["images"], body["boxes"]) == ("Foxes", "owner", 0, 0)
    place = url("project", body["id"])
    assert client.get(place).json() == body
    assert send(client, "patch", place, {"name": "Bears"}).json()["name"] == "Bears"
    assert client.delete(place).status_code == 204
    assert client.get(place).status_code == 404
    assert list(AuditEntry.objects.order_by("id").values_list("verb", flat=True)) == [
        "project.created", "project.changed", "project.deleted",
    ]  # fmt: skip


def test_the_list_counts_once_however_many_members(project, client_as):
    label = factories.make_class(project)
    for _ in range(3):
        image = factories.make_image(project)
        factories.make_box(image, label)
        factories.make_box(image, label)
    factories.make_member(project, "annotator")
    body = client_as("viewer").get(url("projects")).json()
    assert [(row["id"], row["role"], row["images"], row["boxes"]) for row in body["results"]] == [
        (project.pk, "viewer", 3, 6)
    ]
    assert set(body) == {"count", "next", "previous", "results"}


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "name"), ({"name": ""}, "name"), ({"name": "x" * 121}, "name"), ({"name": []}, "name"), ([], None)],
)
def test_a_bad_project_is_refused_with_its_field(body, field, client_as):
    response = send(client_as("stranger"), "post", url("projects"), body)
    assert response.status_code == 400
    assert response.json()["detail"]
    assert response.json().get("field") == field
    assert response.json()["code"] == "invalid"
    assert not Project.objects.exclude(created_by__email__isnull=True).filter(name="").exists()


def test_broken_json_is_said_to_be_so(client_as):
    response = client_as("stranger").post(url("projects"), "{", content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (400, "parse_error")


def test_errors_have_one_shape(client_as, project):
    assert client_as(None).get(url("projects")).json()["code"] == "not_authenticated"
    assert client_as("stranger").get(url("project", project.pk)).json()["code"] == "not_found"
    assert client_as("viewer").delete(url("project", project.pk)).json()["code"] == "forbidden"
    assert client_as("viewer").put(url("project", project.pk)).json()["code"] == "method_not_allowed"
    assert client_as("viewer").get(url("projects"), {"page": 9}).json()["code"] == "not_found"


# --- lists: as many queries for thirty as for three -------------------------------------------------------------------
def make_projects(project, n):
    for _ in range(n):
        other = factories.make_project(project.created_by)
        factories.make_box(factories.make_image(other), factories.make_class(other))


def make_datasets(project, n):
    for index in range(n):
        factories.make_image(project, dataset=project.datasets.create(name=f"{n}-{index}"))


def make_members(project, n):
    for _ in range(n):
        factories.make_member(project, "viewer")


def make_invitations(project, n):
    for _ in range(n):
        Invitation.issue(project=project, role="viewer", created_by=project.created_by)


def make_tokens(project, n):
    for _ in range(n):
        AuthToken.objects.create(project.created_by)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("projects", make_projects),
        ("datasets", make_datasets),
        ("members", make_members),
        ("invitations", make_invitations),
        ("tokens", make_tokens),
    ],
)
def test_lists_cost_the_same_for_three_and_thirty(name, make, project, client_as, django_assert_num_queries):
    address = url(name) if name in {"projects", "tokens"} else url(name, project.pk)
    client = client_as("owner")
    make(project, 3)
    client.get(address)
    with django_assert_num_queries(FEW[name]):
        client.get(address)
    make(project, 30)
    with django_assert_num_queries(FEW[name]):
        body = client.get(address).json()
    assert body["count"] >= 33
    assert len(client.get(address, {"page_size": 5}).json()["results"]) == 5


# session, user, then: (the project with the role,) the count and the page (and three that count what projects hold)
FEW = {"projects": 7, "datasets": 5, "members": 5, "invitations": 5, "tokens": 4}


# --- datasets, members, invitations -----------------------------------------------------------------------------------
def test_datasets(project, client_as):
    client = client_as("owner")
    made = send(client, "post", url("datasets", project.pk), {"name": "Night"})
    assert (made.status_code, made.json()["images"]) == (201, 0)
    twin = send(client, "post", url("datasets", project.pk), {"name": "Night"})
    assert (twin.status_code, twin.json()["field"], twin.json()["code"]) == (409, "name", "taken")
    place = url("dataset", project.pk, made.json()["id"])
    assert send(client, "patch", place, {"name": "Day"}).json()["name"] == "Day"
    assert send(client, "patch", place, {}).json()["name"] == "Day"
    assert send(client, "patch", place, {"name": "Images"}).status_code == 409
    assert client.delete(place).status_code == 204
    assert [row["name"] for row in client.get(url("datasets", project.pk)).json()["results"]] == ["Images"]


def test_members_change_roles_and_leave(project, client_as):
    client = client_as("owner")
    member = factories.make_member(project, "viewer", name="Ada")
    rows = client.get(url("members", project.pk)).json()["results"]
    assert rows[1]["user"] == {"id": member.pk, "email": member.email, "name": "Ada"}
    place = url("member", project.pk, member.pk)
    assert send(client, "patch", place, {"role": "reviewer"}).json()["role"] == "reviewer"
    assert send(client, "patch", place, {"role": "king"}).json()["field"] == "role"
    owner = url("member", project.pk, project.created_by.pk)
    assert send(client, "patch", owner, {"role": "viewer"}).json()["code"] == "last_owner"
    assert client.delete(owner).status_code == 409
    client.force_login(member)
    assert client.delete(place).status_code == 204
    assert not Membership.objects.filter(user=member).exists()
    assert client.delete(place).status_code == 404


def test_an_invitation_is_shown_once(project, client_as):
    client = client_as("owner")
    made = send(client, "post", url("invitations", project.pk), {"role": "annotator", "email": "ada@example.org"})
    link = made.json()
    assert set(link) == {"url", "expires_at"}
    token = link["url"].rstrip("/").rsplit("/", 1)[-1]
    assert link["url"].startswith("http://testserver/invite/")
    invitation = Invitation.objects.find(token)
    assert (invitation.role, invitation.email) == ("annotator", "ada@example.org")
    listed = client.get(url("invitations", project.pk))
    assert listed.json()["results"][0]["id"] == invitation.pk
    assert token.encode() not in listed.content
    assert invitation.token_hash.encode() not in listed.content
    assert client.delete(url("invitation", project.pk, invitation.pk)).status_code == 204
    assert Invitation.objects.find(token) is None


@pytest.mark.parametrize(
    ("body", "field"), [({}, "role"), ({"role": "x"}, "role"), ({"role": "viewer", "email": "x"}, "email")]
)
def test_a_bad_invitation_is_refused(body, field, project, client_as):
    response = send(client_as("owner"), "post", url("invitations", project.pk), body)
    assert (response.status_code, response.json()["field"]) == (400, field)


# --- tokens -----------------------------------------------------------------------------------------------------------
def test_a_token_is_shown_once_kept_as_a_hash_and_revoked(client_as, client):
    mine = client_as("viewer")
    made = send(mine, "post", url("tokens"), None).json()
    secret = made["token"]
    assert not AuthToken.objects.filter(digest__contains=secret).exists()
    listed = mine.get(url("tokens"))
    assert [row["key"] for row in listed.json()["results"]] == [made["key"]]
    assert secret.encode() not in listed.content
    assert len(made["key"]) <= len(secret) // 3
    header = {"authorization": f"Token {secret}"}
    assert client.get(url("projects"), headers=header).status_code == 200
    assert client_as("reviewer").delete(url("token", made["key"])).status_code == 404
    assert mine.delete(url("token", made["key"])).status_code == 204
    assert client.get(url("projects"), headers=header).status_code == 401
    verbs = AuditEntry.objects.filter(verb__startswith="token").order_by("id").values_list("verb", "subject")
    assert list(verbs) == [("token.created", made["key"]), ("token.revoked", made["key"])]


def test_the_token_of_somebody_inactive_opens_nothing(project, client):
    _row, secret = AuthToken.objects.create(project.created_by)
    project.created_by.is_active = False
    project.created_by.save()
    assert client.get(url("projects"), headers={"authorization": f"Token {secret}"}).status_code == 401


# --- the description --------------------------------------------------------------------------------------------------
def test_the_description_has_no_warnings(tmp_path):
    from django.core.management import call_command

    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))
    text = (tmp_path / "schema.yml").read_text()
    for address in ("/api/images/{id}/changes/", "/api/projects/{project}/export/", "/files/images/{id}/thumb/"):
        assert address in text


def test_the_documentation_has_no_inline_script(client, db):
    page = client.get("/api/docs/")
    assert page.status_code == 200
    assert b"<script>" not in page.content
    policy = page["Content-Security-Policy"]
    assert "script-src 'self';" in policy + ";"
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "unsafe" not in client.get("/accounts/login/").headers.get("Content-Security-Policy", "")
    script = client.get("/api/docs/?script=")
    assert "javascript" in script["Content-Type"]
    assert client.get("/api/schema/").status_code == 200
