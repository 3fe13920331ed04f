from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('issues', '0024_fill_resolution'),
    ]

    operations = [
        migrations.AlterField(
            model_name='reference',
            name='project',
            field=models.ForeignKey(on_delete=models.CASCADE, related_name='+', to='accounts.project'),
        ),
        migrations.AddConstraint(
            model_name='issue',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['deleting', 'merging']), models.Q(('resolution', 'now'), ('status', 'resolved')), models.Q(('resolution__in', ['next_release', 'in_release']), ('status', 'resolved'), models.Q(('resolved_release', ''), _negated=True)), models.Q(('resolution', ''), ('resolved_release', ''), ('status__in', ['open', 'muted'])), _connector='OR'), name='issue_resolution_of_resolved'),
        ),
        migrations.AddConstraint(
            model_name='issue',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['deleting', 'merging', 'muted']), models.Q(('mute_events', None), ('mute_from_events', None), ('mute_from_people', None), ('mute_minutes', None), ('mute_people', None), ('mute_window', None), ('muted_at', None), ('muted_until', None)), _connector='OR'), name='issue_mute_of_muted'),
        ),
        migrations.AddConstraint(
            model_name='issue',
            constraint=models.CheckConstraint(condition=models.Q(('mute_minutes', None), ('mute_events__gt', 0), ('mute_people__gt', 0), _connector='OR'), name='issue_mute_minutes_of_count'),
        ),
        migrations.AddConstraint(
            model_name='issue',
            constraint=models.CheckConstraint(condition=models.Q(('assignee', None), ('assigned_team', None), _connector='OR'), name='issue_one_assignee'),
        ),
    ]
