from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def leave_room(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    # Each batch updates a row: room on its page keeps that out of the index.
    if editor.connection.vendor == "postgresql":
        editor.execute("ALTER TABLE issues_usage SET (autovacuum_vacuum_threshold = 200, fillfactor = 50)")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_limits"), ("issues", "0009_grouping_key_beginning")]

    operations = [
        migrations.CreateModel(
            name="Usage",
            fields=[
                (
                    "project",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="usage",
                        serialize=False,
                        to="accounts.project",
                    ),
                ),
                ("event_count", models.BigIntegerField(db_default=0, default=0)),
                ("event_bytes", models.BigIntegerField(db_default=0, default=0)),
                ("attachment_count", models.BigIntegerField(db_default=0, default=0)),
                ("attachment_bytes", models.BigIntegerField(db_default=0, default=0)),
                ("report_count", models.BigIntegerField(db_default=0, default=0)),
                ("report_bytes", models.BigIntegerField(db_default=0, default=0)),
                ("issue_count", models.BigIntegerField(db_default=0, default=0)),
                ("issue_bytes", models.BigIntegerField(db_default=0, default=0)),
                ("tag_count", models.BigIntegerField(db_default=0, default=0)),
                ("tag_bytes", models.BigIntegerField(db_default=0, default=0)),
                ("session_count", models.BigIntegerField(db_default=0, default=0)),
                ("session_bytes", models.BigIntegerField(db_default=0, default=0)),
                ("check_in_count", models.BigIntegerField(db_default=0, default=0)),
                ("check_in_bytes", models.BigIntegerField(db_default=0, default=0)),
                ("recounted_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.RunPython(leave_room, migrations.RunPython.noop),
    ]
