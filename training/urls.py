"""Addresses of the pages of runs and models, and of a project's home, which tells of them."""

from django.urls import path

from training import compare_page, similar_views, views
from training.home import views as home

urlpatterns = [
    path("sample/", home.sample_new, name="sample-new"),
    path("projects/<int:pk>/", home.home, name="project"),
    path("projects/<int:pk>/next/", home.next_image, name="next-image"),
    path("projects/<int:pk>/autolabel/", home.autolabel_now, name="autolabel-now"),
    path("projects/<int:pk>/runs/", views.runs, name="runs"),
    path("projects/<int:pk>/runs/new/", views.run_new, name="run-new"),
    path("projects/<int:pk>/runs/compare/", compare_page.compare, name="run-compare"),
    path("projects/<int:pk>/detect/", views.detect, name="detect"),
    path("projects/<int:pk>/models/", views.models, name="models"),
    path("runs/<int:pk>/", views.run, name="run"),
    path("projects/<int:pk>/similar/", similar_views.start, name="similar-start"),
    path("runs/<int:pk>/similar/", similar_views.show, name="similar"),
    path("runs/<int:pk>/<str:do>/", views.run_verb, name="run-verb"),
    path("models/<int:pk>/", views.model, name="model"),
    path("models/<int:pk>/shots/<uuid:box>/<str:do>/", views.shot_verb, name="shot-verb"),
]
