"""Jobs that a project's images are handed out in: to look at; who leads a project makes and changes them there."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from annotations.models import WorkImage, WorkJob
from projects.web.admin import ReadOnlyAdmin


@admin.register(WorkJob)
class WorkJobAdmin(ReadOnlyAdmin):
    list_display = ("id", "name", "project", "assignee", "image_total", "final_total", "priority", "due", "created_at")
    list_display_links = ("id", "name")
    list_select_related = ("project", "assignee")
    list_filter = ("priority", ("assignee", admin.EmptyFieldListFilter))
    search_fields = ("name", "=id", "project__name", "assignee__email")
    search_help_text = _("Name, number, project or e-mail address")
    fields = ("project", "name", "assignee", "classes", "priority", "due", "created_by", "created_at")

    def look_up(self, rows: list[Any]) -> None:
        counted = WorkImage.objects.filter(job__in=[row.pk for row in rows]).order_by().values_list("job")
        final = Count("pk", filter=Q(state=WorkImage.State.FINAL))
        counts = {job: (n, done) for job, n, done in counted.annotate(n=Count("pk"), done=final)}
        for row in rows:
            row.image_count, row.final_count = counts.get(row.pk, (0, 0))

    @admin.display(description=_("images"))
    def image_total(self, job: WorkJob) -> int:
        return int(job.image_count)

    @admin.display(description=_("Final"))
    def final_total(self, job: WorkJob) -> int:
        return int(job.final_count)
