"""Counts whom issues happened to. Only issues.record.writer calls this, in its transaction; and reindex, to make up for the past."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter

from django.db.models import Count

from issues import usage
from issues.models import Grouping, Issue, IssuePerson
from issues.people import directory
from issues.people.directory import Seen
from issues.record.issue_delta import GroupingDelta, IssueDelta, Met
from rustrak.lib import bulk

_Row = tuple[int, int, int, datetime, datetime, str]
_FIELDS = ["grouping", "person", "event_count", "first_seen", "last_seen", "last_release"]
_KEYS = 2
# What is later wins; of events of one time the last to arrive. Rows from before the times were kept have none.
_ASSIGN = (
    "first_seen = CASE WHEN issues_issueperson.first_seen <= :first_seen: THEN issues_issueperson.first_seen ELSE :first_seen: END,"
    " last_release = CASE WHEN issues_issueperson.last_seen {} :last_seen:"
    " THEN issues_issueperson.last_release ELSE :last_release: END,"
    " last_seen = CASE WHEN issues_issueperson.last_seen > :last_seen: THEN issues_issueperson.last_seen ELSE :last_seen: END,"
    " event_count = "
)
_ADD = _ASSIGN.format(">") + "issues_issueperson.event_count + :event_count:"
# What is stored may be less than what was counted, as retention deletes events; and it arrived before what a row tells of.
_AT_LEAST = _ASSIGN.format(">=") + (
    "CASE WHEN issues_issueperson.event_count > :event_count: THEN issues_issueperson.event_count ELSE :event_count: END"
)


def add(project_id: int, issues: Sequence[IssueDelta], room: int, now: datetime) -> tuple[int, int]:
    """Count the people of a batch, and remember what names them; sets the issues' `new_people`.

    Executes one statement if the groupings have met all of them before. Whom they have not met is inserted while it fits into `room`
    bytes. Returns how many rows and bytes were inserted.
    """
    named = [grouping for issue in issues for grouping in issue.groupings if grouping.people]
    if not named:
        return 0, 0
    new = _update([grouping for grouping in named if not grouping.is_new], _ADD)
    new += [_row(each.id, met) for each in named if each.is_new for met in _in_order(each.people)]
    if new:
        new = new[: room // usage.PERSON]
        _count_new(named, new)
        bulk.insert(IssuePerson, _FIELDS, new)
    size = len(new) * usage.PERSON
    rows, more = directory.remember(project_id, _seen(named), room - size, now)
    return len(new) + rows, size + more


def _count_new(groupings: Iterable[GroupingDelta], new: Iterable[_Row]) -> None:
    """Set `new_people` of the issues of these groupings, which get the rows `new`."""
    by_id = {grouping.id: grouping for grouping in groupings}
    counted: list[tuple[IssueDelta, int]] = []
    for grouping_id, number, *_ in new:
        grouping = by_id[grouping_id]
        if grouping.is_counted:
            counted.append((grouping.issue, number))
        else:
            grouping.issue.new_people += 1
    if not counted:
        return
    # Another grouping of the issue may know the person, or get to know them in this batch.
    asked = IssuePerson.objects.filter(
        grouping__issue__in={issue.id for issue, _ in counted}, person__in={number for _, number in counted}
    )
    known = set(asked.values_list("grouping__issue", "person"))
    for issue, number in counted:
        if (issue.id, number) not in known:
            known.add((issue.id, number))
            issue.new_people += 1


def refill(project_id: int, grouping: Grouping, people: Mapping[int, Met], now: datetime) -> None:
    """Have a grouping know at least these people, with at least these counts: those of its stored events. May be repeated.

    Must be called in a transaction with the project's lock. Does not look at the project's byte budget: the rows are few, and
    retention deletes what is too much.
    """
    met_in_order = _in_order(people)
    new = _missing([_row(grouping.pk, met) for met in met_in_order], _AT_LEAST)
    bulk.insert(IssuePerson, _FIELDS, new)
    if new:
        met = IssuePerson.objects.filter(grouping__issue=grouping.issue_id)
        known = met.aggregate(known=Count("person", distinct=grouping.is_counted))["known"]
        # Those that retention has deleted were counted, too.
        Issue.everything.filter(pk=grouping.issue_id, user_count__lt=known).update(user_count=known)
    seen = ((met.who, met.last_seen) for met in met_in_order)
    rows, size = directory.remember(project_id, seen, usage.UNLIMITED, now)
    usage.add(project_id, {"tag": (len(new) + rows, len(new) * usage.PERSON + size)})


def _update(groupings: Sequence[GroupingDelta], assign: str) -> list[_Row]:
    ordered = sorted(groupings, key=attrgetter("id"))
    return _missing([_row(each.id, met) for each in ordered for met in _in_order(each.people)], assign)


def _missing(rows: list[_Row], assign: str) -> list[_Row]:
    """Update the rows that exist. Returns those that do not."""
    if bulk.update(IssuePerson, _FIELDS, rows, assign, _KEYS) == len(rows):
        return []
    known = bulk.existing(IssuePerson, _FIELDS[:_KEYS], [row[:_KEYS] for row in rows])
    return [row for index, row in enumerate(rows) if index not in known]


def _row(grouping: int, met: Met) -> _Row:
    return (grouping, met.who.number, met.event_count, met.first_seen, met.last_seen, met.last_release)


def _in_order(people: Mapping[int, Met]) -> list[Met]:
    """In the order of their numbers, so that no two writers of rows can deadlock."""
    return [people[number] for number in sorted(people)] if len(people) > 1 else list(people.values())


def _seen(groupings: Iterable[GroupingDelta]) -> Iterable[Seen]:
    for grouping in groupings:
        for met in grouping.people.values():
            yield met.who, met.last_seen
