"""Addresses of image files."""

from django.urls import path

from projects.images.file_views import ImageFileView, ThumbView

urlpatterns = [
    path("images/<int:pk>/", ImageFileView.as_view(), name="file-image"),
    path("images/<int:pk>/thumb/", ThumbView.as_view(), name="file-thumb"),
]
