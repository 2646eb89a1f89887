"""Addresses of the API of projects, classes, images, suggestions and exports."""

from typing import Any

from django.urls import path

from annotations.box_grid.api import BoxGridViewSet
from annotations.boxes.api import (
    ImageViewSet,
    ManyImagesViewSet,
    ProjectBoxViewSet,
    ProjectImageViewSet,
    ProjectViewSet,
)
from annotations.bulk_edits.api import BulkEditViewSet
from annotations.classes.api import ClassViewSet
from annotations.comments.api import CommentViewSet, ImageCommentViewSet, ProjectCommentViewSet
from annotations.exports.api import ExportFileView, ExportView, ExportViewSet
from annotations.gallery.api import GalleryViewSet
from annotations.guidelines.api import ExampleViewSet, GuidelineViewSet
from annotations.imports.api import LabelImportViewSet
from annotations.label_errors.api import LabelErrorViewSet
from annotations.label_studio.api import LabelStudioExportView, PredictionViewSet, TaskViewSet
from annotations.quality.api import SettleViewSet
from annotations.review.api import SuggestionCursorViewSet, SuggestionViewSet
from annotations.splits.api import DivisionViewSet, SplitViewSet
from annotations.tags.api import TagViewSet
from annotations.timeline.api import HistoryViewSet, VersionImageViewSet
from annotations.versions.api import RestoreViewSet, VersionViewSet
from annotations.work.api import WorkJobViewSet, WorkViewSet

LIST: dict[str, Any] = {"get": "list", "post": "create"}
CHANGE: dict[str, Any] = {"patch": "update", "delete": "destroy"}


def decision(verb: str) -> object:
    return path(
        f"projects/<int:project>/suggestions/{verb}/",
        SuggestionViewSet.as_view({"post": verb}),
        name=f"api-suggestions-{verb.replace('_', '-')}",
    )


def of_many(verb: str, method: str = "post") -> object:
    return path(
        f"projects/<int:project>/gallery/{verb}/", GalleryViewSet.as_view({method: verb}), name=f"api-gallery-{verb}"
    )


def of_work(verb: str, method: str = "post") -> object:
    name = verb.replace("_", "-")
    address = f"projects/<int:project>/work/{name}/"
    return path(address, WorkViewSet.as_view({method: verb}), name=f"api-work-{name}")


def of_apart(verb: str, method: str = "post") -> object:
    name = verb.replace("_", "-") if method == "post" else "disputes"
    address = f"projects/<int:project>/work-jobs/<int:pk>/{name}/"
    return path(address, SettleViewSet.as_view({method: verb}), name=f"api-work-{name}")


def of_splits(verb: str) -> object:
    return path(
        f"projects/<int:project>/splits/{verb}/", SplitViewSet.as_view({"post": verb}), name=f"api-splits-{verb}"
    )


def of_division(verb: str) -> object:
    return path(
        f"projects/<int:project>/splits/divisions/<int:pk>/{verb}/",
        DivisionViewSet.as_view({"post": verb}),
        name=f"api-division-{verb}",
    )


def of_edit(verb: str) -> object:
    return path(
        f"projects/<int:project>/bulk-edits/<int:pk>/{verb}/",
        BulkEditViewSet.as_view({"post": verb}),
        name=f"api-bulk-edit-{verb}",
    )


def of_errors(verb: str, method: str = "post") -> object:
    return path(
        f"projects/<int:project>/label-errors/{verb}/",
        LabelErrorViewSet.as_view({method: verb}),
        name=f"api-label-errors-{verb}",
    )


def of_import(verb: str) -> object:
    return path(
        f"projects/<int:project>/label-imports/<int:pk>/{verb}/",
        LabelImportViewSet.as_view({"post": verb}),
        name=f"api-label-import-{verb}",
    )


