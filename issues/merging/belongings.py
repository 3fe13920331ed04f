"""What belongs to an issue besides its events: it goes with the issue when that is merged, and comes back when that is undone.

What was there before the merge comes back; what came later stays with the issue that it was said about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import ForeignKey, Model, Q

from issues.models import (
    Activity,
    AlertThread,
    AlertVolume,
    ExternalIssue,
    Issue,
    IssueSeen,
    IssueWatch,
    NotTheSame,
    Reference,
)
from rustrak.lib import bulk

#: Each with the columns of which an issue has no two rows with the same values.
_LISTS: Mapping[str, tuple[type[Model], tuple[str, ...]]] = {
    "links": (ExternalIssue, ("url",)),
    "seen": (IssueSeen, ("user_id",)),
    "watches": (IssueWatch, ("user_id",)),
    "threads": (AlertThread, ("channel_id", "user_id")),
}


def take(gone: UUID, into: UUID) -> dict[str, Any]:
    """Move what belongs to the issue `gone`. Returns what `give_back` needs, as JSON. A fixed number of statements."""
    kept: dict[str, Any] = {
        "activities": _moved_keys(Activity, gone, into),
        "references": _take_references(gone, into),
        "not_the_same": _take_not_the_same(gone, into),
        "volumes": _take_volumes(gone, into),
    }
    for name, (model, columns) in _LISTS.items():
        rows = list(model._default_manager.filter(issue=gone))
        kept[name] = {"moved": [], "twice": []}
        if not rows:
            continue
        known = set(model._default_manager.filter(issue=into).values_list(*columns))
        twice = [row for row in rows if _key(row, columns) in known]
        moved = [row.pk for row in rows if _key(row, columns) not in known]
        model._default_manager.filter(pk__in=moved).update(issue=into)
        if twice:
            model._default_manager.filter(pk__in=[row.pk for row in twice]).delete()
        kept[name] = {"moved": [plain(pk) for pk in moved], "twice": [stored(row) for row in twice]}
    return kept


def give_back(gone: UUID, into: UUID, kept: Mapping[str, Any]) -> None:
    """Take from the issue `into` what the issue `gone` had, as far as it is still there."""
    Activity.objects.filter(pk__in=kept["activities"], issue=into).update(issue=gone)
    for pk, is_current in kept["references"]:
        Reference.objects.filter(pk=int(pk), issue=into).update(issue=gone, is_current=is_current)
    for name, (model, _) in _LISTS.items():
        rows = kept[name]
        if rows["moved"]:
            model._default_manager.filter(pk__in=rows["moved"], issue=into).update(issue=gone)
        _insert(model, rows["twice"])
    if kept["volumes"]:
        _give_back_volumes(gone, into, kept["volumes"])
    if kept["not_the_same"]["rows"]:
        _give_back_not_the_same(kept["not_the_same"])


def _give_back_not_the_same(kept: Mapping[str, Any]) -> None:
    NotTheSame.objects.filter(pk__in=kept["made"]).delete()
    others = Issue.everything.in_bulk(
        {UUID(row[end]) for row in kept["rows"] for end in ("issue_id", "other_id")}
    )
    there = [row for row in kept["rows"] if {UUID(row["issue_id"]), UUID(row["other_id"])} <= others.keys()]
    _insert(NotTheSame, there)


def stored(row: Model) -> dict[str, Any]:
    """All columns of a row but those that the database makes, as JSON."""
    return {
        field.attname: plain(getattr(row, field.attname))
        for field in row._meta.concrete_fields
        if not field.generated
    }


def columns_of(model: type[Model], values: Mapping[str, Any]) -> dict[str, Any] | None:
    """The columns of a row that `stored` wrote. A reference to what is gone is null; None: where it must not be."""
    found = {}
    for field in model._meta.concrete_fields:
        if field.attname not in values:
            continue
        value = field.to_python(values[field.attname])
        if value is not None and isinstance(field, ForeignKey) and not _exists(field, value):
            if not field.null:
                return None
            value = None
        found[field.attname] = value
    return found


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, datetime):
        return value.isoformat()
    return value.hex if isinstance(value, UUID) else value


def _exists(field: ForeignKey[Any, Any], value: Any) -> bool:
    return field.related_model._base_manager.filter(pk=value).exists()


def _insert(model: type[Model], rows: Sequence[Mapping[str, Any]]) -> None:
    made = [columns for row in rows if (columns := columns_of(model, row)) is not None]
    if not made:
        return
    # Somebody may have made the same meanwhile.
    model._default_manager.bulk_create([model(**columns) for columns in made], ignore_conflicts=True)


def _key(row: Model, columns: Sequence[str]) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in columns)


def _moved_keys(model: type[Model], gone: UUID, into: UUID) -> list[Any]:
    rows = model._default_manager.filter(issue=gone)
    keys = [plain(pk) for pk in rows.values_list("pk", flat=True)]
    rows.update(issue=into)
    return keys


def _take_references(gone: UUID, into: UUID) -> list[list[Any]]:
    """New events are compressed against the current reference of their issue, of which it has one."""
    moved = Reference.objects.filter(issue=gone)
    kept = [[str(pk), is_current] for pk, is_current in moved.values_list("pk", "is_current")]
    if not kept:
        return kept
    if Reference.objects.filter(issue=into, is_current=True).exists():
        moved.update(issue=into, is_current=False)
    else:
        moved.update(issue=into)
    return kept


_VOLUME = ("project", "issue", "minute", "events", "people")


def _take_volumes(gone: UUID, into: UUID) -> list[list[int]]:
    """How many events alert rules see of the last day: those of both."""
    moved = AlertVolume.objects.filter(issue=gone).order_by("minute")
    rows = [list(row) for row in moved.values_list("project", "minute", "events", "people")]
    if rows:
        added = [(project, into, *numbers) for project, *numbers in rows]
        unique = ("project", "issue", "minute")
        bulk.upsert(AlertVolume, _VOLUME, added, unique=unique, add=("events", "people"))
        moved.delete()
    return rows


def _give_back_volumes(gone: UUID, into: UUID, rows: Sequence[Sequence[int]]) -> None:
    """As many as are still kept."""
    own = AlertVolume.objects.filter(issue=into, minute__in=[minute for _, minute, _, _ in rows])
    known = set(own.values_list("minute", flat=True))
    left = [row for row in rows if row[1] in known]
    fewer = [(project, into, *numbers) for project, *numbers in left]
    assign = "events = issues_alertvolume.events - :events:, people = issues_alertvolume.people - :people:"
    bulk.update(AlertVolume, _VOLUME, fewer, assign, 3)
    bulk.insert(AlertVolume, _VOLUME, [(project, gone, *numbers) for project, *numbers in left])


def _take_not_the_same(gone: UUID, into: UUID) -> dict[str, Any]:
    """What is not the same as the one issue is not the same as the other one now."""
    rows = list(NotTheSame.objects.filter(Q(issue=gone) | Q(other=gone)))
    if not rows:
        return {"rows": [], "made": []}
    kept = [stored(row) for row in rows]
    NotTheSame.objects.filter(pk__in=[row.pk for row in rows]).delete()
    # In the order in which issues.look_alikes.verdicts writes and looks for them.
    pairs = {
        tuple(sorted(into if end == gone else end for end in (row.issue_id, row.other_id))): row
        for row in rows
    }
    known = set(NotTheSame.objects.filter(Q(issue=into) | Q(other=into)).values_list("issue", "other"))
    made = NotTheSame.objects.bulk_create(
        NotTheSame(issue_id=issue, other_id=other, by_id=row.by_id, at=row.at)
        for (issue, other), row in pairs.items()
        if issue != other and (issue, other) not in known
    )
    return {"rows": kept, "made": [row.pk for row in made]}
