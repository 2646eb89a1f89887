"""The admin console: every list opens, costs the same on few and many rows, obeys the strict CSP, and bypasses no
rule.
"""

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from annotations import history
from annotations.models import Box, BoxHistory
from projects.models import Image, Import, User, Webhook
from projects.people import tokens
from projects.web.admin import CappedPaginator
from projects.webhooks.signing import secret_of
from tests import factories
from tests.projects.console_rows import fill
from training.models import ModelVersion, Run, RunEvent

# Queries of a list beside session, user, count and rows: counts that its columns show.
PAGES = {
    "projects_user": 2, "projects_project": 2, "projects_dataset": 1, "projects_image": 0, "projects_import": 0,
    "projects_invitation": 0, "projects_auditentry": 0, "projects_binentry": 0, "projects_notification": 0,
    "projects_webhook": 0, "projects_delivery": 0, "projects_usergroup": 0, "auth_group": 1, "knox_authtoken": 0,
    "annotations_labelclass": 0, "annotations_box": 0, "annotations_boxhistory": 0, "annotations_suggestion": 0,
    "annotations_labelimport": 0, "annotations_export": 0, "annotations_bulkedit": 0, "annotations_datasetversion": 0,
    "annotations_restore": 0, "annotations_datasetchange": 0, "annotations_workjob": 1, "training_run": 0,
    "training_runevent": 0,
    "training_modelversion": 0,
}  # fmt: skip
READ_ONLY = [
    "projects_import", "projects_auditentry", "projects_notification", "projects_delivery", "annotations_box",
    "annotations_boxhistory", "annotations_suggestion", "annotations_labelimport", "annotations_export",
    "annotations_bulkedit", "annotations_datasetchange", "annotations_datasetversion", "annotations_restore",
    "annotations_workjob",
    "training_run", "training_runevent", "training_modelversion",
]  # fmt: skip


def model_of(page):
    return next(model for model in admin.site._registry if f"{model._meta.app_label}_{model._meta.model_name}" == page)


def obeys_csp(response):
    text = response.content.decode()
    scripts = re.findall(r"<script\b([^>]*)>", text)
    assert all("src=" in script or 'type="application/json"' in script for script in scripts), scripts
    assert " style=" not in text
    assert "<style" not in text
    assert not re.search(r"\son\w+=", text)
    assert "'unsafe-inline'" not in response["Content-Security-Policy"]


def test_every_list_has_a_row_here():
    assert {f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry} == set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_a_list_costs_the_same_for_three_and_thirty(page, console, django_assert_num_queries):
    address = reverse(f"admin:{page}_changelist")
    fill(3)
    with django_assert_num_queries(4 + PAGES[page]) as before:
        response = console.get(address)
    assert response.status_code == 200
    obeys_csp(response)
    fill(27)
    with django_assert_num_queries(len(before)):
        assert console.get(address).context["cl"].result_count >= 30
    assert console.get(address, {"q": "x"}).status_code == 200
    assert console.get(address, {"q": "12"}).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_a_row_opens(page, console):
    fill(1)
    row = model_of(page).objects.first()
    response = console.get(reverse(f"admin:{page}_change", args=[row.pk]))
    assert response.status_code == 200
    obeys_csp(response)
    assert b"<b>hello</b>" not in response.content


