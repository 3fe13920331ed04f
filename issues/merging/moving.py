"""Moves the rows of an issue that was merged into another one, a part at a time."""

from __future__ import annotations

import time
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, Value, When

from issues import usage
from issues.lock import lock_project
from issues.merging import tags
from issues.models import Event, Issue, IssueDay, IssueHour, IssuePerson, MergedIssue
from rustrak.lib import bulk

#: Rows that are moved before the clock is looked at.
STEP = 50
_SECONDS, _PAUSE = 0.015, 0.02


def move(project_id: int, into: UUID, other: UUID, seconds: float = _SECONDS) -> bool:
    """Move rows for about so long, inside the caller's transaction. True: `other` is deleted, all is moved."""
    lock_project(project_id)
    until = time.perf_counter() + seconds
    gone = Issue.everything.filter(pk=other, status=Issue.Status.MERGING).only("pk", "title").first()
    if gone is None:
        return True
    link = MergedIssue.objects.filter(issue=other, into=into).first()
    target = Issue.objects.filter(pk=into).only("pk", "title").first()
    if link is None or target is None:
        # Who deleted the issue with all that is in it deleted this as well.
        Issue.everything.filter(pk=other).update(status=Issue.Status.DELETING)
        return True
    while True:
        moved = (
            _people(into, other)
            or _counts(IssueHour, "hour", into, other)
            or _counts(IssueDay, "day", into, other)
            or tags.move_key(into, other)
            or _events(target, gone, link.offset)
        )
        if not moved:
            Issue.everything.filter(pk=other).delete()
            # Only now: counted before, rows that are there twice or go at the end would be counted until tomorrow.
            usage.forget(project_id)
            return True
        if time.perf_counter() > until:
            return False


def finish_interrupted() -> None:
    """Move what is left of issues whose merge nobody goes on with: who began it has been deleted since."""
    for other, project_id in Issue.everything.filter(status=Issue.Status.MERGING).values_list(
        "pk", "project_id"
    ):
        finished = False
        while not finished:
            with transaction.atomic():
                link = MergedIssue.objects.filter(issue=other).first()
                finished = move(project_id, link.into_id if link else other, other)
            time.sleep(_PAUSE)


def _people(into: UUID, other: UUID) -> int:
    rows = list(IssuePerson.objects.filter(issue=other)[:STEP])
    if not rows:
        return 0
    known = {
        row.person: row
        for row in IssuePerson.objects.filter(issue=into, person__in=[row.person for row in rows])
    }
    new = [row.pk for row in rows if row.person not in known]
    for row in rows:
        if met := known.get(row.person):
            join_person(met, row)
    IssuePerson.objects.bulk_update(
        known.values(), ["event_count", "first_seen", "last_seen", "last_release"]
    )
    IssuePerson.objects.filter(pk__in=new).update(issue=into)
    IssuePerson.objects.filter(pk__in=[row.pk for row in rows if row.person in known]).delete()
    Issue.everything.filter(pk=into).update(user_count=F("user_count") + len(new))
    return len(rows)


def join_person(met: IssuePerson, other: IssuePerson) -> None:
    """Add what a person met in the other issue."""
    met.event_count += other.event_count
    if other.first_seen and (met.first_seen is None or other.first_seen < met.first_seen):
        met.first_seen = other.first_seen
    if other.last_seen and (met.last_seen is None or other.last_seen > met.last_seen):
        met.last_seen, met.last_release = other.last_seen, other.last_release


def _counts(model: type[IssueHour] | type[IssueDay], unit: str, into: UUID, other: UUID) -> int:
    rows = list(model._default_manager.filter(issue=other).values_list("pk", unit, "count")[:STEP])
    added = [(into, when, count) for _, when, count in rows]
    bulk.upsert(model, ["issue", unit, "count"], added, unique=["issue", unit], add="count")
    model._default_manager.filter(pk__in=[pk for pk, _, _ in rows]).delete()
    return len(rows)


def _events(target: Issue, gone: Issue, offset: int) -> int:
    keys = list(
        Event.objects.filter(issue=gone.pk).order_by("digest_order").values_list("pk", flat=True)[:STEP]
    )
    if keys:
        renumber(keys, gone, target, offset)
        Issue.everything.filter(pk=target.pk).update(stored_event_count=F("stored_event_count") + len(keys))
    return len(keys)


def renumber(keys: list[UUID], source: Issue, target: Issue, offset: int) -> None:
    """Move events from one issue to another, whose numbers are so much higher. An event has a title of its own where it is not
    that of its issue."""
    titles = Case(
        When(own_title="", then=Value(source.title)),
        When(own_title=target.title, then=Value("")),
        default=F("own_title"),
    )
    same = {} if source.title == target.title else {"own_title": titles}
    Event.objects.filter(pk__in=keys).update(issue=target.pk, digest_order=F("digest_order") + offset, **same)
