"""Exports, restores and divisions into splits become jobs of one kind. Divisions that are there have ended."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

STATES = [("queued", "Queued"), ("running", "Running"), ("done", "Done"), ("failed", "Failed"), ("cancelled", "Cancelled")]


def lease() -> models.Field:
    return models.CharField(blank=True, max_length=32)


def count(name: str) -> models.Field:
    return models.PositiveIntegerField(default=0, verbose_name=name)


def attempts() -> models.Field:
    return models.PositiveSmallIntegerField(default=0, verbose_name="attempts")


def state(default: str = "queued") -> models.Field:
    return models.CharField(choices=STATES, default=default, max_length=9, verbose_name="state")


def person(**more: str) -> models.Field:
    return models.ForeignKey(
        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, **more
    )


class Migration(migrations.Migration):
    dependencies = [("annotations", "0016_imports"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.AddField("export", "lease", lease()),
        migrations.AddField("restore", "attempts", attempts()),
        migrations.AddField("restore", "lease", lease()),
        migrations.AlterField("restore", "state", state()),
        migrations.RenameField("splitchange", "by", "created_by"),
        migrations.RenameField("splitchange", "at", "created_at"),
        migrations.AlterField("splitchange", "created_by", person(verbose_name="created by")),
        migrations.AlterField("splitchange", "created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
        migrations.AddField("splitchange", "updated_at", models.DateTimeField(auto_now=True, default=django.utils.timezone.now), preserve_default=False),
        migrations.AddField("splitchange", "state", state("done")),
        migrations.AlterField("splitchange", "state", state()),
        migrations.AddField("splitchange", "step", models.CharField(choices=[("divide", "Dividing"), ("undo", "Undoing")], default="divide", max_length=6)),
        migrations.AddField("splitchange", "done", count("done")),
        migrations.AddField("splitchange", "total", count("total")),
        migrations.AddField("splitchange", "attempts", attempts()),
        migrations.AddField("splitchange", "lease", lease()),
        migrations.AddField("splitchange", "problem", models.CharField(blank=True, max_length=500, verbose_name="problem")),
        migrations.AddField("splitchange", "undone_by", person()),
    ]