@pytest.mark.parametrize("page", READ_ONLY)
def test_what_the_product_writes_is_read_only(page, console):
    fill(1)
    row = model_of(page).objects.first()
    assert console.get(reverse(f"admin:{page}_add")).status_code == 403
    assert console.post(reverse(f"admin:{page}_change", args=[row.pk]), {}).status_code == 403
    assert console.post(reverse(f"admin:{page}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    body = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    console.post(reverse(f"admin:{page}_changelist"), body)
    assert model_of(page).objects.filter(pk=row.pk).exists()


def test_the_preview_is_for_administrators(console, project, client_as):
    image = factories.make_image(project)
    address = reverse("admin:image-thumb", args=[image.pk])
    assert address.encode() in console.get(reverse("admin:projects_image_change", args=[image.pk])).content
    assert console.get(address)["Content-Type"] == "image/jpeg"
    for role in ("owner", "stranger", None):
        assert client_as(role).get(address).status_code in {302, 403}


@pytest.mark.parametrize(("role", "status"), [("owner", 403), ("stranger", 403), (None, 302)])
def test_the_console_is_for_administrators(role, status, client_as):
    response = client_as(role).get(reverse("admin:login"), {"next": "/admin/"})
    assert response.status_code == status
    if status == 302:
        assert response["Location"].startswith(reverse("account_login"))


def test_staff_without_permissions_see_nothing(db):
    client = Client()
    client.force_login(factories.make_user(is_staff=True))
    fill(1)
    for page in PAGES:
        assert client.get(reverse(f"admin:{page}_changelist")).status_code == 403
    assert client.get(reverse("admin:image-thumb", args=[Image.objects.first().pk])).status_code in {302, 403}


@pytest.mark.parametrize("page", ["account/emailaddress", "mfa/authenticator", "django_q/schedule", "django_q/success"])
def test_what_is_not_about_the_product_is_not_in_the_console(page, console):
    assert console.get(f"/admin/{page}/add/").status_code == 404
    assert page.split("/")[0].encode() not in console.get("/admin/").content


@pytest.mark.parametrize(("result", "shown"), [({}, "–"), ({"n": 1}, "<code>{"), ({"n": "x" * 200}, "<details")])
def test_data_is_folded_where_it_is_long(result, shown, console, project):
    run = Run.objects.create(project=project, number=1, kind="autolabel", result=result)
    html = console.get(reverse("admin:training_run_change", args=[run.pk])).content.decode()
    start = html.index("Error:")
    assert shown in html[start:]


def test_a_project_leads_to_its_own_rows(console, project):
    fill(1)
    image = factories.make_image(project)
    page = console.get(reverse("admin:projects_project_change", args=[project.pk])).content.decode()
    ways = re.findall(r'href="(/admin/[a-z/]+\?project__id__exact=\d+)"', page)
    assert len(ways) == 17
    assert all(console.get(way).status_code == 200 for way in ways)
    way = next(way for way in ways if "/image/" in way)
    assert list(console.get(way).context["cl"].result_list) == [image]


@pytest.mark.parametrize("may", [(), ("image",), ("image", "dataset")])
def test_a_project_leads_nowhere_where_the_person_may_not_go(may, project):
    person = factories.make_user(is_staff=True)
    names = [f"view_{name}" for name in ("project", *may)]
    person.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(person)
    page = client.get(reverse("admin:projects_project_change", args=[project.pk])).content.decode()
    ways = re.findall(r'href="(/admin/[a-z/]+\?project__id__exact=\d+)"', page)
    assert len(ways) == len(may)
    assert all(client.get(way).status_code == 200 for way in ways)


def said_to_go(response):
    """Kind of row -> how many of it go along, as the page that asks lists them."""
    return {str(kind): count for kind, count in response.context["model_count"]}


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("project", {"projects": 1, "images": 3, "boxes": 2, "suggestions": 1, "runs": 2, "model versions": 1}),
        ("dataset", {"datasets": 1, "images": 3, "boxes": 2, "suggestions": 1}),
        ("image", {"images": 1, "boxes": 1, "suggestions": 1}),
    ],
)
def test_deleting_says_how_much_goes_along(page, expected, many, console, project):
    fill(1)  # of another project
    label = factories.make_class(project)
    images = [factories.make_image(project) for _ in range(3)]
    for image in images[:2]:
        factories.make_box(image, label)
    factories.make_suggestion(images[0], label)
    for number in (1, 2):
        run = Run.objects.create(project=project, number=number, kind="train")
    ModelVersion.objects.create(
        project=project, run=run, kind="fewshot", name="fox", version=1, bytes=1, sha256="0" * 64
    )
    row = {"project": project, "dataset": images[0].dataset, "image": images[0]}[page]
    if many:
        body = {"action": "delete_selected", "_selected_action": [row.pk]}
        response = console.post(reverse(f"admin:projects_{page}_changelist"), body)
    else:
        response = console.get(reverse(f"admin:projects_{page}_delete", args=[row.pk]))
    assert said_to_go(response) == expected


def test_many_are_counted_without_naming_each_in_the_question(console, project, django_assert_max_num_queries):
    """A database takes only so many values in one question."""
    images = [factories.make_image(project) for _ in range(12)]
    body = {"action": "delete_selected", "_selected_action": images[0].pk, "select_across": 1}
    with django_assert_max_num_queries(20) as asked:
        said = said_to_go(console.post(reverse("admin:projects_image_changelist"), body))
    assert said == {"images": 12, "boxes": 0, "suggestions": 0}
    ids = ", ".join(str(image.pk) for image in reversed(images))
    assert not any(ids in query["sql"] for query in asked.captured_queries)


@pytest.mark.parametrize("page", ["projects_image", "projects_import", "training_modelversion"])
def test_where_a_file_lies_is_text(page, console):
    fill(1)
    Import.objects.update(file="imports/x.zip")
    ModelVersion.objects.update(file="models/x.pt")
    row = model_of(page).objects.get()
    html = console.get(reverse(f"admin:{page}_change", args=[row.pk])).content.decode()
    assert row.file.name in html
    assert not re.search(rf'href="[^"]*{row.file.name}', html)


