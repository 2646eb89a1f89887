"""What the upload dialog of a page has to know."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from projects.models import Dataset, Import


def upload_data(datasets: list[Dataset], chosen: Dataset | None) -> dict[str, Any]:
    ids = [dataset.pk for dataset in datasets]
    live = Import.objects.filter(dataset__in=ids, state__in=[Import.State.QUEUED, Import.State.RUNNING])
    return {
        "dataset": (chosen or datasets[0]).pk if datasets else None,
        "max_mb": settings.UPLOAD_MAX_BYTES // 2**20,
        "imports": list(live.values_list("pk", flat=True)),
    }
