from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import django.db.models.deletion
from django.db import migrations, models

before = importlib.import_module('issues.migrations.0026_grouping_of_counts')
text_index = importlib.import_module('issues.migrations.0021_text_index')

# Table, the old constraint and index, the columns of the new ones.
TABLES = (
    ('issuehour', 'issue_hour_unique', 'grouping_hour_unique', ('hour',), None, ()),
    ('issueday', 'issue_day_unique', 'grouping_day_unique', ('day',), None, ()),
    ('issueperson', 'issue_person_unique', 'grouping_person_unique', ('person',), 'issue_person_by_person', ('person',)),
    ('issuetagkey', 'issue_tag_key_unique', 'grouping_tag_key_unique', ('key',), 'issue_tag_key_of_project', ('project', 'key')),
    (
        'issuetag', 'issue_tag_unique', 'grouping_tag_unique', ('key', 'value'), 'issue_tag_of_project',
        ('project', 'key', 'value'),
    ),
)


def operations() -> Iterator[Any]:
    for table, old, new, columns, index, indexed in TABLES:
        yield migrations.RemoveConstraint(model_name=table, name=old)
        if index:
            yield migrations.RemoveIndex(model_name=table, name=index)
        yield migrations.RemoveField(model_name=table, name='issue')
        yield migrations.AlterField(
            model_name=table, name='grouping', field=before.foreign_key(before.NAMES[table])
        )
        yield migrations.AddConstraint(
            model_name=table, constraint=models.UniqueConstraint(fields=('grouping', *columns), name=new)
        )
        if index:
            yield migrations.AddIndex(
                model_name=table, index=models.Index(fields=[*indexed, 'grouping'], name=index)
            )


def drop_triggers(apps: Any, editor: Any) -> None:
    """SQLite makes the table anew, which would drop them silently."""
    if editor.connection.vendor == 'sqlite':
        for name in ('insert', 'delete', 'update'):
            editor.execute(f'DROP TRIGGER issues_words_{name}')


def create_triggers(apps: Any, editor: Any) -> None:
    if editor.connection.vendor == 'sqlite':
        for statement in text_index.SQLITE[1:]:
            editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        ('issues', '0027_fill_grouping_of_counts'),
    ]

    operations = [
        *operations(),
        migrations.RunPython(drop_triggers, create_triggers),
        migrations.RemoveIndex(model_name='issuetext', name='issue_text_full'),
        migrations.RemoveField(model_name='issuetext', name='issue'),
        migrations.AlterField(
            model_name='issuetext',
            name='grouping',
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name='text', to='issues.grouping'
            ),
        ),
        migrations.AddIndex(
            model_name='issuetext',
            index=models.Index(
                condition=models.Q(('is_full', True)), fields=['grouping'], name='issue_text_full'
            ),
        ),
        migrations.RunPython(create_triggers, drop_triggers),
        migrations.RemoveIndex(model_name='event', name='event_by_grouping'),
        migrations.AddIndex(
            model_name='event', index=models.Index(fields=['grouping', 'digest_order'], name='event_of_grouping')
        ),
    ]
