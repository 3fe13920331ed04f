"""New, regressed and unmuted issues of the past, from their history."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from accounts.models import Project
from issues.alerts.rules.matching import About
from issues.alerts.rules.preview.happened import Happened, Part
from issues.models import Activity, Event, Issue, News
from rustrak.lib.wording import counted

MOST = 10_000
_NEWS = {
    Activity.Kind.CREATED.value: News.NEW,
    Activity.Kind.REGRESSED.value: News.REGRESSED,
    Activity.Kind.UNMUTED.value: News.UNMUTED,
}


def read(project: Project, triggers: Collection[str], since: datetime, filters_events: bool) -> Part:
    """What changed `since` then, the latest MOST of it, as the events were that changed it: where they have expired, as
    the issue is now. Two queries."""
    kinds = [kind for kind, news in _NEWS.items() if news.value in triggers]
    if not kinds:
        return Part()
    rows = Activity.objects.filter(issue__project=project, kind__in=kinds, at__gte=since).exclude(
        issue__status__in=Issue.HIDDEN
    )
    latest = rows.order_by("-at", "-pk")[: MOST + 1]
    found = list(
        latest.values_list(
            "at", "kind", "issue", "event", "issue__level", "issue__last_environment", "issue__last_release"
        )
    )
    events: dict[object, About] = {}
    if filters_events:
        stored = Event.objects.filter(project=project, pk__in=latest.values("event"))
        events = {
            key: About(level, environment, release)
            for key, level, environment, release in stored.values_list(
                "pk", "level", "environment", "release"
            )
        }
    happened = [
        Happened(
            at, _NEWS[kind], issue.hex, issue, events.get(event) or About(level, environment, release), event
        )
        for at, kind, issue, event, level, environment, release in found[:MOST]
    ]
    notes = []
    if len(found) > MOST:
        notes.append(f"Only the latest {MOST:,} changes of issues were considered.")
    expired = sum(1 for each in happened if each.event and each.event not in events)
    if filters_events and expired:
        notes.append(
            f"{counted(expired, 'event')} {'is' if expired == 1 else 'are'} no longer stored, so the level, environment and "
            "release of the issue's latest event are used instead."
        )
    return Part(happened, tuple(notes))
