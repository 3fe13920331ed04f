"""The releases that what is stored names get their rows. Of each project at most as many as it may have from now on."""
from __future__ import annotations

from datetime import UTC, datetime, time

from django.db import migrations, models
from django.db.models import Count, Max, Min, Q, Sum

# Those of issues.releases.rows at this time.
MOST_RELEASES, MOST_ENVIRONMENTS = 5_000, 20_000


def _add(found, key, first, last, events):
    known = found.get(key)
    if known is None:
        found[key] = [first, last, events]
    else:
        known[0], known[1] = min(known[0], first), max(known[1], last)
        known[2] += events


def _of_project(apps, project_id):
    """(version, environment) → first, last, events; and version → events of all, which may be more: tags count what is not stored too."""
    found, totals = {}, {}
    # More are cut off at the end, those with most events stay.
    most = 2 * MOST_ENVIRONMENTS
    events = apps.get_model('issues', 'Event').objects.filter(project=project_id).exclude(release='')
    stored = events.order_by().values_list('release', 'environment')
    for release, environment, count, first, last in stored.annotate(
        n=Count('pk'), first=Min('timestamp'), last=Max('timestamp')
    ).order_by('-n')[:most]:
        _add(found, (release, environment), first, last, count)
    issues = apps.get_model('issues', 'Issue').objects.filter(project=project_id)
    for one, at in (('first', Min('first_seen')), ('last', Max('last_seen'))):
        named = issues.exclude(**{f'{one}_release': ''}).order_by()
        names = named.values_list(f'{one}_release', f'{one}_environment')
        for release, environment, seen in names.annotate(at=at).order_by('-at')[:most]:
            _add(found, (release, environment), seen, seen, 0)
    days = apps.get_model('issues', 'SessionDay').objects.filter(project=project_id).order_by()
    for release, environment, first, last in (
        days.values_list('release', 'environment').annotate(first=Min('day'), last=Max('day')).order_by('-last')[:most]
    ):
        _add(found, (release, environment), *(datetime.combine(day, time(), UTC) for day in (first, last)), 0)
    tags = apps.get_model('issues', 'IssueTag').objects.filter(project=project_id, key='release').exclude(value='')
    for release, count in tags.order_by().values_list('value').annotate(n=Sum('count')).order_by('-n')[:most]:
        totals[release] = count
    return found, totals


def fill(apps, schema_editor):
    Release = apps.get_model('issues', 'Release')
    ReleaseEnvironment = apps.get_model('issues', 'ReleaseEnvironment')
    Usage = apps.get_model('issues', 'Usage')
    for project_id in list(apps.get_model('accounts', 'Project').objects.values_list('pk', flat=True)):
        found, totals = _of_project(apps, project_id)
        releases = {}
        for (version, _), (first, last, events) in found.items():
            _add(releases, version, first, last, events)
        for version, one in releases.items():
            one[2] = max(one[2], totals.get(version, 0))
        kept = sorted(releases, key=lambda version: (-releases[version][2], version))[:MOST_RELEASES]
        left_out = sum(one[2] for version, one in releases.items()) - sum(releases[version][2] for version in kept)
        rows = {
            version: Release(
                project_id=project_id, version=version, first_seen=releases[version][0], last_seen=releases[version][1],
                event_count=releases[version][2],
            )
            for version in kept
        }
        if left_out:
            rows[''] = Release(project_id=project_id, version='', event_count=left_out)
        Release.objects.bulk_create(rows.values(), ignore_conflicts=True)
        ids = dict(Release.objects.filter(project=project_id).values_list('version', 'pk'))
        environments = [
            ReleaseEnvironment(
                release_id=ids[version], environment=environment, first_seen=first, last_seen=last, event_count=events
            )
            for (version, environment), (first, last, events) in sorted(found.items(), key=lambda pair: -pair[1][2])
            if version in rows
        ]
        ReleaseEnvironment.objects.bulk_create(environments[:MOST_ENVIRONMENTS], ignore_conflicts=True)
        # It is counted again.
        Usage.objects.filter(pk=project_id).update(recounted_at=None)


class Migration(migrations.Migration):

    dependencies = [
        ('issues', '0028_counts_of_groupings'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='issue',
            index=models.Index(fields=['project', 'first_release'], name='issue_by_first_release'),
        ),
        migrations.AddIndex(
            model_name='issue',
            index=models.Index(
                condition=~Q(regressed_release=''), fields=['project', 'regressed_release'], name='issue_by_regressed_release'
            ),
        ),
        migrations.AddIndex(
            model_name='issue',
            index=models.Index(
                condition=~Q(resolved_release=''), fields=['project', 'resolved_release'], name='issue_by_resolved_release'
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
