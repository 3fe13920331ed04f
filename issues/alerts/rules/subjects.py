"""The issues that changes are about, and what filters look at in them: read for many changes at once."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet, Sum

from accounts.models import Project
from issues import search
from issues.alerts.rules.matching import About, Tags
from issues.models import Event, Issue, IssueTag, Level
from issues.payload import tags as payload_tags
from issues.record import codec, references
from issues.search.lookup import look_up
from rustrak.lib import clock

#: So many payloads are read for one turn; of further events the tags of their issues count.
MOST_PAYLOADS = 200
#: So many values of the wanted tags of one issue are looked at.
MOST_VALUES = 1_000
_CHUNK = 500
# How long the search of a rule may take for so many issues.
SEARCH_SECONDS = 2.0
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class IssueNow:
    """An issue as it is now."""

    id: UUID
    status: str
    about: About
    assignee: int | None
    events: int = 0
    users: int = 0
    # The team that looks after it, in the place of an assignee.
    team: int | None = None

    @property
    def is_open(self) -> bool:
        return self.status == Issue.Status.OPEN

    @property
    def is_muted(self) -> bool:
        return self.status == Issue.Status.MUTED


def chunks(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    """The different ids in lists that a statement can take."""
    different = list(dict.fromkeys(ids))
    for start in range(0, len(different), _CHUNK):
        yield different[start : start + _CHUNK]


def load(project: Project, ids: Iterable[UUID]) -> dict[UUID, IssueNow]:
    """The project's issues that exist, by id; not those that are being deleted."""
    found = {}
    columns = (
        "pk",
        "status",
        "level",
        "last_environment",
        "last_release",
        "assignee",
        "event_count",
        "user_count",
        "assigned_team",
    )
    for some in chunks(ids):
        rows = Issue.objects.filter(project=project, pk__in=some).values_list(*columns)
        for key, status, level, environment, release, assignee, events, users, team in rows:
            about = About(level, environment, release)
            found[key] = IssueNow(key, status, about, assignee, events, users, team)
    return found


def found_by(project: Project, query: str, ids: Iterable[UUID]) -> set[UUID]:
    """Those of the issues that the project's list shows for the text `query` of its search box; none if it has a mistake.

    All of them if searching takes too long: an alert too many is better than one that nobody gets.
    """
    found: set[UUID] = set()
    scope = search.Scope([project], None, clock.now())
    for some in chunks(ids):
        issues = Issue.objects.filter(project=project, pk__in=some)
        try:
            with search.limited(SEARCH_SECONDS):
                found.update(look_up(issues, query, scope).issues.values_list("pk", flat=True))
        except search.TookTooLong:
            log.warning(
                "The search of an alert rule of the project %s takes too long: %s", project.slug, ascii(query)
            )
            found.update(some)
    return found


def tags_of_issues(ids: Collection[UUID], keys: Collection[str]) -> dict[UUID, dict[str, list[str]]]:
    """The values of the tags `keys` that these issues' events have, as far as they are counted."""
    found: dict[UUID, dict[str, list[str]]] = {}
    for some in chunks(ids):
        rows = IssueTag.objects.filter(grouping__issue__in=some, key__in=list(keys))
        counted = rows.values_list("grouping__issue", "key", "value").annotate(events=Sum("count"))
        for issue, key, value, _ in counted.order_by("-events")[: MOST_VALUES * len(some)]:
            found.setdefault(issue, {}).setdefault(key, []).append(value)
    return found


def tags_of_events(ids: Collection[UUID]) -> dict[UUID, Tags]:
    """The tags of the events that are stored, with their level, environment and release; of MOST_PAYLOADS of them."""
    found: dict[UUID, Tags] = {}
    wanted = list(ids)[:MOST_PAYLOADS]
    rows: QuerySet[Event] = Event.objects.filter(pk__in=wanted)
    # One at a time: a payload may have a megabyte, and its objects ten times as much.
    for event in rows.only("level", "environment", "release", "payload").iterator(chunk_size=20):
        known = {
            "level": Level(event.level).label,
            "environment": event.environment,
            "release": event.release,
        }
        try:
            tags = references.show(event.payload, _tags)
        except codec.UnknownForm:
            continue
        found[event.pk] = {key: (value,) for key, value in {**tags, **known}.items() if value}
    return found


def _tags(payload: dict[str, object]) -> dict[str, str]:
    return payload_tags.with_origin(payload_tags.read(payload), payload)
