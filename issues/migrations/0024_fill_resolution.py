from __future__ import annotations

from django.db import migrations

_SQL = "UPDATE issues_issue SET resolution = 'now' WHERE status = 'resolved'"
_PROJECTS = (
    'UPDATE issues_reference SET project_id ='
    ' (SELECT i.project_id FROM issues_issue i WHERE i.id = issues_reference.issue_id)'
)


class Migration(migrations.Migration):

    dependencies = [
        ('issues', '0023_deciding'),
    ]

    operations = [
        migrations.RunSQL(_SQL, migrations.RunSQL.noop),
        migrations.RunSQL(_PROJECTS, migrations.RunSQL.noop),
    ]
