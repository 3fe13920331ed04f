from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

NAMES = {
    'issuehour': 'hours',
    'issueday': 'days',
    'issueperson': 'people',
    'issuetag': 'tags',
    'issuetagkey': 'tag_keys',
}


def foreign_key(related_name: str, **options: Any) -> models.ForeignKey:
    return models.ForeignKey(
        db_index=False,
        on_delete=django.db.models.deletion.CASCADE,
        related_name=related_name,
        to='issues.grouping',
        **options,
    )


class Migration(migrations.Migration):

    dependencies = [
        ('issues', '0025_states'),
    ]

    operations = [
        *(
            migrations.AddField(model_name=model, name='grouping', field=foreign_key(f'{related_name}+', null=True))
            for model, related_name in NAMES.items()
        ),
        # Not unique yet: SQLite would make the table anew and drop its triggers.
        migrations.AddField(model_name='issuetext', name='grouping', field=foreign_key('text+', null=True)),
    ]
