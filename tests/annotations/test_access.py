"""Who may do what, for every address of the API and of files: one row each, seven readers."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, reverse

from annotations import api_urls as annotations_api
from annotations import files_urls as annotations_files
from annotations.bulk_edits.choice import Choice
from annotations.models import (
    BulkEdit,
    Comment,
    Export,
    GuidelineExample,
    LabelImport,
    Restore,
    SplitChange,
    Tag,
    WorkImage,
    WorkJob,
)
from annotations.versions.actions import make_version
from projects import api_urls as projects_api
from projects.images import urls as projects_files
from projects.models import BinEntry, Delivery, GroupRole, Import, Invitation, Notification, SignIn, UserGroup, Webhook
from projects.people import tokens
from tests import factories
from training.models import Run

READERS = (None, "stranger", "viewer", "annotator", "reviewer", "manager", "owner")

QUALITY = {"api-quality-people", "api-quality-agreement", "api-check-images", "api-check-images-unmake"}  # of training
MANY = {"role": "viewer", "emails": ["ada@example.org"]}
NIGHT = {"images": [1], "tag": "night", "value": False}
ZIP = {"urls": ["https://example.org/a.zip"]}
FILES = ("file-image", "file-thumb", "file-image-crop", "file-suggestion-crop", "file-box-crop")
SAMPLE = {"size": 1, "most_errors": 0}
SHARES = {"train": 70, "val": 10, "test": 20}

# (method, name, address of the world, body, status for each of READERS; of six, managers meet what reviewers meet)
ROWS = [
    ("get", "api-projects", (), None, (401, 200, 200, 200, 200, 200)),
    ("post", "api-projects", (), {"name": "New"}, (401, 201, 201, 201, 201, 201)),
    ("get", "api-project", ("project",), None, (401, 404, 200, 200, 200, 200)),
    ("patch", "api-project", ("project",), {"name": "Other"}, (401, 404, 403, 403, 403, 200)),
    ("delete", "api-project", ("project",), None, (401, 404, 403, 403, 403, 204)),
    ("get", "api-rules", ("project",), None, (401, 404, 200, 200, 200, 200, 200)),
    ("patch", "api-rules", ("project",), {"workflow": True}, (401, 404, 403, 403, 403, 200, 200)),
    ("get", "api-classes", ("project",), None, (401, 404, 200, 200, 200, 200)),
    ("post", "api-classes", ("project",), {"name": "fox"}, (401, 404, 403, 403, 403, 201, 201)),
    ("post", "api-classes-many", ("project",), {"names": ["owl", "elk"]}, (401, 404, 403, 403, 403, 201, 201)),
    ("patch", "api-class", ("project", "label"), {"name": "fox"}, (401, 404, 403, 403, 403, 200, 200)),
    ("delete", "api-class", ("project", "label"), None, (401, 404, 403, 403, 403, 204)),
    ("get", "api-tags", ("project",), None, (401, 404, 200, 200, 200, 200)),
    ("patch", "api-tag", ("project", "tag"), {"name": "fog"}, (401, 404, 403, 403, 403, 200, 200)),
    ("delete", "api-tag", ("project", "tag"), None, (401, 404, 403, 403, 403, 204, 204)),
    ("post", "api-gallery-tag", ("project",), NIGHT, (401, 404, 403, 200, 200, 200)),
    ("get", "api-datasets", ("project",), None, (401, 404, 200, 200, 200, 200)),
    ("post", "api-datasets", ("project",), {"name": "More"}, (401, 404, 403, 201, 201, 201)),
    ("patch", "api-dataset", ("project", "dataset"), {"name": "More"}, (401, 404, 403, 403, 403, 200)),
    ("patch", "api-dataset", ("project", "dataset"), {}, (401, 404, 403, 403, 403, 200)),
    ("delete", "api-dataset", ("project", "dataset"), None, (401, 404, 403, 403, 403, 204)),
    ("get", "api-members", ("project",), None, (401, 404, 200, 200, 200, 200)),
    ("patch", "api-member", ("project", "member"), {"role": "viewer"}, (401, 404, 403, 403, 403, 200, 200)),
    ("patch", "api-member", ("project", "member"), {}, (401, 404, 403, 403, 403, 200, 200)),
    ("delete", "api-member", ("project", "member"), None, (401, 404, 403, 403, 403, 204, 204)),
    ("get", "api-sessions", (), None, (401, 200, 200, 200, 200, 200)),
    ("delete", "api-session", ("sign_in",), None, (401, 404, 404, 404, 404, 404)),  # another's
    ("post", "api-sessions-end-others", (), None, (401, 200, 200, 200, 200, 200)),
    ("post", "api-account-deactivate", ("member",), None, (401, 404, 404, 404, 404, 404)),
    ("post", "api-account-reactivate", ("member",), None, (401, 404, 404, 404, 404, 404)),
    ("get", "api-groups", (), None, (401, 200, 200, 200, 200, 200)),
    ("post", "api-groups", (), {"name": "Night shift"}, (401, 403, 403, 403, 403, 201, 201)),
    # Of a group learn its people and its keeper alone, who are none of these.
    ("get", "api-group", ("group",), None, (401, 404, 404, 404, 404, 404)),
    ("patch", "api-group", ("group",), {"name": "Mine"}, (401, 404, 404, 404, 404, 404)),
    ("delete", "api-group", ("group",), None, (401, 404, 404, 404, 404, 404)),
    ("get", "api-group-members", ("group",), None, (401, 404, 404, 404, 404, 404)),
    ("post", "api-group-members", ("group",), {"user": 1}, (401, 404, 404, 404, 404, 404)),
    ("delete", "api-group-member", ("group", "member"), None, (401, 404, 404, 404, 404, 404)),
    ("get", "api-project-groups", ("project",), None, (401, 404, 200, 200, 200, 200)),
    ("post", "api-project-groups", ("project",), {"group": 1, "role": "viewer"}, (401, 404, 403, 403, 403, 400, 400)),
    ("patch", "api-project-group", ("project", "group"), {"role": "viewer"}, (401, 404, 403, 403, 403, 200, 200)),
    ("delete", "api-project-group", ("project", "group"), None, (401, 404, 403, 403, 403, 204, 204)),
    ("get", "api-invitations", ("project",), None, (401, 404, 403, 403, 403, 200, 200)),
    ("post", "api-invitations", ("project",), {"role": "viewer"}, (401, 404, 403, 403, 403, 201, 201)),
    ("post", "api-invitations-many", ("project",), MANY, (401, 404, 403, 403, 403, 201, 201)),
    ("post", "api-invitation-renew", ("project", "invitation"), None, (401, 404, 403, 403, 403, 201, 201)),
    ("delete", "api-invitation", ("project", "invitation"), None, (401, 404, 403, 403, 403, 204, 204)),
    ("post", "api-upload", ("dataset",), "picture", (401, 404, 403, 200, 200, 200)),
    ("get", "api-bin", ("project",), None, (401, 404, 403, 403, 403, 200)),
    ("post", "api-bin-restore", ("project", "entry"), None, (401, 404, 403, 403, 403, 200)),
    ("delete", "api-bin-entry", ("project", "entry"), None, (401, 404, 403, 403, 403, 204)),
    ("get", "api-deleted-projects", (), None, (401, 200, 200, 200, 200, 200)),
    # Of a project that is not deleted nobody learns anything there; tests/projects/bin has those that are.
    ("post", "api-deleted-project-restore", ("project",), None, (401, 404, 404, 404, 404, 404)),
    ("delete", "api-deleted-project", ("project",), None, (401, 404, 404, 404, 404, 404)),
    ("get", "api-import", ("job",), None, (401, 404, 200, 200, 200, 200)),
    ("get", "api-images", ("project",), None, (401, 404, 200, 200, 200, 200)),
    ("get", "api-image", ("image",), None, (401, 404, 200, 200, 200, 200)),
    ("delete", "api-image", ("image",), None, (401, 404, 403, 403, 403, 204)),
    ("post", "api-image-changes", ("image",), {"version": 1, "changes": []}, (401, 404, 403, 200, 200, 200)),
    ("get", "api-boxes", ("project",), None, (401, 404, 200, 200, 200, 200)),
    ("get", "api-boxes-grid", ("project",), "of class", (401, 404, 200, 200, 200, 200)),
    ("get", "api-bulk-edits", ("project",), None, (401, 404, 200, 200, 200, 200)),
    ("post", "api-bulk-edits", ("project",), "own", (401, 404, 403, 400, 201, 201)),
    ("post", "api-bulk-edits-preview", ("project",), "own", (401, 404, 403, 200, 200, 200)),
    ("get", "api-bulk-edit", ("project", "edit"), None, (401, 404, 200, 200, 200, 200)),
    ("post", "api-bulk-edit-cancel", ("project", "edit"), {}, (401, 404, 403, 403, 200, 200)),  # another's
    ("post", "api-bulk-edit-undo", ("project", "edit"), {}, (401, 404, 403, 403, 200, 200)),
    ("post", "api-changes", ("project",), {"images": []}, (401, 404, 403, 200, 200, 200)),
    ("get", "api-suggestions-cursor", ("project",), None, (401, 404, 200, 200, 200, 200)),
    ("get", "api-gallery", ("project",), None, (401, 404, 200, 200, 200, 200)),
    ("get", "api-gallery-rows", ("project",), {"ids": "1"}, (401, 404, 200, 200, 200, 200)),
    ("post", "api-gallery-assign", ("project",), {"images": [1], "assignee": None}, (401, 404, 403, 200, 200, 200)),
    ("post", "api-gallery-move", ("project",), "move", (401, 404, 403, 403, 403, 200)),
    ("post", "api-gallery-complete", ("project",), {"images": [1], "value": True}, (401, 404, 403, 200, 200, 200)),
    ("post", "api-gallery-preview", ("project",), {"images": [1]}, (401, 404, 403, 200, 200, 200)),
    ("post", "api-gallery-split", ("project",), {"images": [1], "split": "test"}, (401, 404, 403, 403, 200, 200)),
    ("get", "api-work-jobs", ("project",), None, (401, 404, 200, 200, 200, 200, 200)),
    ("post", "api-work-jobs", ("project",), "hand out", (401, 404, 403, 403, 403, 201, 201)),
    ("get", "api-work-job", ("project", "work_job"), None, (401, 404, 200, 200, 200, 200, 200)),
    ("patch", "api-work-job", ("project", "work_job"), {"name": "mine"}, (401, 404, 403, 403, 403, 200, 200)),
    ("delete", "api-work-job", ("project", "work_job"), None, (401, 404, 403, 403, 403, 200, 200)),
    ("post", "api-work-sample", ("project", "work_job"), SAMPLE, (401, 404, 403, 403, 201, 201, 201)),
    ("get", "api-work-disputes", ("project", "work_job"), None, (401, 404, 403, 403, 200, 200, 200)),
    ("post", "api-work-settle", ("project", "work_job"), {"image": 1}, (401, 404, 403, 403, 409, 409, 409)),
    ("post", "api-work-settle-agreed", ("project", "work_job"), None, (401, 404, 403, 403, 200, 200, 200)),
    ("post", "api-work-unsettle", ("project", "work_job"), {"image": 1}, (401, 404, 403, 403, 409, 409, 409)),
    ("post", "api-work-go-on", ("project", "work_job"), None, (401, 404, 403, 403, 403, 200, 200)),
    ("get", "api-work", ("project",), {"state": "todo"}, (401, 404, 200, 200, 200, 200, 200)),
    ("get", "api-work-order", ("project",), None, (401, 404, 200, 200, 200, 200, 200)),
    ("post", "api-work-next", ("project",), None, (401, 404, 403, 200, 200, 200, 200)),
    ("post", "api-work-take", ("project",), "work", (401, 404, 200, 200, 200, 200, 200)),
    ("post", "api-work-submit", ("project",), "work", (401, 404, 403, 200, 200, 200, 200)),
    ("post", "api-work-skip", ("project",), "work", (401, 404, 403, 200, 200, 200, 200)),
    ("post", "api-work-accept", ("project",), {"images": [1]}, (401, 404, 403, 403, 200, 200, 200)),
    ("post", "api-work-give-back", ("project",), "submitted", (401, 404, 403, 403, 200, 200, 200)),
    ("post", "api-work-reopen", ("project",), {"images": [1]}, (401, 404, 403, 403, 200, 200, 200)),
    ("post", "api-work-free", ("project",), {"images": [1]}, (401, 404, 403, 403, 403, 200, 200)),
    ("get", "api-quality-people", ("project",), {"range": "7"}, (401, 404, 403, 200, 200, 200, 200)),
    ("get", "api-quality-agreement", ("project",), None, (401, 404, 403, 403, 403, 200, 200)),
    ("get", "api-check-images", ("project",), None, (401, 404, 403, 403, 403, 200, 200)),
    ("post", "api-check-images", ("project",), {"images": [1]}, (401, 404, 403, 403, 403, 201, 201)),
    ("post", "api-check-images-unmake", ("project",), {"images": [1]}, (401, 404, 403, 403, 403, 200, 200)),
    ("get", "api-guidelines", ("project",), None, (401, 404, 200, 200, 200, 200)),
    ("post", "api-guidelines", ("project",), {"text": "Tightly.", "seen": 0}, (401, 404, 403, 403, 403, 200, 200)),
    ("post", "api-guidelines-read", ("project",), None, (401, 404, 204, 204, 204, 204)),
    ("post", "api-examples", ("project",), "example", (401, 404, 403, 403, 403, 201, 201)),
    ("delete", "api-example", ("project", "example"), None, (401, 404, 403, 403, 403, 204, 204)),
    ("get", "api-splits", ("project",), None, (401, 404, 200, 200, 200, 200)),
    ("post", "api-splits-preview", ("project",), SHARES, (401, 404, 403, 403, 200, 200)),
    ("post", "api-splits-divide", ("project",), SHARES, (401, 404, 403, 403, 202, 202)),
    ("get", "api-division", ("project", "change"), None, (401, 404, 200, 200, 200, 200)),
    ("post", "api-division-cancel", ("project", "change"), {}, (401, 404, 403, 403, 200, 200)),
    ("post", "api-division-undo", ("project", "change"), {}, (401, 404, 403, 403, 202, 202)),
    ("post", "api-gallery-delete", ("project",), {"images": [1]}, (401, 404, 403, 403, 403, 200)),
    ("post", "api-known", ("dataset",), {"sha256": ["0" * 64]}, (401, 404, 403, 200, 200, 200)),
    ("get", "api-image-comments", ("image",), None, (401, 404, 200, 200, 200, 200)),
    ("post", "api-image-comments", ("image",), {"text": "Why?"}, (401, 404, 403, 201, 201, 201)),
    ("get", "api-image-history", ("image",), None, (401, 404, 200, 200, 200, 200)),
    ("get", "api-image-moment", ("image", "moment"), None, (401, 404, 200, 200, 200, 200)),
    ("post", "api-image-restore", ("image",), {"version": 1, "moment": 0}, (401, 404, 403, 200, 200, 200)),
    ("get", "api-comments", ("project",), {"mentioned": "me"}, (401, 404, 200, 200, 200, 200)),
    ("patch", "api-comment", ("comment",), {"resolved": True}, (401, 404, 403, 200, 200, 200)),
    ("patch", "api-comment", ("comment",), {"text": "Why not?"}, (401, 404, 403, 403, 403, 403)),  # another's words
    ("delete", "api-comment", ("comment",), None, (401, 404, 403, 403, 204, 204)),
    ("get", "api-label-errors", ("project",), None, (401, 404, 200, 200, 200, 200)),
    ("get", "api-label-errors-counts", ("project",), None, (401, 404, 200, 200, 200, 200)),
    ("post", "api-label-errors-fix", ("project",), "error", (401, 404, 403, 403, 200, 200)),
    ("post", "api-label-errors-keep", ("project",), "error", (401, 404, 403, 403, 200, 200)),
    ("post", "api-label-errors-reopen", ("project",), "error", (401, 404, 403, 403, 200, 200)),
    ("get", "api-suggestions", ("project",), None, (401, 404, 200, 200, 200, 200)),
    ("post", "api-suggestions-accept", ("project",), "seen", (401, 404, 403, 403, 200, 200)),
    ("post", "api-suggestions-reject", ("project",), "seen", (401, 404, 403, 403, 200, 200)),
    ("post", "api-suggestions-reopen", ("project",), "seen", (401, 404, 403, 403, 200, 200)),
    ("get", "api-suggestions-order", ("project",), None, (401, 404, 200, 200, 200, 200)),
    ("get", "api-suggestions-cutoff", ("project",), None, (401, 404, 200, 200, 200, 200)),
    ("get", "api-suggestions-images", ("project",), None, (401, 404, 200, 200, 200, 200)),
    ("post", "api-suggestions-relabel", ("project",), "relabel", (401, 404, 403, 403, 200, 200)),
    ("post", "api-suggestions-accept-above", ("project",), {"min_probability": 0.5}, (401, 404, 403, 403, 200, 200)),
    ("post", "api-suggestions-accept-sure", ("project",), "run", (401, 404, 403, 403, 200, 200)),
    ("get", "api-export", ("project",), {"format": "coco", "unfinished": 1}, (401, 404, 200, 200, 200, 200)),
    ("get", "api-export-counts", ("project",), {"format": "coco"}, (401, 404, 200, 200, 200, 200)),
    ("get", "api-exports", ("project",), None, (401, 404, 200, 200, 200, 200)),
    ("post", "api-exports", ("project",), {"format": "coco", "unfinished": 1}, (401, 404, 202, 202, 202, 202)),
    ("get", "api-export-job", ("export",), None, (401, 404, 200, 200, 200, 200)),
    ("delete", "api-export-job", ("export",), None, (401, 404, 403, 403, 403, 204)),  # somebody else's
    ("post", "api-export-cancel", ("export",), None, (401, 404, 403, 403, 403, 200)),
    ("get", "api-export-file", ("export",), None, (401, 404, 409, 409, 409, 409)),  # not done
    ("get", "api-versions", ("project",), None, (401, 404, 200, 200, 200, 200)),
    ("post", "api-versions", ("project",), {"name": "mine"}, (401, 404, 403, 201, 201, 201)),
    ("post", "api-versions-now", ("project",), None, (401, 404, 200, 200, 200, 200)),
    ("get", "api-versions-compare", ("project",), "compare", (401, 404, 200, 200, 200, 200)),
    ("get", "api-version", ("project", "version"), None, (401, 404, 200, 200, 200, 200)),
    ("post", "api-version-restore", ("project", "version"), None, (401, 404, 403, 403, 403, 202)),
    ("get", "api-version-image", ("project", "version", "image"), None, (401, 404, 200, 200, 200, 200)),
    ("get", "api-restore", ("project", "restore"), None, (401, 404, 200, 200, 200, 200)),
    ("post", "api-restore-undo", ("project", "restore"), None, (401, 404, 403, 403, 403, 202)),
    ("get", "api-label-imports", ("project",), None, (401, 404, 200, 200, 200, 200)),
    ("post", "api-label-imports", ("project",), ZIP, (401, 404, 403, 202, 202, 202)),
    ("get", "api-label-import", ("project", "labels"), None, (401, 404, 200, 200, 200, 200)),
    ("post", "api-label-import-start", ("project", "labels"), {}, (401, 404, 403, 202, 202, 202)),
    ("post", "api-label-import-fetch", ("project", "labels"), {}, (401, 404, 403, 409, 409, 409)),  # nothing to
    ("post", "api-label-import-cancel", ("project", "labels"), {}, (401, 404, 403, 403, 200, 200)),  # another's
    ("post", "api-label-import-undo", ("project", "brought"), {}, (401, 404, 403, 403, 202, 202)),
    ("post", "api-label-studio-import", ("project",), [{"image": "a.jpg"}], (401, 404, 403, 201, 201, 201)),
    ("get", "api-label-studio-import-state", ("project", "labels"), None, (401, 404, 200, 200, 200, 200)),
    ("get", "api-label-studio-export", ("project",), None, (401, 404, 200, 200, 200, 200)),
    ("post", "api-label-studio-predictions", (), "prediction", (401, 404, 403, 201, 201, 201)),
    ("get", "api-webhooks", ("project",), None, (401, 404, 403, 403, 403, 200)),
    ("post", "api-webhooks", ("project",), "hook", (401, 404, 403, 403, 403, 201)),
    ("get", "api-webhook", ("project", "hook"), None, (401, 404, 403, 403, 403, 200)),
    ("patch", "api-webhook", ("project", "hook"), {"active": False}, (401, 404, 403, 403, 403, 200)),
    ("delete", "api-webhook", ("project", "hook"), None, (401, 404, 403, 403, 403, 204)),
    ("post", "api-webhook-ping", ("project", "hook"), None, (401, 404, 403, 403, 403, 202)),
    ("post", "api-webhook-secret", ("project", "hook"), None, (401, 404, 403, 403, 403, 200)),
    ("get", "api-webhook-deliveries", ("project", "hook"), None, (401, 404, 403, 403, 403, 200)),
    ("post", "api-webhook-redeliver", ("project", "hook", "delivery"), None, (401, 404, 403, 403, 403, 202)),
    ("get", "api-notifications", (), None, (401, 200, 200, 200, 200, 200)),
    ("post", "api-notifications-read", (), {}, (401, 204, 204, 204, 204, 204)),
    ("get", "api-tokens", (), None, (401, 200, 200, 200, 200, 200)),
    ("post", "api-tokens", (), None, (401, 201, 201, 201, 201, 201)),
    ("delete", "api-token", ("token",), None, (401, 404, 404, 404, 404, 404)),  # a token of somebody else
    ("get", "file-image", ("image",), None, (404, 404, 200, 200, 200, 200)),
    ("get", "file-thumb", ("image",), None, (404, 404, 200, 200, 200, 200)),
    ("get", "file-image-crop", ("image",), {"box": "1,1,9,9"}, (404, 404, 200, 200, 200, 200)),
    ("get", "file-suggestion-crop", ("suggestion",), None, (404, 404, 200, 200, 200, 200)),
    ("get", "file-box-crop", ("box",), None, (404, 404, 200, 200, 200, 200)),
]
ROWS = [(*row[:4], row[4] if len(row[4]) == len(READERS) else (*row[4][:5], *row[4][4:])) for row in ROWS]


@pytest.fixture
def world(project):
    return make_world(project)


def make_world(project):
    """The keys of a row of everything that addresses name."""
    image = factories.make_image(project)
    label = factories.make_class(project)
    suggestion = factories.make_suggestion(image, label)
    run = Run.objects.create(project=project, number=1, kind="autolabel", batch=suggestion.batch)
    invitation, _token = Invitation.issue(project=project, role="viewer")
    news = Notification.objects.create(person=factories.make_user(), project=project, kind="returned", page="project")
    hook = Webhook.objects.create(project=project, url="https://example.org/", events=["images.added"])
    token, _text = tokens.create(factories.make_user())
    version = make_version(project.created_by, project, name="first")
    restore = Restore.objects.create(project=project, version=version, before=version, after=version, state="done")
    project.workflow = True
    project.save(update_fields=["workflow"])
    job = WorkJob.objects.create(project=project, name="job")
    todo, submitted, free = (factories.make_image(project) for _ in range(3))
    WorkImage.objects.create(job=job, image=todo, position=0)
    WorkImage.objects.create(job=job, image=submitted, position=1, state="submitted")
    group = UserGroup.objects.create(name="Night shift", keeper=factories.make_user())
    GroupRole.objects.create(project=project, group=group, role="annotator")
    Client().force_login(group.keeper)
    return {
        "sign_in": SignIn.objects.get(user=group.keeper).pk,
        "group": group.pk,
        "work_job": job.pk,
        "todo": todo.pk,
        "submitted": submitted.pk,
        "free": free.pk,
        "version": version.pk,
        "moment": 0,
        "restore": restore.pk,
        "project": project.pk,
        "image": image.pk,
        "label": label.pk,
        "tag": Tag.objects.create(project=project, name="rain").pk,
        "dataset": image.dataset_id,
        "member": factories.make_member(project, "annotator").pk,
        "invitation": invitation.pk,
        "job": Import.objects.create(dataset=image.dataset, name="x.zip").pk,
        "labels": make_label_import(image, step="read", preview=PREVIEW).pk,
        "brought": make_label_import(image, step="store").pk,
        "entry": BinEntry.objects.create(project=project, kind="image", name="x.jpg", state="kept").pk,
        "suggestion": suggestion.pk,
        "error": factories.make_label_error("missing", image, label).pk,
        "box": factories.make_box(image, label).pk,
        "example": GuidelineExample.objects.create(label=label, image=image, good=True, x1=1, y1=1, x2=9, y2=9).pk,
        "comment": Comment.objects.create(image=image, text="Is this one?").pk,
        "token": token.token_key,
        "hook": hook.pk,
        "notification": news.pk,
        "delivery": Delivery.objects.create(webhook=hook, event="ping", state="done").pk,
        "run": run.pk,
        "change": SplitChange.objects.create(project=project, state="done", count=1).pk,
        "edit": BulkEdit.objects.create(
            project=project, kind="delete", state="done", count=1, choice=Choice("delete").stored()
        ).pk,
        "export": Export.objects.create(project=project, choice={"format": "coco"}, key="x", created_by=None).pk,
    }


PREVIEW = {
    "format": "coco", "title": "COCO", "model": "", "missing": [], "boxes": 0, "predictions": 0, "classes": [],
    "complete": 0, "splits": {}, "images": {"labelled": 1, "new": 0, "here": 1, "missing": 0, "unlabelled": 0},
}  # fmt: skip


def make_label_import(image, **fields):
    """One that is read, or done, by nobody who is here any more."""
    own = {"project": image.project, "dataset": image.dataset, "name": "x.json", "state": "done"}
    return LabelImport.objects.create(**own, **fields)


def send(client, world, method, name, place, body):
    return send_to(client, world, method, reverse(name, args=[world[key] for key in place]), body)


def send_to(client, world, method, url, body):
    if body == "picture":
        return client.post(url, {"files": SimpleUploadedFile("new.jpg", factories.picture_bytes(seed=3))})
    seen = {"items": [{"id": world["suggestion"], "version": 1}]}
    body = {
        "seen": seen,
        "error": {"items": [{"id": world["error"], "version": 1}]},
        "hand out": {"name": "new", "images": [world["free"]]},
        "work": {"image": world["todo"], "reason": "too dark"},
        "submitted": {"image": world["submitted"], "comment": "One is missing."},
        "hook": {"url": "https://example.org/", "events": ["images.added"]},
        "relabel": seen | {"class": world["label"]},
        "run": {"run": world["run"]},
        "prediction": {"task": world["image"], "result": []},
        "example": {"box": str(world["box"])},
        "of class": {"class": world["label"]},
        "own": {"kind": "delete", "class": world["label"]},
        "compare": {"before": world["version"], "after": world["version"]},
        "move": {"images": [1], "dataset": world["dataset"]},
    }.get(str(body), body)
    if method == "get":
        return client.get(url, body or {})
    return getattr(client, method)(url, body, content_type="application/json")


def answers(client, world, rows):
    """What each request of these rows meets; one world for all of them, which each leaves as it was."""
    for method, name, place, body, *_statuses in rows:
        with transaction.atomic():
            status = send(client, world, method, name, place, body).status_code
            transaction.set_rollback(True)
        yield f"{method} {name}", status


@pytest.mark.parametrize("reader", READERS)
def test_who_may(reader, client_as, world):
    place = READERS.index(reader)
    expected = [(f"{row[0]} {row[1]}", row[4][place]) for row in ROWS]
    assert list(answers(client_as(reader), world, ROWS)) == expected


def test_an_administrator_who_is_no_member_is_a_stranger(world):
    client = Client()
    client.force_login(factories.make_user(is_superuser=True, is_staff=True))
    rows = [row for row in ROWS if row[2] and row[1] != "api-token" and not row[1].startswith("api-account-")]
    assert {found for found in answers(client, world, rows) if found[1] != 404} == set()


def test_nothing_is_reached_through_another_project(world):
    other = factories.make_project()
    client = Client()
    client.force_login(other.created_by)
    rows = [row for row in ROWS if len(row[2]) == 2]
    assert {found for found in answers(client, world | {"project": other.pk}, rows) if found[1] != 404} == set()


def test_every_address_has_its_row():
    modules = (annotations_api, annotations_files, projects_api, projects_files)
    names = {pattern.name for module in modules for pattern in module.urlpatterns if isinstance(pattern, URLPattern)}
    assert names == {row[1] for row in ROWS} - QUALITY


@pytest.mark.parametrize("name", FILES)
def test_files_that_are_not_there(name, client_as):
    missing = uuid.uuid4() if name == "file-box-crop" else 10**9
    assert client_as("owner").get(reverse(name, args=[missing])).status_code == 404


def test_a_token_opens_what_its_owner_may_see(project, world):
    _row, text = tokens.create(project.created_by)
    client = Client(headers={"authorization": f"Token {text}"})
    for method, name, place, body, statuses in ROWS:
        if method == "get":
            assert send(client, world, method, name, place, body).status_code == statuses[-1], name
    assert Client(headers={"authorization": "Token wrong"}).get(reverse("api-projects")).status_code == 401


def test_a_session_needs_the_csrf_header(project):
    client = Client(enforce_csrf_checks=True)
    client.force_login(project.created_by)
    assert client.post(reverse("api-projects"), {"name": "x"}, content_type="application/json").status_code == 403
