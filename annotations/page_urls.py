"""Addresses of the pages that need classes and boxes: gallery, new project, classes, export, editor, review wall."""

from django.urls import path

from annotations import pages, views
from annotations.gallery import pages as gallery

urlpatterns = [
    path("projects/new/", pages.project_new, name="project-new"),
    path("projects/<int:pk>/classes/", pages.class_new, name="class-new"),
    path("projects/<int:pk>/classes/<int:label>/", pages.class_change, name="class"),
    path("projects/<int:pk>/images/", gallery.images, name="images"),
    path("projects/<int:pk>/images/bulk/", gallery.images_bulk, name="images-bulk"),
    path("projects/<int:pk>/images/views/", gallery.view_save, name="view-save"),
    path("projects/<int:pk>/images/views/<int:view>/delete/", gallery.view_delete, name="view-delete"),
    path("projects/<int:pk>/export/", pages.export, name="export"),
    path("projects/<int:project_id>/review/", views.review, name="review"),
    path("images/<int:image_id>/", views.editor, name="editor"),
]
