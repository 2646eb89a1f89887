"""Addresses of crops."""

from django.urls import path

from annotations.boxes.crops import BoxCropView, ImageCropView, SuggestionCropView

urlpatterns = [
    path("suggestions/<int:pk>/crop/", SuggestionCropView.as_view(), name="file-suggestion-crop"),
    path("images/<int:pk>/crop/", ImageCropView.as_view(), name="file-image-crop"),
    path("boxes/<uuid:pk>/crop/", BoxCropView.as_view(), name="file-box-crop"),
]
