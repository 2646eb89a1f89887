import django.db.models.deletion
import training.models
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('training', '0001_initial'), ('training', '0002_run_kind_similar'), ('training', '0003_shots_and_memory'), ('training', '0004_words'), ('training', '0005_class_models_in_use'), ('training', '0006_predictions'), ('training', '0007_dataset_version'), ('training', '0008_converted_models')]

    initial = True

    dependencies = [
        ('annotations', '0016_imports'),
        ('projects', '0009_class_numbers'),
    ]

    operations = [
        migrations.CreateModel(
            name='AutomaticLabelling',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seen', models.PositiveBigIntegerField(default=0, verbose_name='last image seen')),
                ('at', models.DateTimeField(auto_now_add=True, verbose_name='when')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='switched on by')),
                ('project', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='automatic_labelling', to='projects.project', verbose_name='project')),
            ],
            options={
                'verbose_name': 'automatic labelling',
                'verbose_name_plural': 'automatic labelling',
            },
        ),
        migrations.CreateModel(
            name='LeftOut',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('box', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='left_out', to='annotations.box')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('label', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='left_out', to='annotations.labelclass')),
            ],
            options={
                'verbose_name': 'shot left out',
                'verbose_name_plural': 'shots left out',
            },
        ),
        migrations.CreateModel(
            name='ModelVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('fewshot', 'Few-shot class model'), ('detector', 'Trained detector')], max_length=8, verbose_name='kind')),
                ('name', models.CharField(max_length=160, verbose_name='name')),
                ('version', models.PositiveIntegerField(verbose_name='version')),
                ('classes', models.JSONField(default=list, verbose_name='classes')),
                ('file', models.FileField(max_length=300, upload_to=training.models._model_path, verbose_name='file')),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('bytes', models.PositiveBigIntegerField(verbose_name='size')),
                ('shots', models.PositiveIntegerField(default=0, verbose_name='boxes learned from')),
                ('metrics', models.JSONField(default=dict, verbose_name='figures')),
                ('details', models.JSONField(default=dict, verbose_name='details')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('dataset_version', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='models', to='annotations.datasetversion', verbose_name='labels learned from')),
                ('label', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='models', to='annotations.labelclass', verbose_name='class')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='models', to='projects.project', verbose_name='project')),
            ],
            options={
                'verbose_name': 'model version',
                'verbose_name_plural': 'model versions',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Promotion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(auto_now_add=True, verbose_name='when')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='promoted by')),
                ('label', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='promotions', to='annotations.labelclass', verbose_name='class')),
                ('model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='promotions', to='training.modelversion', verbose_name='model version')),
            ],
            options={
                'verbose_name': 'promotion',
                'verbose_name_plural': 'promotions',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='number')),
                ('key', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('autolabel', 'Auto-label'), ('detect', 'Detect'), ('similar', 'More like this'), ('predict', 'Label with a model'), ('export', 'Convert a detector')], max_length=9, verbose_name='kind')),
                ('state', models.CharField(choices=[('queued', 'Queued'), ('running', 'Running'), ('cancelling', 'Cancelling'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='queued', max_length=10, verbose_name='state')),
                ('params', models.JSONField(default=dict, verbose_name='settings')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='started')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished')),
                ('stage', models.CharField(blank=True, max_length=20, verbose_name='stage')),
                ('percent', models.FloatField(default=0, verbose_name='percent')),
                ('eta_s', models.FloatField(blank=True, null=True, verbose_name='seconds left')),
                ('error_code', models.CharField(blank=True, max_length=40, verbose_name='error code')),
                ('error_text', models.TextField(blank=True, verbose_name='error')),
                ('result', models.JSONField(default=dict, verbose_name='result')),
                ('last_seq', models.PositiveIntegerField(default=0)),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                ('worker', models.CharField(blank=True, max_length=120, verbose_name='worker')),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('batch', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='run', to='annotations.suggestionbatch')),
                ('classes', models.ManyToManyField(related_name='runs', to='annotations.labelclass', verbose_name='classes')),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='created by')),
                ('dataset', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='runs', to='projects.dataset', verbose_name='dataset')),
                ('dataset_version', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='annotations.datasetversion', verbose_name='labels learned from')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='projects.project', verbose_name='project')),
            ],
            options={
                'verbose_name': 'run',
                'verbose_name_plural': 'runs',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['state', 'id'], name='training_ru_state_b06f94_idx')],
                'constraints': [models.UniqueConstraint(fields=('project', 'number'), name='run_number_in_project')],
            },
        ),
        migrations.AddField(
            model_name='modelversion',
            name='run',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='models', to='training.run', verbose_name='run'),
        ),
        migrations.CreateModel(
            name='RunEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seq', models.PositiveIntegerField(verbose_name='sequence')),
                ('kind', models.CharField(max_length=16, verbose_name='kind')),
                ('payload', models.JSONField(default=dict, verbose_name='what it said')),
                ('at', models.DateTimeField(auto_now_add=True, verbose_name='when')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='training.run', verbose_name='run')),
            ],
            options={
                'ordering': ['seq'],
                'verbose_name': 'run event',
                'verbose_name_plural': 'run events',
                'constraints': [models.UniqueConstraint(fields=('run', 'seq'), name='event_seq_in_run')],
            },
        ),
        migrations.CreateModel(
            name='ConvertedModel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('format', models.CharField(choices=[('onnx', 'ONNX'), ('openvino', 'OpenVINO')], max_length=8, verbose_name='format')),
                ('file', models.FileField(max_length=300, upload_to=training.models._converted_path, verbose_name='file')),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('bytes', models.PositiveBigIntegerField(verbose_name='size')),
                ('details', models.JSONField(default=dict, verbose_name='details')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='converted', to='training.modelversion', verbose_name='model version')),
            ],
            options={
                'verbose_name': 'converted model',
                'verbose_name_plural': 'converted models',
                'ordering': ['format'],
                'constraints': [models.UniqueConstraint(fields=('model', 'format'), name='converted_model_once')],
            },
        ),
        migrations.CreateModel(
            name='Prediction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('asked', models.JSONField(default=list, verbose_name='models')),
                ('file', models.FileField(max_length=300, upload_to=training.models._picture_path, verbose_name='file')),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('taken', 'Taken'), ('answered', 'Answered')], default='waiting', max_length=8, verbose_name='state')),
                ('answer', models.JSONField(default=dict, verbose_name='answer')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='created by')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='predictions', to='projects.project', verbose_name='project')),
            ],
            options={
                'verbose_name': 'prediction',
                'verbose_name_plural': 'predictions',
                'ordering': ['id'],
                'indexes': [models.Index(fields=['state', 'id'], name='training_pr_state_01e7e2_idx')],
            },
        ),
        migrations.AddConstraint(
            model_name='modelversion',
            constraint=models.UniqueConstraint(fields=('project', 'kind', 'name', 'version'), name='model_version_once'),
        ),
    ]
