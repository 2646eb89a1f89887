"""Searches for what looks alike are runs of a kind of their own; only the choices change."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("training", "0001_initial")]
    operations: ClassVar = [
        migrations.AlterField(
            model_name="run",
            name="kind",
            field=models.CharField(
                choices=[("autolabel", "Auto-label"), ("detect", "Detect"), ("similar", "More like this")], max_length=9
            ),
        )
    ]
