"""What the console changes goes through the product's actions: their rules, their refusals, their audit rows."""

import pytest
from django.urls import reverse

from annotations import history
from annotations.models import BoxHistory
from projects.bin import actions as bin_actions
from projects.models import AuditEntry, Dataset, Image, Invitation, Membership, Project, User
from tests import factories
from tests.projects.console_rows import fill


@pytest.mark.parametrize(("model", "page"), [(Project, "project"), (Dataset, "dataset"), (Image, "image")])
@pytest.mark.parametrize("many", [False, True])
def test_deleting_goes_through_the_action(
    model, page, many, console, administrator, django_capture_on_commit_callbacks
):
    fill(2)
    row = model.objects.first()
    file = Image.objects.get(**{"image": {"pk": row.pk}}.get(page, {f"{page}_id": row.pk})).file
    with django_capture_on_commit_callbacks(execute=True):
        if many:
            body = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
            console.post(reverse(f"admin:projects_{page}_changelist"), body)
        else:
            address = reverse(f"admin:projects_{page}_delete", args=[row.pk])
            assert console.get(address).status_code == 200
            console.post(address, {"post": "yes"})
    left = model.objects.filter(deleted_at=None) if model is Project else model.objects
    assert not left.filter(pk=row.pk).exists()
    assert left.count() == 1
    assert AuditEntry.objects.filter(verb=f"{page}.deleted", actor=administrator).count() == 1
    assert file.storage.exists(file.name)  # until the bin is emptied


def test_the_console_empties_the_bin(console, administrator, django_capture_on_commit_callbacks):
    fill(1)
    project, image = Project.objects.get(), Image.objects.get()
    entry = bin_actions.delete_image(project.created_by, image)
    action = {"_selected_action": [entry.pk], "action": "restore"}
    assert console.post(reverse("admin:projects_binentry_changelist"), action).status_code == 302
    assert Image.objects.get() == image
    bin_actions.delete_project(project.created_by, project)
    action = {"_selected_action": [project.pk], "action": "restore"}
    assert console.post(reverse("admin:projects_project_changelist"), action).status_code == 302
    assert Project.objects.get().deleted_at is None


def membership_form(project, *rows):
    members = list(project.memberships.all())
    body = {
        "name": project.name, "description": "", "memberships-TOTAL_FORMS": len(rows),
        "memberships-INITIAL_FORMS": len(members), "memberships-MIN_NUM_FORMS": 0, "memberships-MAX_NUM_FORMS": 1000,
    }  # fmt: skip
    for index, (user, role, gone) in enumerate(rows):
        body |= {
            f"memberships-{index}-user": user.pk,
            f"memberships-{index}-role": role,
            f"memberships-{index}-project": project.pk,
        }
        if index < len(members):
            body[f"memberships-{index}-id"] = members[index].pk
        if gone:
            body[f"memberships-{index}-DELETE"] = "on"
    return body


def test_members_change_and_the_log_says_so(console, project, administrator):
    ada = factories.make_user()
    address = reverse("admin:projects_project_change", args=[project.pk])
    owner = project.created_by
    response = console.post(address, membership_form(project, (owner, "owner", False), (ada, "reviewer", False)))
    assert response.status_code == 302
    assert Membership.objects.get(user=ada).role == "reviewer"
    entry = AuditEntry.objects.get(verb="member.added")
    assert (entry.actor, entry.project, entry.data) == (administrator, project, {"role": "reviewer"})
    console.post(address, membership_form(project, (owner, "viewer", False), (ada, "owner", False)))
    assert dict(project.memberships.values_list("user", "role")) == {owner.pk: "viewer", ada.pk: "owner"}
    console.post(address, membership_form(project, (owner, "viewer", True), (ada, "owner", False)))
    assert list(project.members.all()) == [ada]
    verbs = set(AuditEntry.objects.filter(actor=administrator).values_list("verb", flat=True))
    assert verbs == {"member.added", "member.role", "member.removed"}


@pytest.mark.parametrize(("role", "gone"), [("viewer", False), ("owner", True)])
def test_a_project_keeps_an_owner(role, gone, console, project):
    address = reverse("admin:projects_project_change", args=[project.pk])
    response = console.post(address, membership_form(project, (project.created_by, role, gone)))
    assert response.status_code == 200
    assert b"A project needs an owner" in response.content
    assert Membership.objects.get(project=project).role == "owner"


