"""All migrations so far in one: a new database is ready sooner. One that exists goes on with the single ones."""

import accounts.models.project
import django.db.models.deletion
import django.db.models.functions.text
import rustrak.lib.clock
import rustrak.lib.text.folded_field
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('accounts', '0001_initial'), ('accounts', '0002_login_failure'), ('accounts', '0003_limits'), ('accounts', '0004_people'), ('accounts', '0005_project_names_without_case'), ('accounts', '0006_former_slug_and_advice'), ('accounts', '0007_alerts_set_up'), ('accounts', '0008_is_indexed'), ('accounts', '0009_teams_and_grouping')]

    initial = True

    dependencies = [
        ('auth', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=64)),
                ('at', models.DateTimeField(db_index=True)),
            ],
            options={
                'indexes': [models.Index(fields=['key', 'at'], name='attempt_by_key')],
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('email', models.EmailField(max_length=254)),
                ('name', models.CharField(blank=True, max_length=100)),
                ('is_active', models.BooleanField(default=True)),
                ('is_staff', models.BooleanField(default=False)),
                ('date_joined', models.DateTimeField(default=rustrak.lib.clock.now, editable=False)),
                ('theme', models.CharField(choices=[('system', 'System'), ('light', 'Light'), ('dark', 'Dark')], default='system', max_length=6)),
                ('single_key_shortcuts', models.BooleanField(default=True)),
                ('sign_in_key', models.CharField(blank=True, editable=False, max_length=32)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='user_email_unique')],
            },
        ),
        migrations.CreateModel(
            name='ApiToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='api_tokens', to=settings.AUTH_USER_MODEL)),
                ('description', models.CharField(blank=True, max_length=200)),
                ('prefix', models.CharField(editable=False, max_length=8)),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('created_at', models.DateTimeField(default=rustrak.lib.clock.now, editable=False)),
                ('last_used_at', models.DateTimeField(editable=False, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Project',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('name_folded', rustrak.lib.text.folded_field.FoldedField(blank=True, editable=False, of=('name',))),
                ('slug', models.SlugField(unique=True)),
                ('platform', models.CharField(blank=True, max_length=32)),
                ('sentry_key', models.CharField(default=accounts.models.project.new_sentry_key, max_length=32, unique=True)),
                ('created_at', models.DateTimeField(default=rustrak.lib.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(default=rustrak.lib.clock.now, editable=False)),
                ('last_digest_order', models.PositiveBigIntegerField(default=0, editable=False)),
                ('digested_event_count', models.PositiveBigIntegerField(default=0, editable=False)),
                ('stored_event_count', models.PositiveBigIntegerField(default=0, editable=False)),
                ('max_events_per_minute', models.PositiveIntegerField(blank=True, null=True)),
                ('max_events_per_hour', models.PositiveIntegerField(blank=True, null=True)),
                ('retain_days', models.PositiveIntegerField(blank=True, null=True)),
                ('retain_events', models.PositiveIntegerField(blank=True, null=True)),
                ('noisy_issue_percent', models.PositiveSmallIntegerField(default=0)),
                ('quota_exceeded_until', models.DateTimeField(editable=False, null=True)),
                ('quota_exceeded_reason', models.CharField(blank=True, editable=False, max_length=32)),
                ('next_quota_check', models.PositiveBigIntegerField(default=0, editable=False)),
                ('advice_closed', models.BooleanField(db_default=False, default=False, editable=False)),
                ('alerts_set_up', models.BooleanField(db_default=False, default=False, editable=False)),
                ('is_indexed', models.BooleanField(db_default=True, default=True, editable=False)),
                ('text_version', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                ('grouping', models.CharField(choices=[('classic', 'Classic'), ('smart', 'Smart')], db_default='classic', default='classic', max_length=8)),
                ('former_grouping', models.CharField(blank=True, choices=[('classic', 'Classic'), ('smart', 'Smart')], db_default='', editable=False, max_length=8)),
                ('grouping_changed_at', models.DateTimeField(editable=False, null=True)),
                ('fingerprint_rules_version', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                ('ownership_version', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                ('deleting_at', models.DateTimeField(editable=False, null=True)),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='created_projects', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('name_folded',), name='project_name_unique'), models.CheckConstraint(condition=models.Q(('sentry_key__regex', '^[0-9a-f]{32}$')), name='project_sentry_key_hex'), models.CheckConstraint(condition=models.Q(('noisy_issue_percent__lte', 100)), name='project_noisy_issue_percent_at_most_100'), models.CheckConstraint(condition=models.Q(('former_grouping__in', ['', 'classic', 'smart']), ('grouping__in', ['classic', 'smart'])), name='project_grouping_known')],
            },
        ),
        migrations.CreateModel(
            name='SignIn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sign_ins', to=settings.AUTH_USER_MODEL)),
                ('session_key', models.CharField(max_length=40, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name='Team',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=50)),
                ('name_folded', rustrak.lib.text.folded_field.FoldedField(blank=True, editable=False, of=('name',))),
                ('slug', models.SlugField(unique=True)),
                ('created_at', models.DateTimeField(default=rustrak.lib.clock.now, editable=False)),
                ('members', models.ManyToManyField(related_name='teams', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('name_folded',), name='team_name_unique')],
            },
        ),
        migrations.CreateModel(
            name='FormerSlug',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(unique=True)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='former_slugs', to='accounts.project')),
            ],
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                ('email', models.EmailField(blank=True, editable=False, max_length=254)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='accounts.project')),
                ('role', models.CharField(choices=[('member', 'Member'), ('admin', 'Admin')], default='member', max_length=6)),
                ('created_at', models.DateTimeField(default=rustrak.lib.clock.now, editable=False)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'project'), name='membership_unique'), models.UniqueConstraint(condition=models.Q(('email', ''), _negated=True), fields=('project', 'email'), name='membership_email_unique'), models.CheckConstraint(condition=models.Q(('role__in', ['member', 'admin'])), name='membership_role_known'), models.CheckConstraint(condition=models.Q(('user__isnull', False), models.Q(('email', ''), _negated=True), _connector='OR'), name='membership_has_a_person')],
            },
        ),
        migrations.AddField(
            model_name='Project',
            name='members',
            field=models.ManyToManyField(related_name='projects', through='accounts.Membership', to=settings.AUTH_USER_MODEL),
        ),
    ]
