"""Of each kind that issues.usage counts: which rows of a project are worth least, and how they are deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from math import inf
from time import monotonic
from typing import Any

from django.db.models import Aggregate, Count, Exists, F, OuterRef, QuerySet, Sum
from django.db.models.functions import TruncDay, TruncHour
from django.db.models.functions.datetime import TruncBase

from issues import files, usage
from issues.models import (
    Activity,
    Attachment,
    CheckIn,
    Event,
    Grouping,
    Issue,
    IssuePerson,
    IssueTag,
    IssueTagKey,
    KnownSession,
    PendingMove,
    Person,
    SessionDay,
    SessionPerson,
    UserReport,
)
from issues.retention import events, people, uploads, whole_issues
from issues.retention.batches import RowsToDelete
from issues.retention.levels import level
from rustrak.lib import bulk

# Issues with more stored events than this lose them first, in batches of their own.
_FEW_EVENTS = 10
# In a flood, issues with so many events go first: whoever sends two events for each key gains nothing by it.
_FLOOD_EVENTS = (10, 100)

# A day or an hour has a flood if it has more than this many times as much as the median of the others.
FLOOD = 3

#: Deletes rows by their keys and returns the items by type, the rows, and the bytes.
Delete = Callable[[Sequence[Any]], tuple[Mapping[str, int], int, int]]
NextKeys = Callable[[int], Sequence[Any]]


class Excess:
    """How many rows and bytes of a project are still to be deleted, why, and `until` when (by time.monotonic)."""

    def __init__(self, project_id: int, reason: str, rows: int, size: int, until: float = inf) -> None:
        self.project_id = project_id
        self.reason = reason
        self._rows = rows
        self._bytes = size
        self._until = until

    @property
    def left(self) -> bool:
        """Whether there is still too much, and time to delete it."""
        return (self._rows > 0 or self._bytes > 0) and monotonic() < self._until

    def rows_of(self, weight: int) -> int:
        """How many rows of `weight` bytes each are still to be deleted."""
        return max(self._rows, -(-self._bytes // weight))

    def fitting(self, keys_and_bytes: Sequence[tuple[Any, int]]) -> list[Any]:
        """The first keys, as many as are needed: one large file more could be a share of all that is kept."""
        keys, size = [], 0
        for key, more in keys_and_bytes:
            if size >= self._bytes > 0:
                break
            keys.append(key)
            size += more
        return keys

    def rows(self, next_keys: NextKeys, delete: Delete, weight: int = 1) -> RowsToDelete:
        """Rows of at least `weight` bytes each to delete until nothing is left; `delete` also subtracts them from the
        project's usage."""

        def next_ones(size: int) -> Sequence[Any]:
            if not self.left:
                return []
            return next_keys(min(size, self.rows_of(weight)))

        def delete_them(keys: Sequence[Any]) -> Mapping[str, int]:
            items, rows, size = delete(keys)
            self._rows -= rows
            self._bytes -= size
            return items

        return RowsToDelete(next_ones, delete_them, self.project_id, self.reason)


Finder = Callable[[Excess, datetime], Iterator[RowsToDelete]]


def _first(rows: QuerySet[Any, Any], size: int) -> list[Any]:
    return list(rows.values_list("pk", flat=True)[:size])


