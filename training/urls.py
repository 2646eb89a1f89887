"""Addresses of the pages of runs and models, and of those that tell of them: the list of projects, and a project's
home.
"""

from django.urls import path

from training.dashboard import project_list
from training.dashboard import views as home
from training.model_versions import comparison_view as models_compared
from training.model_versions import views as model_versions_views
from training.predictions import views as predictions_views
from training.quality import views as quality_views
from training.reports import views as reports_views
from training.runs import comparison_view
from training.runs import views as runs_views
from training.search import views as search_views

urlpatterns = [
    path("", project_list.projects, name="projects"),
    path("sample/", home.sample_new, name="sample-new"),
    path("projects/<int:pk>/", home.home, name="project"),
    path("projects/<int:pk>/next/", home.next_image, name="next-image"),
    path("projects/<int:pk>/autolabel/", home.autolabel_now, name="autolabel-now"),
    path("projects/<int:pk>/progress/", reports_views.report, name="report"),
    path("projects/<int:pk>/progress/mine/", quality_views.mine, name="report-mine"),
    path("projects/<int:pk>/progress/<slug:table>.csv", reports_views.report_table, name="report-table"),
    path("projects/<int:pk>/quality/", quality_views.quality, name="quality"),
    path("projects/<int:pk>/quality/checks/", quality_views.check_images, name="check-images"),
    path("projects/<int:pk>/quality/<slug:table>.csv", quality_views.quality_table, name="quality-table"),
    path("projects/<int:pk>/runs/", runs_views.runs, name="runs"),
    path("projects/<int:pk>/runs/new/", runs_views.run_new, name="run-new"),
    path("projects/<int:pk>/runs/compare/", comparison_view.compare, name="run-compare"),
    path("projects/<int:pk>/detect/", runs_views.detect, name="detect"),
    path("projects/<int:pk>/check/", runs_views.check_labels, name="check-labels"),
    path("projects/<int:pk>/predict/", predictions_views.predict, name="predict"),
    path("projects/<int:pk>/automatic-labelling/", predictions_views.automatic_labelling, name="automatic-labelling"),
    path("projects/<int:pk>/models/", model_versions_views.models, name="models"),
    path("projects/<int:pk>/models/import/", model_versions_views.model_import, name="model-import"),
    path("projects/<int:pk>/models/compare/", models_compared.compare, name="model-compare"),
    path("runs/<int:pk>/", runs_views.run, name="run"),
    path("projects/<int:pk>/similar/", search_views.start, name="similar-start"),
    path("runs/<int:pk>/similar/", search_views.show, name="similar"),
    path("runs/<int:pk>/<str:do>/", runs_views.run_verb, name="run-verb"),
    path("models/<int:pk>/", model_versions_views.model, name="model"),
    path("models/<int:pk>/convert/<str:form>/", runs_views.convert, name="model-convert"),
    path("models/<int:pk>/delete/", model_versions_views.delete, name="model-delete"),
    path("models/<int:pk>/<str:do>/", model_versions_views.model_verb, name="model-verb"),
    path("models/<int:pk>/shots/<uuid:box>/<str:do>/", model_versions_views.shot_verb, name="shot-verb"),
]
