"""Where everything is."""

from django.contrib import admin
from django.urls import include, path
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page
from django.views.i18n import JavaScriptCatalog

from labelhub.health import health

handler400 = "labelhub.requests.host.bad"
handler404 = "labelhub.requests.busy.not_found"
handler500 = "labelhub.requests.busy.server_fault"

# The words of the pages' scripts: asked for again with each page, sent again when they changed.
words = cache_control(private=True, no_cache=True)(conditional_page(JavaScriptCatalog.as_view()))

urlpatterns = [
    path("health", health, name="health"),
    path("admin/", admin.site.urls),
    path("accounts/", include("projects.people.account_urls")),
    path("jsi18n/", words, name="jsi18n"),
    path("api/", include("projects.api_urls")),
    path("api/", include("annotations.api_urls")),
    path("api/", include("training.api_urls")),
    path("api/", include("projects.web.docs_urls")),
    path("files/", include("projects.images.urls")),
    path("files/", include("annotations.files_urls")),
    path("", include("projects.urls")),
    path("", include("annotations.urls")),
    path("", include("training.urls")),
]
