"""Classes give back the keys that the editor uses itself: they were kept, and did nothing."""

from django.db import migrations

EDITOR_KEYS = "abcdefghijklmnprstvxz?+-=/0 "


def give_back(apps, schema_editor):
    classes = apps.get_model("annotations", "LabelClass").objects.using(schema_editor.connection.alias)
    classes.filter(hotkey__in=[*EDITOR_KEYS, *EDITOR_KEYS.upper()]).update(hotkey="")


class Migration(migrations.Migration):

    dependencies = [("annotations", "0009_suggestion_dropped")]
    operations = [migrations.RunPython(give_back, migrations.RunPython.noop, elidable=True)]
