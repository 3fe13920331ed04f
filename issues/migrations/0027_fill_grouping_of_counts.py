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
# It has all events of its issue then, as far as anybody knows; any other has none. An older version merged these issues.
_COUNTED = (
    'UPDATE issues_grouping SET is_counted = TRUE WHERE EXISTS (SELECT 1 FROM issues_grouping g'
    ' WHERE g.issue_id = issues_grouping.issue_id AND g.id < issues_grouping.id)'
)


class Migration(migrations.Migration):

    dependencies = [
        ('issues', '0026_grouping_of_counts'),
    ]

    operations = [
        migrations.RunSQL(statement.format(table), migrations.RunSQL.noop)
        for table in TABLES
        for statement in (_FILL, _DELETE)
    ] + [migrations.RunSQL(_COUNTED, migrations.RunSQL.noop)]
