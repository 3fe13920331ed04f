from __future__ import annotations

from django.db import migrations

_SQL = "UPDATE issues_issue SET resolution = 'now' WHERE status = 'resolved'"


class Migration(migrations.Migration):

    dependencies = [
        ('issues', '0023_deciding'),
    ]

    operations = [
        migrations.RunSQL(_SQL, migrations.RunSQL.noop),
    ]
