"""The admin console over classes, boxes, their history, suggestions, versions, and work that people and workers do."""

from annotations.admin import datasets, jobs, labels, versions, work  # noqa: F401
