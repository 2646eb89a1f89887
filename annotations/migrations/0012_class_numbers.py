"""Classes get the numbers that exports have written for them so far: their place in the project, from 1."""

from django.db import migrations, models


def number(apps, schema_editor):
    using = schema_editor.connection.alias
    classes = apps.get_model("annotations", "LabelClass").objects.using(using)
    projects = apps.get_model("projects", "Project").objects.using(using)
    last = {}
    rows = list(classes.order_by("project", "position", "id").only("project"))
    for row in rows:
        row.number = last[row.project_id] = last.get(row.project_id, 0) + 1
    classes.bulk_update(rows, ["number"], batch_size=500)
    for project, count in last.items():
        projects.filter(pk=project).update(last_class_number=count)


class Migration(migrations.Migration):

    dependencies = [('annotations', '0011_history_of_splits'), ('projects', '0009_class_numbers')]

    operations = [
        migrations.AddField(
            model_name='labelclass',
            name='number',
            field=models.PositiveIntegerField(editable=False, null=True, verbose_name='number'),
        ),
        migrations.RunPython(number, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            model_name='labelclass',
            name='number',
            field=models.PositiveIntegerField(editable=False, verbose_name='number'),
        ),
        migrations.AddConstraint(
            model_name='labelclass',
            constraint=models.UniqueConstraint(fields=['project', 'number'], name='class_number_in_project'),
        ),
    ]
