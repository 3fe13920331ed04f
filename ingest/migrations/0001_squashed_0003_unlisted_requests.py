"""All migrations so far in one: a new database is ready sooner. One that exists goes on with the single ones."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('ingest', '0001_initial'), ('ingest', '0002_installation_quota'), ('ingest', '0003_unlisted_requests')]

    initial = True

    dependencies = [
        ('accounts', '0009_teams_and_grouping'),
    ]

    operations = [
        migrations.CreateModel(
            name='InboundFilters',
            fields=[
                ('project', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='filters', serialize=False, to='accounts.project')),
                ('browser_extensions', models.BooleanField(default=False)),
                ('legacy_browsers', models.BooleanField(default=False)),
                ('localhost', models.BooleanField(default=False)),
                ('web_crawlers', models.BooleanField(default=False)),
                ('error_messages', models.TextField(blank=True)),
                ('releases', models.TextField(blank=True)),
                ('allowed_origins', models.TextField(blank=True)),
                ('blocked_addresses', models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name='InstallationQuota',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('exceeded_until', models.DateTimeField(null=True)),
                ('exceeded_reason', models.CharField(blank=True, max_length=32)),
                ('unchecked_events', models.PositiveBigIntegerField(default=0)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='installation_quota_one_row')],
            },
        ),
        migrations.CreateModel(
            name='IntakeRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('project', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='requests', to='accounts.project')),
                ('received_at', models.DateTimeField()),
                ('endpoint', models.CharField(max_length=32)),
                ('status', models.PositiveSmallIntegerField()),
                ('reason', models.CharField(blank=True, max_length=64)),
                ('detail', models.JSONField(default=dict)),
                ('client', models.CharField(blank=True, max_length=128)),
                ('origin', models.CharField(blank=True, max_length=255)),
                ('remote_addr', models.CharField(blank=True, max_length=64)),
                ('event_id', models.UUIDField(null=True)),
                ('unlisted', models.PositiveBigIntegerField(db_default=0, default=0)),
            ],
            options={
                'indexes': [models.Index(fields=['project', '-received_at', '-id'], name='intake_request_latest')],
            },
        ),
        migrations.CreateModel(
            name='OutcomeCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('project', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='outcomes', to='accounts.project')),
                ('minute', models.PositiveIntegerField()),
                ('category', models.CharField(max_length=32)),
                ('outcome', models.CharField(max_length=32)),
                ('reason', models.CharField(blank=True, max_length=64)),
                ('quantity', models.PositiveBigIntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('project', 'minute', 'category', 'outcome', 'reason'), name='outcome_count_unique')],
            },
        ),
        migrations.CreateModel(
            name='SegmentProgress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('segment', models.CharField(max_length=128)),
                ('project_id', models.PositiveBigIntegerField()),
                ('done', models.PositiveIntegerField()),
                ('at', models.DateTimeField(db_index=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('segment', 'project_id'), name='segment_progress_unique')],
            },
        ),
    ]