urlpatterns = [
    path("projects/", ProjectViewSet.as_view(LIST), name="api-projects"),
    path("projects/<int:project>/", ProjectViewSet.as_view({"get": "retrieve"} | CHANGE), name="api-project"),
    path("projects/<int:project>/classes/", ClassViewSet.as_view(LIST), name="api-classes"),
    path("projects/<int:project>/tags/", TagViewSet.as_view({"get": "list"}), name="api-tags"),
    path("projects/<int:project>/tags/<int:pk>/", TagViewSet.as_view(CHANGE), name="api-tag"),
    path("projects/<int:project>/classes/many/", ClassViewSet.as_view({"post": "many"}), name="api-classes-many"),
    path("projects/<int:project>/classes/<int:pk>/", ClassViewSet.as_view(CHANGE), name="api-class"),
    path("projects/<int:project>/images/", ProjectImageViewSet.as_view({"get": "list"}), name="api-images"),
    path("projects/<int:project>/boxes/", ProjectBoxViewSet.as_view({"get": "list"}), name="api-boxes"),
    path("projects/<int:project>/boxes/grid/", BoxGridViewSet.as_view({"get": "list"}), name="api-boxes-grid"),
    path("projects/<int:project>/bulk-edits/", BulkEditViewSet.as_view(LIST), name="api-bulk-edits"),
    path(
        "projects/<int:project>/bulk-edits/preview/",
        BulkEditViewSet.as_view({"post": "preview"}),
        name="api-bulk-edits-preview",
    ),
    path(
        "projects/<int:project>/bulk-edits/<int:pk>/",
        BulkEditViewSet.as_view({"get": "retrieve"}),
        name="api-bulk-edit",
    ),
    *map(of_edit, ("cancel", "undo")),
    path("projects/<int:project>/gallery/", GalleryViewSet.as_view({"get": "list"}), name="api-gallery"),
    of_many("rows", "get"),
    of_many("tag"),
    *map(of_many, ("assign", "move", "split", "preview", "complete", "delete")),
    path("projects/<int:project>/suggestions/", SuggestionViewSet.as_view({"get": "list"}), name="api-suggestions"),
    path(
        "projects/<int:project>/suggestions/cursor/",
        SuggestionCursorViewSet.as_view({"get": "list"}),
        name="api-suggestions-cursor",
    ),
    path(
        "projects/<int:project>/suggestions/images/",
        SuggestionViewSet.as_view({"get": "images"}),
        name="api-suggestions-images",
    ),
    path(
        "projects/<int:project>/suggestions/order/",
        SuggestionViewSet.as_view({"get": "order"}),
        name="api-suggestions-order",
    ),
    path(
        "projects/<int:project>/suggestions/cutoff/",
        SuggestionViewSet.as_view({"get": "cutoff"}),
        name="api-suggestions-cutoff",
    ),
    *map(decision, ("accept", "reject", "relabel", "reopen", "accept_sure", "accept_above")),
    path("projects/<int:project>/label-errors/", LabelErrorViewSet.as_view({"get": "list"}), name="api-label-errors"),
    of_errors("counts", "get"),
    *map(of_errors, ("fix", "keep", "reopen")),
    path("projects/<int:project>/work-jobs/", WorkJobViewSet.as_view(LIST), name="api-work-jobs"),
    path(
        "projects/<int:project>/work-jobs/<int:pk>/",
        WorkJobViewSet.as_view({"get": "retrieve"} | CHANGE),
        name="api-work-job",
    ),
    path(
        "projects/<int:project>/work-jobs/<int:pk>/sample/",
        WorkJobViewSet.as_view({"post": "sample"}),
        name="api-work-sample",
    ),
    of_apart("list", "get"),
    *map(of_apart, ("settle", "settle_agreed", "unsettle", "go_on")),
    path("projects/<int:project>/work/", WorkViewSet.as_view({"get": "list"}), name="api-work"),
    of_work("order", "get"),
    *map(of_work, ("next", "take", "submit", "skip", "accept", "give_back", "reopen", "free")),
    path("projects/<int:project>/guidelines/", GuidelineViewSet.as_view(LIST), name="api-guidelines"),
    path(
        "projects/<int:project>/guidelines/read/",
        GuidelineViewSet.as_view({"post": "read"}),
        name="api-guidelines-read",
    ),
    path(
        "projects/<int:project>/guidelines/examples/", ExampleViewSet.as_view({"post": "create"}), name="api-examples"
    ),
    path(
        "projects/<int:project>/guidelines/examples/<int:pk>/",
        ExampleViewSet.as_view({"delete": "destroy"}),
        name="api-example",
    ),
    path("projects/<int:project>/splits/", SplitViewSet.as_view({"get": "list"}), name="api-splits"),
    *map(of_splits, ("preview", "divide")),
    path(
        "projects/<int:project>/splits/divisions/<int:pk>/",
        DivisionViewSet.as_view({"get": "retrieve"}),
        name="api-division",
    ),
    *map(of_division, ("cancel", "undo")),
    path("projects/<int:project>/versions/", VersionViewSet.as_view(LIST), name="api-versions"),
    path("projects/<int:project>/versions/now/", VersionViewSet.as_view({"post": "now"}), name="api-versions-now"),
    path(
        "projects/<int:project>/versions/compare/",
        VersionViewSet.as_view({"get": "compare"}),
        name="api-versions-compare",
    ),
    path("projects/<int:project>/versions/<int:pk>/", VersionViewSet.as_view({"get": "retrieve"}), name="api-version"),
    path(
        "projects/<int:project>/versions/<int:pk>/restore/",
        VersionViewSet.as_view({"post": "restore"}),
        name="api-version-restore",
    ),
    path(
        "projects/<int:project>/versions/<int:pk>/images/<int:image>/",
        VersionImageViewSet.as_view({"get": "retrieve"}),
        name="api-version-image",
    ),
    path("projects/<int:project>/restores/<int:pk>/", RestoreViewSet.as_view({"get": "retrieve"}), name="api-restore"),
    path(
        "projects/<int:project>/restores/<int:pk>/undo/",
        RestoreViewSet.as_view({"post": "undo"}),
        name="api-restore-undo",
    ),
    path("projects/<int:project>/export/", ExportView.as_view(), name="api-export"),
    path(
        "projects/<int:project>/export/counts/",
        ExportViewSet.as_view({"get": "counts"}),
        name="api-export-counts",
    ),
    path("projects/<int:project>/exports/", ExportViewSet.as_view(LIST), name="api-exports"),
    path("exports/<int:pk>/", ExportViewSet.as_view({"get": "retrieve", "delete": "destroy"}), name="api-export-job"),
    path("exports/<int:pk>/cancel/", ExportViewSet.as_view({"post": "cancel"}), name="api-export-cancel"),
    path("exports/<int:pk>/file/", ExportFileView.as_view(), name="api-export-file"),
    path("projects/<int:project>/label-imports/", LabelImportViewSet.as_view(LIST), name="api-label-imports"),
    path(
        "projects/<int:project>/label-imports/<int:pk>/",
        LabelImportViewSet.as_view({"get": "retrieve"}),
        name="api-label-import",
    ),
    *map(of_import, ("start", "fetch", "cancel", "undo")),
    path("projects/<int:project>/import", TaskViewSet.as_view({"post": "create"}), name="api-label-studio-import"),
    path(
        "projects/<int:project>/imports/<int:pk>",
        TaskViewSet.as_view({"get": "retrieve"}),
        name="api-label-studio-import-state",
    ),
    path("projects/<int:project>/export", LabelStudioExportView.as_view(), name="api-label-studio-export"),
    path("predictions/", PredictionViewSet.as_view({"post": "create"}), name="api-label-studio-predictions"),
    path(  # the same, as scripts write it by hand
        "predictions",
        PredictionViewSet.as_view({"post": "create"}, schema=None),
        name="api-label-studio-predictions",
    ),
    path("images/<int:pk>/", ImageViewSet.as_view({"get": "retrieve", "delete": "destroy"}), name="api-image"),
    path("projects/<int:project>/changes/", ManyImagesViewSet.as_view({"post": "create"}), name="api-changes"),
    path("images/<int:pk>/changes/", ImageViewSet.as_view({"post": "changes"}), name="api-image-changes"),
    path("images/<int:pk>/history/", HistoryViewSet.as_view({"get": "list"}), name="api-image-history"),
    path(
        "images/<int:pk>/history/<int:moment>/",
        HistoryViewSet.as_view({"get": "retrieve"}),
        name="api-image-moment",
    ),
    path("images/<int:pk>/restore/", HistoryViewSet.as_view({"post": "restore"}), name="api-image-restore"),
    path("images/<int:pk>/comments/", ImageCommentViewSet.as_view(LIST), name="api-image-comments"),
    path(
        "projects/<int:project>/comments/",
        ProjectCommentViewSet.as_view({"get": "list"}),
        name="api-comments",
    ),
    path("comments/<int:pk>/", CommentViewSet.as_view(CHANGE), name="api-comment"),
]
