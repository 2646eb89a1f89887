from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0020_user_groups'),
    ]

    operations = [
        migrations.AlterField(
            model_name='notification',
            name='kind',
            field=models.CharField(choices=[('assigned', 'Images are given to you'), ('returned', 'Your work is returned'), ('mentioned', 'Somebody mentions you in a comment'), ('group', 'A group brings you into a project'), ('run_finished', 'A run that you started ends'), ('import_finished', 'An import of yours ends'), ('export_finished', 'An export of yours ends')], max_length=16, verbose_name='kind'),
        ),
    ]