@pytest.mark.parametrize(
    ("page", "heading"),
    [("annotations_box", str), ("annotations_box", lambda box: box.pk), ("annotations_box", lambda box: box.pk.hex)]
    + [(page, str) for page in ("training_run", "annotations_suggestion")]
    + [("annotations_boxhistory", lambda row: str(row.box)[:8])],
)
def test_a_row_is_found_by_what_heads_it(page, heading, console):
    fill(2)
    Run.objects.all()[0].delete()
    row = model_of(page).objects.order_by("pk").first()
    for typed in (str(heading(row)), str(heading(row)).upper()):
        assert row in console.get(reverse(f"admin:{page}_changelist"), {"q": typed}).context["cl"].result_list


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ({"text": "Looking", "n": 1}, "Looking"),
        ({"t": 1.5, "loss": 0.123456, "best": None}, "loss 0.1235"),
        ({"classes": {"fox": 3, "cat": 2}, "ids": [1, 2], "last": True}, "classes (cat 2, fox 3), ids 1; 2, last yes"),
        ({"rows": [{"a": 1}, {"a": 2}]}, "rows (a 1); (a 2)"),
        ({}, ""),
    ],
)
def test_an_event_is_read_at_a_glance(payload, said, console):
    fill(1)
    RunEvent.objects.update(payload=payload)
    assert admin.site.get_model_admin(RunEvent).short(RunEvent.objects.get()) == said


def test_folded_fields_have_names_of_their_own(console):
    fill(1)
    run = Run.objects.get()
    html = console.get(reverse("admin:training_run_change", args=[run.pk])).content.decode()
    assert "field-params" in html
    assert "field-result" in html


@pytest.mark.parametrize("page", ["/admin/", "/admin/projects/project/", "/admin/projects/project/?_popup=1"])
def test_the_console_wears_the_shade_that_was_chosen_here(page, console, project):
    html = console.get(page).content.decode()
    assert "admin/js/theme.js" not in html  # Django keeps a choice of its own
    assert html.index("labelhub/console.js") < html.index("<body")
    assert html.index("admin/css/responsive.css") < html.index("labelhub/admin.css")


@pytest.mark.parametrize(
    ("query", "said"),
    [({}, "5"), ({"is_active__exact": 1}, "more than 3"), ({"q": "@"}, "more than 3"), ({"q": "zz"}, "0")],
)
def test_a_long_list_says_how_many_there_are(query, said, console, administrator, monkeypatch):
    monkeypatch.setattr(CappedPaginator, "CAP", 3)
    for _ in range(4):
        factories.make_user()
    page = console.get(reverse("admin:projects_user_changelist"), query)
    assert page.context["cl"].shown_count == said
    assert f"Users: {said}" in page.content.decode()


def test_a_project_says_how_much_is_in_it(console, project):
    for _ in range(2):
        factories.make_image(project)
    factories.make_image(factories.make_project())
    page = console.get(reverse("admin:projects_project_changelist"))
    rows = page.context["cl"].result_list
    assert '<td class="field-image_total">2</td>' in page.content.decode()
    assert ".None" not in console.get(reverse("admin:projects_user_changelist")).content.decode()
    assert [(row.image_count, row.member_count) for row in rows if row == project] == [(2, project.memberships.count())]


def test_no_secret_is_shown(console, project):
    token, text = tokens.create(project.created_by, name="CI")
    hook = Webhook.objects.create(project=project, url="https://example.org/x")
    pages = [
        reverse("admin:knox_authtoken_changelist"), reverse("admin:knox_authtoken_change", args=[token.pk]),
        reverse("admin:projects_webhook_changelist"), reverse("admin:projects_webhook_change", args=[hook.pk]),
    ]  # fmt: skip
    shown = "".join(console.get(page).content.decode() for page in pages[1:])
    shown += "".join(re.sub(r'href="[^"]*"|value="[^"]*"', "", console.get(pages[0]).content.decode()))
    assert "CI" in shown
    assert "https://example.org/x" in shown
    for secret in (text, hook.key.hex, str(hook.key), secret_of(hook.key)):
        assert secret not in shown


def test_counting_stops_early(db, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(CappedPaginator, "CAP", 3)
    for _ in range(5):
        factories.make_user()
    with django_assert_num_queries(1) as queries:
        assert CappedPaginator(User.objects.order_by("pk"), 2).count == 3
    assert "LIMIT 3" in queries[0]["sql"]


def test_history_and_boxes_have_no_way_around(project):
    box = factories.make_box(factories.make_image(project), factories.make_class(project))
    row = history.of_box(None, "created", box.image, box)
    row.save()
    with pytest.raises(TypeError):
        row.save()
    assert Box.objects.count() == BoxHistory.objects.count() == 1


def test_each_field_of_a_projects_members_has_a_name(console, project):
    factories.make_member(project, "annotator")
    html = console.get(reverse("admin:projects_project_change", args=[project.pk])).content.decode()
    labelled = set(re.findall(r'<label[^>]*\bfor="([^"]+)"', html))
    fields = [tag for tag in re.findall(r"<(?:input|select|textarea)\b[^>]*>", html) if 'name="memberships-' in tag]
    shown = [tag for tag in fields if 'type="hidden"' not in tag]
    assert len(shown) >= 5
    nameless = [
        tag for tag in shown if "aria-label=" not in tag and not labelled & set(re.findall(r'\bid="([^"]+)"', tag))
    ]
    assert nameless == []
