"""Counts whom issues happened to. Only issues.record.writer calls this, in its transaction; and reindex, to make up for the past."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from issues import usage
from issues.models import Issue, IssuePerson
from issues.people import directory
from issues.people.directory import Seen
from issues.record.issue_delta import IssueDelta, Met
from rustrak.lib import bulk

_Row = tuple[UUID, int, int, datetime, datetime, str]
_FIELDS = ["issue", "person", "event_count", "first_seen", "last_seen", "last_release"]
_KEYS = 2
# What is later wins; of events of one time the one that has a release. Rows from before the times were kept have none.
_ASSIGN = (
    "first_seen = CASE WHEN issues_issueperson.first_seen <= :first_seen: THEN issues_issueperson.first_seen ELSE :first_seen: END,"
    " last_release = CASE WHEN issues_issueperson.last_seen > :last_seen:"
    " OR (issues_issueperson.last_seen = :last_seen: AND :last_release: = '')"
    " THEN issues_issueperson.last_release ELSE :last_release: END,"
    " last_seen = CASE WHEN issues_issueperson.last_seen > :last_seen: THEN issues_issueperson.last_seen ELSE :last_seen: END,"
    " event_count = "
)
_ADD = _ASSIGN + "issues_issueperson.event_count + :event_count:"
# What is stored may be less than what was counted, as retention deletes events.
_AT_LEAST = _ASSIGN + (
    "CASE WHEN issues_issueperson.event_count > :event_count: THEN issues_issueperson.event_count ELSE :event_count: END"
)


def add(project_id: int, issues: Sequence[IssueDelta], room: int, now: datetime) -> tuple[int, int]:
    """Count the people of a batch, and remember what names them; sets the issues' `new_people`.

    Executes one statement if the issues have met all of them before. Whom they have not met is inserted while it fits into `room`
    bytes. Returns how many rows and bytes were inserted.
    """
    named = [issue for issue in issues if issue.people]
    if not named:
        return 0, 0
    new = _update([issue for issue in named if not issue.first], _ADD)
    new += [_row(issue.id, met) for issue in named if issue.first for met in _in_order(issue.people)]
    if new:
        new = new[: room // usage.PERSON]
        by_issue: dict[UUID, int] = {}
        for issue_id, *_ in new:
            by_issue[issue_id] = by_issue.get(issue_id, 0) + 1
        for issue in named:
            issue.new_people = by_issue.get(issue.id, 0)
        bulk.insert(IssuePerson, _FIELDS, new)
    size = len(new) * usage.PERSON
    rows, more = directory.remember(project_id, _seen(named), room - size, now)
    return len(new) + rows, size + more


def refill(project_id: int, issue: UUID, people: Mapping[int, Met], now: datetime) -> None:
    """Have an issue know at least these people, with at least these counts: those of its stored events. May be repeated.

    Must be called in a transaction with the project's lock. Does not look at the project's byte budget: the rows are few, and
    retention deletes what is too much.
    """
    delta = [(issue, met) for met in _in_order(people)]
    new = _missing([_row(*each) for each in delta], _AT_LEAST)
    bulk.insert(IssuePerson, _FIELDS, new)
    if new:
        known = IssuePerson.objects.filter(issue=issue).count()
        # Those that retention has deleted were counted, too.
        Issue.everything.filter(pk=issue, user_count__lt=known).update(user_count=known)
    seen = ((met.who, met.last_seen) for _, met in delta)
    rows, size = directory.remember(project_id, seen, usage.UNLIMITED, now)
    usage.add(project_id, {"tag": (len(new) + rows, len(new) * usage.PERSON + size)})


def _update(issues: Sequence[IssueDelta], assign: str) -> list[_Row]:
    ordered = sorted(issues, key=lambda issue: issue.id)
    return _missing([_row(issue.id, met) for issue in ordered for met in _in_order(issue.people)], assign)


def _missing(rows: list[_Row], assign: str) -> list[_Row]:
    """Update the rows that exist. Returns those that do not."""
    if bulk.update(IssuePerson, _FIELDS, rows, assign, _KEYS) == len(rows):
        return []
    known = bulk.existing(IssuePerson, _FIELDS[:_KEYS], [row[:_KEYS] for row in rows])
    return [row for index, row in enumerate(rows) if index not in known]


def _row(issue: UUID, met: Met) -> _Row:
    return (issue, met.who.number, met.event_count, met.first_seen, met.last_seen, met.last_release)


def _in_order(people: Mapping[int, Met]) -> list[Met]:
    """In the order of their numbers, so that no two writers of rows can deadlock."""
    return [people[number] for number in sorted(people)] if len(people) > 1 else list(people.values())


def _seen(issues: Iterable[IssueDelta]) -> Iterable[Seen]:
    for issue in issues:
        for met in issue.people.values():
            yield met.who, met.last_seen
