"""Addresses of the pages that need classes and boxes: new project, classes, export, editor, review wall."""

from django.urls import path

from annotations import pages, views

urlpatterns = [
    path("projects/new/", pages.project_new, name="project-new"),
    path("projects/<int:pk>/classes/", pages.class_new, name="class-new"),
    path("projects/<int:pk>/classes/<int:label>/", pages.class_change, name="class"),
    path("projects/<int:pk>/export/", pages.export, name="export"),
    path("projects/<int:project_id>/review/", views.review, name="review"),
    path("images/<int:image_id>/", views.editor, name="editor"),
]
