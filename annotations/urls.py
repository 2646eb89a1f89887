"""Addresses of the pages that need classes and boxes: gallery, new project, classes, export, jobs, editor, review."""

from django.urls import path, re_path

from annotations.box_grid import views as grid_views
from annotations.boxes import views as boxes_views
from annotations.bulk_edits import views as edits_views
from annotations.classes import views as classes_views
from annotations.classes.attribute_pages import class_attributes
from annotations.comments import views as comments_views
from annotations.exports import views as exports_views
from annotations.gallery import views as gallery
from annotations.guidelines import views as guidelines_views
from annotations.imports import views as imports_views
from annotations.label_errors import views as errors_views
from annotations.quality import views as quality_views
from annotations.review import views as review_views
from annotations.splits import views as splits_views
from annotations.tags import views as tags_views
from annotations.versions import views as versions_views
from annotations.work import views as work_views

urlpatterns = [
    path("projects/new/", classes_views.project_new, name="project-new"),
    path("projects/<int:pk>/tags/", tags_views.tag_new, name="tag-new"),
    path("projects/<int:pk>/tags/merge/", tags_views.tag_merge, name="tag-merge"),
    path("projects/<int:pk>/tags/<int:tag>/", tags_views.tag_change, name="tag"),
    path("projects/<int:pk>/classes/", classes_views.class_new, name="class-new"),
    path("projects/<int:pk>/classes/<int:label>/", classes_views.class_change, name="class"),
    path("projects/<int:pk>/classes/<int:label>/attributes/", class_attributes, name="class-attributes"),
    path("projects/<int:pk>/images/", gallery.images, name="images"),
    path("projects/<int:pk>/images/bulk/", gallery.images_bulk, name="images-bulk"),
    path("projects/<int:pk>/images/views/", gallery.view_save, name="view-save"),
    path("projects/<int:pk>/images/views/<int:view>/delete/", gallery.view_delete, name="view-delete"),
    path("projects/<int:pk>/boxes/", grid_views.boxes, name="boxes"),
    path("projects/<int:pk>/boxes/changes/", edits_views.bulk_edits, name="bulk-edits"),
    path("projects/<int:pk>/boxes/changes/new/", edits_views.bulk_edit_new, name="bulk-edit-new"),
    path("projects/<int:pk>/boxes/changes/<int:edit>/undo/", edits_views.bulk_edit_undo, name="bulk-edit-undo"),
    path("projects/<int:pk>/boxes/changes/<int:edit>/cancel/", edits_views.bulk_edit_cancel, name="bulk-edit-cancel"),
    path("projects/<int:pk>/label-errors/", errors_views.label_errors, name="label-errors"),
    path("projects/<int:pk>/jobs/", work_views.jobs, name="work"),
    path("projects/<int:pk>/jobs/make/", work_views.make, name="work-make"),
    path("projects/<int:pk>/jobs/new/", work_views.new, name="work-new"),
    path("projects/<int:pk>/jobs/next/", work_views.take_next, name="work-next"),
    path("projects/<int:pk>/jobs/review/", work_views.review, name="work-review"),
    path("projects/<int:pk>/jobs/<int:job>/", work_views.job, name="work-job"),
    path("projects/<int:pk>/jobs/<int:job>/settle/", quality_views.settle, name="work-settle"),
    path("projects/<int:pk>/jobs/<int:job>/settle/change/", quality_views.settle_change, name="work-settle-change"),
    path("projects/<int:pk>/jobs/<int:job>/go-on/", quality_views.go_on, name="work-go-on"),
    path("projects/<int:pk>/jobs/<int:job>/change/", work_views.change, name="work-job-change"),
    path("projects/<int:pk>/guidelines/", guidelines_views.guidelines, name="guidelines"),
    path("projects/<int:pk>/guidelines/edit/", guidelines_views.guideline_edit, name="guideline-edit"),
    path("projects/<int:pk>/guidelines/read/", guidelines_views.guidelines_read, name="guidelines-read"),
    path(
        "projects/<int:pk>/guidelines/examples/<int:example>/remove/",
        guidelines_views.example_remove,
        name="example-remove",
    ),
    path("projects/<int:pk>/comments/", comments_views.comments, name="comments"),
    path("projects/<int:pk>/comments/<int:comment>/", comments_views.comment_resolve, name="comment-resolve"),
    path("projects/<int:pk>/splits/", splits_views.splits, name="splits"),
    path("projects/<int:pk>/splits/divide/", splits_views.divide, name="splits-divide"),
    path("projects/<int:pk>/splits/undo/<int:change>/", splits_views.undo, name="splits-undo"),
    path("projects/<int:pk>/splits/cancel/<int:change>/", splits_views.cancel, name="splits-cancel"),
    path("projects/<int:pk>/import/", imports_views.imports, name="imports"),
    path("projects/<int:pk>/import/new/", imports_views.import_addresses, name="import-new"),
    path("projects/<int:pk>/import/<int:job>/", imports_views.label_import, name="import"),
    re_path(
        r"^projects/(?P<pk>\d+)/import/(?P<job>\d+)/(?P<verb>start|fetch|cancel|undo)/$",
        imports_views.import_verb,
        name="import-verb",
    ),
    path("projects/<int:pk>/export/", exports_views.export, name="export"),
    path("projects/<int:pk>/versions/", versions_views.versions, name="versions"),
    path("projects/<int:pk>/versions/new/", versions_views.version_new, name="version-new"),
    path("projects/<int:pk>/versions/compare/", versions_views.version_compare, name="version-compare"),
    path("projects/<int:pk>/versions/<int:version>/", versions_views.version, name="version"),
    path(
        "projects/<int:pk>/versions/<int:version>/now/", versions_views.version_compare_now, name="version-compare-now"
    ),
    path("projects/<int:pk>/versions/<int:version>/restore/", versions_views.version_restore, name="version-restore"),
    path("projects/<int:pk>/restores/<int:restore>/", versions_views.restore, name="restore"),
    path("projects/<int:pk>/restores/<int:restore>/undo/", versions_views.restore_undo, name="restore-undo"),
    path("projects/<int:pk>/export/<int:job>/cancel/", exports_views.export_cancel, name="export-cancel"),
    path("projects/<int:pk>/export/<int:job>/delete/", exports_views.export_delete, name="export-delete"),
    path("projects/<int:project_id>/review/", review_views.review, name="review"),
    path("images/<int:image_id>/", boxes_views.editor, name="editor"),
]
