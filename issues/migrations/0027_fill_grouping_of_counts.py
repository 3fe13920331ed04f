"""What was counted for an issue so far is counted for the oldest of its groupings."""
from __future__ import annotations

from django.db import migrations

TABLES = ('issuehour', 'issueday', 'issueperson', 'issuetag', 'issuetagkey', 'issuetext')
_FILL = (
    'UPDATE issues_{0} SET grouping_id = (SELECT MIN(g.id) FROM issues_grouping g'
    ' WHERE g.issue_id = issues_{0}.issue_id)'
)
# An issue without a grouping gets no events any more, and none of these pages finds it.
_DELETE = 'DELETE FROM issues_{0} WHERE grouping_id IS NULL'


class Migration(migrations.Migration):

    dependencies = [
        ('issues', '0026_grouping_of_counts'),
    ]

    operations = [
        migrations.RunSQL(statement.format(table), migrations.RunSQL.noop)
        for table in TABLES
        for statement in (_FILL, _DELETE)
    ]