@pytest.mark.parametrize(
    ("page", "fields", "said", "verb"),
    [
        ("projects_dataset", {"name": "  Night  "}, "Night", "dataset.renamed"),
        ("projects_dataset", {"name": "Taken"}, b"already", None),
        (
            "annotations_labelclass",
            {"name": " red  fox ", "color": "#AA0000", "hotkey": "q"},
            "red fox",
            "class.changed",
        ),
        ("annotations_labelclass", {"name": "fox", "color": "red", "hotkey": "q"}, b"#rrggbb", None),
        ("annotations_labelclass", {"name": "fox", "color": "#aa0000", "hotkey": "A"}, b"uses the key", None),
        ("annotations_labelclass", {"name": "Taken", "color": "#aa0000", "hotkey": "q"}, b"already", None),
    ],
)
def test_a_change_goes_through_the_action(page, fields, said, verb, console, project, administrator):
    label, dataset = factories.make_class(project, "fox", color="#aa0000", hotkey="q"), project.datasets.get()
    factories.make_class(project, "Taken")
    project.datasets.create(name="Taken")
    row = dataset if page == "projects_dataset" else label
    body = fields if page == "projects_dataset" else {"position": 3, **fields}
    answer = console.post(reverse(f"admin:{page}_change", args=[row.pk]), body)
    before, entries = row.name, AuditEntry.objects.filter(actor=administrator)
    row.refresh_from_db()
    if verb is None:
        assert (answer.status_code, row.name, entries.count()) == (200, before, 0)
        assert said in answer.content
    else:
        assert (answer.status_code, row.name, [entry.verb for entry in entries]) == (302, said, [verb])


def test_the_history_of_an_image_that_is_gone_is_there_to_read(console, project):
    box = factories.make_box(factories.make_image(project, name="road.jpg"), factories.make_class(project, "fox"))
    history.of_box(project.created_by, "created", box.image, box).save()
    bin_actions.delete_image(project.created_by, box.image)
    page = console.get(reverse("admin:annotations_boxhistory_changelist"), {"q": "road.jpg"}).content
    assert b"road.jpg" in page
    assert b"fox" in page
    row = BoxHistory.objects.get()
    assert b"road.jpg" in console.get(reverse("admin:annotations_boxhistory_change", args=[row.pk])).content


def test_people_are_made_and_made_inactive_but_not_deleted(console):
    body = {
        "email": "new@example.org",
        "name": "New",
        "usable_password": "true",
        "password1": factories.PASSWORD,
        "password2": factories.PASSWORD,
    }
    assert console.post(reverse("admin:projects_user_add"), body).status_code == 302
    made = User.objects.get(email="new@example.org")
    assert made.check_password(factories.PASSWORD)
    assert AuditEntry.objects.filter(verb="admin.user.added").exists()
    twin = console.post(reverse("admin:projects_user_add"), {**body, "email": "NEW@example.org"})
    assert twin.status_code == 200
    assert console.post(reverse("admin:projects_user_delete", args=[made.pk]), {"post": "yes"}).status_code == 403


def test_an_account_changes_by_the_action_and_one_administrator_stays(console, administrator):
    ada = factories.make_user("ada@example.org")

    def change(person, **fields):
        form = {"email": person.email, "name": person.name, "language": "", "is_active": "on"}
        given = {name: value for name, value in (form | fields).items() if value}
        return console.post(reverse("admin:projects_user_change", args=[person.pk]), given)

    assert change(ada, name="  Ada   L ", is_staff="on").status_code == 302
    ada.refresh_from_db()
    assert (ada.name, ada.is_staff, AuditEntry.objects.get(verb="user.changed").actor) == ("Ada L", True, administrator)
    assert change(ada, email=administrator.email.upper()).status_code == 200
    assert change(administrator, is_staff="on").status_code == 200  # no longer a superuser
    administrator.refresh_from_db()
    assert administrator.is_superuser
    assert AuditEntry.objects.filter(verb="user.changed").count() == 1


def test_an_invitation_is_revoked_and_its_token_is_nowhere(console, project):
    invitation, _token = Invitation.issue(project=project, role="viewer")
    page = console.get(reverse("admin:projects_invitation_change", args=[invitation.pk]))
    assert invitation.token_hash.encode() not in page.content
    console.post(reverse("admin:projects_invitation_delete", args=[invitation.pk]), {"post": "yes"})
    assert not Invitation.objects.exists()
    assert AuditEntry.objects.filter(verb="member.uninvited", project=project).exists()
