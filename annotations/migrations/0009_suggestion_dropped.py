from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotations", "0008_history_stays")]

    operations = [
        migrations.AlterField(
            model_name="suggestion",
            name="state",
            field=models.CharField(
                choices=[
                    ("pending", "Pending"),
                    ("accepted", "Accepted"),
                    ("rejected", "Rejected"),
                    ("withdrawn", "Withdrawn"),
                    ("dropped", "Below the threshold"),
                ],
                default="pending",
                max_length=9,
                verbose_name="state",
            ),
        ),
    ]