def _some(rows: QuerySet[Any, Any], weight: int, size: int) -> list[Any]:
    """As `_first`, for rows that take `weight` times as long as others to delete."""
    return _first(rows, max(1, size // weight))


def _following(rows: QuerySet[Any, Any]) -> NextKeys:
    """The rows in the order of their keys, each once: the search does not begin again before those that stay."""
    last: list[Any] = []

    def next_keys(size: int) -> list[Any]:
        rest = rows.filter(pk__gt=last[0]) if last else rows
        keys = _first(rest.order_by("pk"), size)
        last[:] = keys[-1:]
        return keys

    return next_keys


def _events(excess: Excess, now: datetime) -> Iterator[RowsToDelete]:
    """In the order of their worth, as when there are too many."""
    for highest, condition in events.STEPS:
        for some in events.by_worth(excess.project_id, highest):
            yield excess.rows(
                partial(_first, some.filter(**condition)),
                partial(_delete_events, excess.project_id),
                usage.EVENT,
            )


def _delete_events(project_id: int, keys: Sequence[Any]) -> tuple[Mapping[str, int], int, int]:
    deleted = events.delete(project_id, keys)
    return deleted.items, deleted.items["event"], deleted.bytes


def _floods(
    rows: QuerySet[Any, Any], at: str, weight: Aggregate, trunc: type[TruncBase] = TruncDay
) -> Iterator[tuple[QuerySet[Any, Any], int]]:
    """The rows of days (or hours: TruncHour) that have more than FLOOD times as much as the median of the others, by the
    field `at`, and how much that is; the largest first.

    A flood would otherwise push out whatever is older than itself. The median, as it may have lasted for days.
    """
    counted = rows.order_by().annotate(period=trunc(at, tzinfo=UTC)).values_list("period").annotate(w=weight)
    in_order = sorted(((int(w or 0), start) for start, w in counted), reverse=True)
    length = timedelta(hours=1) if trunc is TruncHour else timedelta(days=1)
    while len(in_order) > 1:
        size, start = in_order.pop(0)
        usual = FLOOD * in_order[len(in_order) // 2][0]
        if size <= usual:
            return
        yield rows.filter(**{f"{at}__gte": start, f"{at}__lt": start + length}), usual


def _attachments(excess: Excess, now: datetime) -> Iterator[RowsToDelete]:
    """Those of floods, then the oldest."""
    attachments = Attachment.objects.filter(project_id=excess.project_id).order_by("ingested_at", "id")

    def delete(keys: Sequence[Any]) -> tuple[Mapping[str, int], int, int]:
        rows = Attachment.objects.filter(pk__in=keys)
        size = sum(rows.values_list("size", flat=True)) + len(keys) * usage.ATTACHMENT
        files.delete(rows)
        return {"attachment": len(keys)}, len(keys), size

    def next_keys(rows: QuerySet[Attachment], size: int) -> list[Any]:
        return excess.fitting(
            [(pk, usage.ATTACHMENT + of) for pk, of in rows.values_list("pk", "size")[:size]]
        )

    floods = (flood for flood, _ in _floods(attachments, "ingested_at", Sum("size")))
    for some in (*floods, attachments):
        yield excess.rows(partial(next_keys, some), delete)


def _reports(excess: Excess, now: datetime) -> Iterator[RowsToDelete]:
    """Those about no stored event first, of them those of floods and then the oldest."""
    reports = UserReport.objects.filter(project_id=excess.project_id).order_by("ingested_at", "id")
    known = Event.objects.filter(project=OuterRef("project"), event_id=OuterRef("event_id"))

    def delete(keys: Sequence[Any]) -> tuple[Mapping[str, int], int, int]:
        rows, size = events.delete_reports(excess.project_id, UserReport.objects.filter(pk__in=keys))
        return {"user_report": rows}, rows, size

    about_none = reports.filter(~Exists(known))
    floods = (flood for flood, _ in _floods(about_none, "ingested_at", Count("pk")))
    for some in (*floods, about_none, reports):
        yield excess.rows(partial(_first, some), delete, usage.REPORT)


def _issues(excess: Excess, now: datetime) -> Iterator[RowsToDelete]:
    """Open issues that no person has touched: what floods have more than is usual, the newest first, as far as they have
    few events; then those with the fewest events, the oldest of them first. Then all."""
    issues = Issue.objects.filter(project_id=excess.project_id).order_by("event_count", "id")
    # Nor those whose events are being moved: of the other issue.
    moving = PendingMove.objects.filter(source__project=excess.project_id)
    issues = issues.exclude(pk__in=moving.values("source")).exclude(pk__in=moving.values("grouping__issue"))
    touched = Exists(Activity.objects.filter(issue=OuterRef("pk"), user__isnull=False))
    untouched = issues.filter(~touched, status=Issue.Status.OPEN)
    delete = partial(whole_issues.delete, excess.project_id)
    for most in _FLOOD_EVENTS:
        small = untouched.filter(event_count__lte=most)
        for trunc in (TruncHour, TruncDay):
            for flood, usual in _floods(small, "created_at", Count("pk"), trunc):
                if not excess.left:
                    return
                # As many as are usual stay: they may have been there before it.
                first = list(flood.order_by("id").values_list("id", flat=True)[usual : usual + 1])
                newest = flood.filter(id__gte=first[0]).order_by("-id") if first else flood.none()
                yield excess.rows(partial(_some, newest, most // _FEW_EVENTS), delete, usage.ISSUE)
    few = untouched.filter(stored_event_count__lte=_FEW_EVENTS)
    yield excess.rows(partial(_first, few), delete, usage.ISSUE)
    for some in (untouched, issues):
        while excess.left and (issue := some.first()):
            of_issue = Event.objects.filter(issue=issue).order_by("digest_order")
            yield RowsToDelete(
                partial(_first, of_issue),
                partial(_delete_of_issue, excess.project_id),
                excess.project_id,
                excess.reason,
            )
            yield excess.rows(partial(_first, some.filter(pk=issue.pk)), delete)


def _delete_of_issue(project_id: int, keys: Sequence[Any]) -> Mapping[str, int]:
    return events.delete(project_id, keys).items


def _tags(excess: Excess, now: datetime) -> Iterator[RowsToDelete]:
    """Values that one event has, oldest first; what names people, longest not seen first; then other values; then which people an
    issue met. The sums by key and of users stay."""
    tags = IssueTag.objects.filter(grouping__project=excess.project_id)
    delete_tags = partial(_delete_tags, excess.project_id)
    yield excess.rows(_following(tags.filter(count=1)), delete_tags, usage.TAG)
    names = Person.objects.filter(project=excess.project_id).order_by("last_seen", "pk")
    yield excess.rows(
        partial(_first, names), partial(people.delete_names, excess.project_id), usage.NAMED_PERSON
    )
    yield excess.rows(_following(tags), delete_tags, usage.TAG)
    keys = IssueTagKey.objects.filter(grouping__project=excess.project_id, count=1)
    met = IssuePerson.objects.filter(grouping__project=excess.project_id)
    delete_keys = partial(_delete_alike, IssueTagKey, usage.TAG, "tag", excess.project_id)
    yield excess.rows(_following(keys), delete_keys, usage.TAG)
    yield excess.rows(_following(met), partial(_delete_met, excess.project_id), usage.PERSON)


def _delete_tags(project_id: int, keys: Sequence[Any]) -> tuple[Mapping[str, int], int, int]:
    rows = IssueTag.objects.filter(pk__in=keys)
    size = sum(usage.TAG + usage.size(*texts) for texts in rows.values_list("key", "value"))
    rows.delete()
    usage.add(project_id, {"tag": (-len(keys), -size)})
    return {}, len(keys), size


def _delete_met(project_id: int, keys: Sequence[Any]) -> tuple[Mapping[str, int], int, int]:
    """They stay counted."""
    counts = IssuePerson.objects.filter(pk__in=keys).values_list("grouping").annotate(Count("pk"))
    bulk.update(
        Grouping,
        ["id", "forgotten_people"],
        sorted(counts.order_by()),
        "forgotten_people = issues_grouping.forgotten_people + :forgotten_people:",
    )
    return _delete_alike(IssuePerson, usage.PERSON, "tag", project_id, keys)


def _delete_alike(
    model: Any, weight: int, kind: str, project_id: int, keys: Sequence[Any]
) -> tuple[Mapping[str, int], int, int]:
    model.objects.filter(pk__in=keys).delete()
    size = weight * len(keys)
    usage.add(project_id, {kind: (-len(keys), -size)})
    return {}, len(keys), size


def _sessions(excess: Excess, now: datetime) -> Iterator[RowsToDelete]:
    """The oldest day first: which sessions were counted, which only later updates of them need; then people; then whole
    days."""
    known = KnownSession.objects.filter(project=excess.project_id).order_by("day", "session")
    delete = partial(_delete_alike, KnownSession, usage.KNOWN_SESSION, "session", excess.project_id)
    yield excess.rows(partial(_first, known), delete, usage.KNOWN_SESSION)
    days = SessionDay.objects.filter(project=excess.project_id).order_by("day", "pk")
    for pk in list(days.filter(people__gt=0).values_list("pk", flat=True)):
        people = SessionPerson.objects.filter(session_day=pk).order_by("person")
        delete = partial(_delete_people, pk, excess.project_id)
        yield excess.rows(partial(_first, people), delete, usage.SESSION_PERSON)

    def next_days(size: int) -> list[Any]:
        return excess.fitting(
            [
                (pk, usage.SESSION_DAY + usage.size(*texts))
                for pk, *texts in days.values_list("pk", "release", "environment")[:size]
            ]
        )

    yield excess.rows(next_days, partial(_delete_days, excess.project_id))


def _delete_people(day: int, project_id: int, keys: Sequence[Any]) -> tuple[Mapping[str, int], int, int]:
    SessionDay.objects.filter(pk=day).update(people=F("people") - len(keys), more_people=True)
    return _delete_alike(SessionPerson, usage.SESSION_PERSON, "session", project_id, keys)


def _delete_days(project_id: int, keys: Sequence[Any]) -> tuple[Mapping[str, int], int, int]:
    rows = SessionDay.objects.filter(pk__in=keys)
    size = sum(usage.SESSION_DAY + usage.size(*texts) for texts in rows.values_list("release", "environment"))
    rows.delete()
    usage.add(project_id, {"session": (-len(keys), -size)})
    return {}, len(keys), size


def _check_ins(excess: Excess, now: datetime) -> Iterator[RowsToDelete]:
    """The oldest of the monitors and environments that have most, until these have as many; each keeps its latest."""
    runs = CheckIn.objects.filter(state__monitor__project=excess.project_id).order_by()
    counts = dict(runs.values_list("state").annotate(Count("pk")))
    keep = level(counts.values(), sum(counts.values()) - excess.rows_of(usage.CHECK_IN))
    if keep is None:
        return
    delete = partial(_delete_alike, CheckIn, usage.CHECK_IN, "check_in", excess.project_id)
    for state in (state for state, count in sorted(counts.items()) if count > max(1, keep)):
        newest = CheckIn.objects.filter(state=state).order_by("-started_at", "-pk")
        yield excess.rows(partial(_first_past, newest, max(1, keep)), delete, usage.CHECK_IN)


def _first_past(rows: QuerySet[Any, Any], keep: int, size: int) -> list[Any]:
    return list(rows.values_list("pk", flat=True)[keep : keep + size])


def _uploads(excess: Excess, now: datetime) -> Iterator[RowsToDelete]:
    """What was used longest ago, one upload at a time."""
    next_one = partial(uploads.longest_unused, excess.project_id)
    yield excess.rows(next_one, partial(uploads.empty, excess.project_id))


#: By the kind's name.
FINDERS: dict[str, Finder] = {
    "event": _events,
    "attachment": _attachments,
    "report": _reports,
    "issue": _issues,
    "tag": _tags,
    "session": _sessions,
    "check_in": _check_ins,
    "artifact": _uploads,
}
