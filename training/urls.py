"""Addresses of the pages of runs and models."""

from django.urls import path

from training import compare_page, views

urlpatterns = [
    path("projects/<int:pk>/runs/", views.runs, name="runs"),
    path("projects/<int:pk>/runs/new/", views.run_new, name="run-new"),
    path("projects/<int:pk>/runs/compare/", compare_page.compare, name="run-compare"),
    path("projects/<int:pk>/detect/", views.detect, name="detect"),
    path("projects/<int:pk>/models/", views.models, name="models"),
    path("runs/<int:pk>/", views.run, name="run"),
    path("runs/<int:pk>/<str:do>/", views.run_verb, name="run-verb"),
    path("models/<int:pk>/", views.model, name="model"),
    path("models/<int:pk>/shots/<uuid:box>/<str:do>/", views.shot_verb, name="shot-verb"),
]
