"""What transactions changed in issues and monitors, written down for `deliver` inside these transactions.

Nothing is compared with rules here, and nothing is sent: whoever changes rows only says what changed. issues.alerts does
the rest later, in another process.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import F

from issues.models import AlertDeliverer, AlertFact, News
from rustrak.lib import tolerant_json
from rustrak.lib.disk.marker import Marker

#: In one row: changes, and issues with their numbers. More take more rows.
MOST_IN_ROW = 1000
DETAIL_LENGTH = 254


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed. `event` is the id of the event's row; `level`, `environment` and `release` are the event's.

    Without an event (a person did it) they are those of the issue's latest one. `by` is the
    id of the user who did it; None: Rustrak itself. `detail` is the name of a monitor, or the address of a new assignee
    ("" when there is none any more).
    """

    news: News
    issue: UUID | None
    event: UUID | None = None
    level: int = 0
    environment: str = ""
    release: str = ""
    by: int | None = None
    detail: str = ""


#: By issue: how many events, and how many people whom it had not met before.
Volume = Mapping[UUID, tuple[int, int]]


def write(project_id: int, changes: Sequence[Change], volume: Volume, now: datetime) -> None:
    """Write down what changed, with one statement, inside the caller's transaction; nothing if nothing changed.

    A project in which no rule is enabled and nobody watches an issue writes nothing either, unless its first rule has not
    been made yet. `deliver` is woken when the transaction is committed.
    """
    if not changes and not volume:
        return
    gathered = _gathering.projects
    if gathered is None:
        _write(project_id, _Gathered(now, [*changes], dict(volume)))
    elif project_id in gathered:
        gathered[project_id].add(changes, volume)
    else:
        gathered[project_id] = _Gathered(now, [*changes], dict(volume))


@contextmanager
def together() -> Iterator[None]:
    """Within it `write` waits: at the end of the outermost one there is one row for each project.

    It must be inside the transaction. No part of what it encloses may be rolled back alone.
    """
    if _gathering.projects is not None:
        yield
        return
    gathered = _gathering.projects = {}
    try:
        yield
    finally:
        _gathering.projects = None
    for project_id, each in sorted(gathered.items()):
        _write(project_id, each)


def changes_of(fact: AlertFact) -> list[Change]:
    """The changes in a row. What this version does not know is left out."""
    found = []
    for news, issue, event, *others in fact.changes:
        if news in _KNOWN:
            found.append(Change(News(news), _id(issue), _id(event), *others))
    return found


def _id(stored: str | None) -> UUID | None:
    return UUID(stored) if stored else None


def volume_of(fact: AlertFact) -> dict[UUID, tuple[int, int]]:
    """How many events and new people each issue had."""
    return {UUID(issue): (events, people) for issue, (events, people) in fact.volume.items()}


def note_dropped(changes: int, now: datetime) -> None:
    """Count changes that no rule will see: the doctor says so."""
    AlertDeliverer.objects.get_or_create(pk=1)
    AlertDeliverer.objects.update(facts_dropped=F("facts_dropped") + changes, facts_dropped_at=now)


def is_touched() -> bool:
    """Whether facts were written on this machine since this process asked last."""
    return _MARKER.is_touched(settings.RUN_DIR)


_MARKER = Marker("alerts.waiting")
_KNOWN = frozenset(News.values)


@dataclass(slots=True)
class _Gathered:
    """What has changed in one project so far."""

    at: datetime
    changes: list[Change] = field(default_factory=list)
    volume: dict[UUID, tuple[int, int]] = field(default_factory=dict)

    def add(self, changes: Sequence[Change], volume: Volume) -> None:
        self.changes += changes
        for issue, (events, people) in volume.items():
            known_events, known_people = self.volume.get(issue, (0, 0))
            self.volume[issue] = (known_events + events, known_people + people)


class _Gathering(threading.local):
    """What `together` has gathered in this thread, by project. None outside of it."""

    projects: dict[int, _Gathered] | None = None


_gathering = _Gathering()

# One statement also decides whether anybody wants to know: the ORM would take two, and more time for each.
_INSERT = """
INSERT INTO issues_alertfact (project_id, at, changes, volume) SELECT p.id, %s{time}, %s{json}, %s{json} FROM accounts_project p
WHERE p.id = %s AND p.deleting_at IS NULL AND (NOT p.alerts_set_up OR EXISTS (
    SELECT 1 FROM issues_alertrule r WHERE r.project_id = p.id AND r.is_enabled) OR EXISTS (
    SELECT 1 FROM issues_issuewatch w JOIN issues_issue i ON i.id = w.issue_id
    WHERE i.project_id = p.id AND w.is_watching))
"""
_SQL = {"postgresql": _INSERT.format(time="::timestamptz", json="::jsonb")}
_OTHER_SQL = _INSERT.format(time="", json="")


def _write(project_id: int, what: _Gathered) -> None:
    sql = _SQL.get(connection.vendor, _OTHER_SQL)
    changes, volume = iter(what.changes), iter(what.volume.items())
    at = connection.ops.adapt_datetimefield_value(what.at)
    with connection.cursor() as cursor:
        while True:
            some = [_as_list(change) for change in islice(changes, MOST_IN_ROW)]
            numbers = {issue.hex: counts for issue, counts in islice(volume, MOST_IN_ROW)}
            if not some and not numbers:
                break
            cursor.execute(sql, [at, _json(some), _json(numbers), project_id])
            if not cursor.rowcount:
                return
    _MARKER.touch_on_commit(settings.RUN_DIR)


def _json(value: Any) -> str:
    return tolerant_json.dumps(value).decode()


def _as_list(change: Change) -> list[Any]:
    """A change as the table has it: its fields in their order, without the empty ones at the end."""
    row = [
        change.news.value, change.issue.hex if change.issue else None, change.event.hex if change.event else None,
        change.level, change.environment, change.release, change.by, change.detail[:DETAIL_LENGTH],
    ]  # fmt: skip
    while len(row) > _SHORTEST and not row[-1]:
        row.pop()
    return row


# News, issue and event are always there.
_SHORTEST = 3
