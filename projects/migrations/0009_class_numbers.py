from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [('projects', '0008_image_split')]

    operations = [
        migrations.AddField(
            model_name='project',
            name='last_class_number',
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
    ]
