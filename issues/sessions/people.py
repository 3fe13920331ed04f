"""Who had sessions on which day: one small row for each person, of a bounded number of people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date

from django.db.models import Sum

from issues import usage
from issues.models import SessionDay, SessionPerson
from issues.sessions.sent_session import SessionKey
from rustrak.lib import bulk

#: The rows of one project and day. Of more people only those who have a row already are still updated.
MAX_PER_DAY = 100_000


def add(project_id: int, people: Mapping[tuple[SessionKey, int], bool], room: int) -> int:
    """Note people by key, with whether a session of theirs crashed, in the caller's transaction; their days exist.

    At most `room` rows are inserted. Returns how many were.
    """
    if not people:
        return 0
    found = day_ids(project_id, {key for key, _ in people})
    rows = sorted((found[key], person, crashed) for (key, person), crashed in people.items())
    known = bulk.existing(SessionPerson, ["session_day", "person"], [row[:2] for row in rows])
    kept = [row for index, row in enumerate(rows) if index in known]
    days = {row_id: key.day for key, row_id in found.items()}
    left = _room(project_id, set(days.values())) if len(kept) < len(rows) else Counter()
    added: Counter[int] = Counter()
    left_out: set[int] = set()
    for index, row in enumerate(rows):
        if index in known:
            continue
        day = days[row[0]]
        if left[day] > 0 and room > 0:
            left[day] -= 1
            room -= 1
            added[row[0]] += 1
            kept.append(row)
        else:
            left_out.add(row[0])
    bulk.upsert(
        SessionPerson,
        ["session_day", "person", "crashed"],
        sorted(kept),
        unique=["session_day", "person"],
        either=["crashed"],
    )
    bulk.update(
        SessionDay,
        ["id", "people", "more_people"],
        [(row_id, added[row_id], row_id in left_out) for row_id in sorted({*added, *left_out})],
        "people = issues_sessionday.people + :people:, more_people = issues_sessionday.more_people OR :more_people:",
    )
    return added.total()


def bytes_of(people: int) -> int:
    """About how many bytes the rows of so many people take."""
    return people * usage.SESSION_PERSON


def day_ids(project_id: int, keys: set[SessionKey]) -> dict[SessionKey, int]:
    """The primary keys of these days."""
    rows = SessionDay.objects.filter(
        project_id=project_id, day__in={key.day for key in keys}, release__in={key.release for key in keys}
    ).values_list("day", "release", "environment", "id")
    return {SessionKey(day, release, environment): pk for day, release, environment, pk in rows}


def _room(project_id: int, days: set[date]) -> Counter[date]:
    """How many more people each day may have."""
    counted = SessionDay.objects.filter(project_id=project_id, day__in=days).values_list("day")
    known = dict(counted.annotate(Sum("people")).order_by())
    return Counter({day: MAX_PER_DAY - int(known.get(day, 0)) for day in days})
