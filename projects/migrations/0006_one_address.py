"""Forgets the addresses that allauth kept beside a person's own: they signed in whoever an administrator had given another."""

from django.db import migrations


def forget(apps, schema_editor):
    apps.get_model("account", "EmailAddress").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("projects", "0005_words"), ("account", "0009_emailaddress_unique_primary_email")]

    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]
