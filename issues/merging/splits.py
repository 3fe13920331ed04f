"""Takes one grouping out of an issue: into an issue of its own, or into another one that exists."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import F

from accounts.models import Project, User
from issues import usage
from issues.lock import lock_project
from issues.mapping.batches import BatchMapping
from issues.merging import transfer
from issues.merging.companions import merged_alone, with_companions
from issues.merging.errors import NotPossible
from issues.merging.history import write
from issues.merging.merges import merge, undo_merge, why_not_undoable
from issues.models import Activity, Event, Grouping, Issue, MergedIssue, NotTheSame
from issues.payload import read as payload
from issues.record import references
from rustrak.lib import clock, ids

log = logging.getLogger(__name__)

_LAST = "All events of this issue have this grouping. Merge the issue with another one instead."
_EMPTY = "No event has this grouping yet, so there is nothing to split off."
_UNKNOWN = "This grouping was merged in by an older version, which did not count its events apart, so it cannot be taken out."
_GONE = "This grouping does not exist any more, or its issue was merged or deleted."


def split(project_id: int, grouping_id: int, by: User | None) -> UUID:
    """Split a grouping off its issue, with all its events. Returns the id of the issue that it has then.

    That is the issue that was merged in with this grouping alone, made again, where there is one; else a new issue, with the
    project's next number. Raises NotPossible.
    """
    lock_project(project_id)
    source, groupings, grouping = _found(project_id, grouping_id)
    if not grouping.event_count:
        raise NotPossible(_EMPTY)
    if link := made_again(grouping):
        undo_merge(project_id, link.issue, by)
        _keep_apart(source.pk, link.issue, by)
        return link.issue
    moving = with_companions(groupings, {grouping.pk})
    span = transfer.span_of(source, grouping)
    issue = _new_issue(source, grouping)
    transfer.transfer(source, issue, groupings, moving, span, 1 - span.low)
    write(source.pk, Activity.Kind.SPLIT, by, issue)
    write(issue.pk, Activity.Kind.MOVED_IN, by, source)
    _keep_apart(source.pk, issue.pk, by)
    return issue.pk


def _keep_apart(source: UUID, issue: UUID, by: User | None) -> None:
    """Do not offer to merge again what somebody has just split."""
    first, second = sorted((source, issue))
    NotTheSame.objects.get_or_create(issue_id=first, other_id=second, defaults={"by": by})


def move(project_id: int, grouping_id: int, into: UUID, by: User | None) -> None:
    """Have a grouping lead to another issue of the project, with all its events. If it has all events of its issue, that is merged into
    the other one. Raises NotPossible."""
    lock_project(project_id)
    moved = Grouping.objects.filter(pk=grouping_id, project=project_id).first()
    if moved and into == moved.issue_id:
        raise NotPossible("The events are in this issue already.")
    if moved and _has_all(moved):
        merge(project_id, into, moved.issue_id, by)
        return
    source, groupings, grouping = _found(project_id, grouping_id)
    target = Issue.objects.filter(project=project_id, pk=into).select_related("project").first()
    if target is None:
        raise NotPossible("There is no such issue in this project, or it was merged or deleted.")
    moving = with_companions(groupings, {grouping.pk}) if grouping.event_count else [grouping.pk]
    span = transfer.span_of(source, grouping)
    groupings += transfer.groupings_of([into])
    offset = transfer.numbers_of(target) + 1 - span.low
    transfer.transfer(source, target, groupings, moving, span, offset)
    write(source.pk, Activity.Kind.SPLIT, by, target)
    write(into, Activity.Kind.MOVED_IN, by, source)


def _has_all(grouping: Grouping) -> bool:
    """Whether a grouping has all events of its issue, and there are some."""
    return _is_last(grouping) and bool(grouping.event_count or not grouping.is_counted)


def _is_last(grouping: Grouping) -> bool:
    others = Grouping.objects.filter(issue=grouping.issue_id).exclude(pk=grouping.pk)
    # One that is not counted has all events of its issue.
    return not grouping.is_counted or not others.filter(event_count__gt=0).exists()


def made_again(grouping: Grouping) -> MergedIssue | None:
    """The merge that splitting off the grouping undoes: the issue came with it alone. None: it gets a new issue."""
    links = merged_alone(grouping)
    return next((link for link in links if not why_not_undoable(link, clock.now())), None)


def why_not_split(grouping: Grouping) -> str:
    """Why a grouping cannot be split off or moved, in a sentence for people; empty if it can, as far as that is known before."""
    if _is_last(grouping):
        return _LAST
    stored = Event.objects.filter(grouping=grouping.pk).count()
    return _UNKNOWN if stored > grouping.event_count else ""


def _found(project_id: int, grouping_id: int) -> tuple[Issue, list[Grouping], Grouping]:
    """The issue of a grouping, with all its groupings. Raises NotPossible."""
    found = (
        Grouping.objects.filter(pk=grouping_id, project=project_id).values_list("issue", flat=True).first()
    )
    source = Issue.objects.filter(pk=found).select_related("project").first()
    if source is None:
        raise NotPossible(_GONE)
    groupings = transfer.groupings_of([source.pk])
    grouping = next(each for each in groupings if each.pk == grouping_id)
    if why := why_not_split(grouping):
        raise NotPossible(why)
    return source, groupings, grouping


def _new_issue(source: Issue, grouping: Grouping) -> Issue:
    """An issue without events yet, with the project's next number: open, and called as the latest event of the grouping."""
    project = Project.objects.filter(pk=source.project_id)
    project.update(last_digest_order=F("last_digest_order") + 1)
    number = project.values_list("last_digest_order", flat=True).get()
    now = clock.now()
    issue = Issue(
        id=ids.uuid7(),
        project=source.project,
        digest_order=number,
        # transfer() writes when it was seen, and whatever else is counted.
        first_seen=now,
        last_seen=now,
        opened_at=now,
        **_names(source, grouping),
    )
    Issue.everything.bulk_create([issue])
    texts = usage.ISSUE + len(issue.title) + len(issue.value)
    usage.add(source.project_id, {"issue": (1, texts)})
    return issue


def _names(source: Issue, grouping: Grouping) -> Mapping[str, Any]:
    latest = (
        Event.objects.filter(grouping=grouping.pk).order_by("-digest_order").select_related("issue").first()
    )
    names = {name: getattr(source, name) for name in ("title", "type", "value", "culprit", "platform")}
    if latest is None:
        return names
    names |= {"title": latest.own_title or latest.issue.title, "platform": latest.platform}
    try:
        [data] = references.data_of([latest.payload])
        # Not for long: the project is locked.
        mapping = BatchMapping.of_project(latest.project_id, patience=0.25)
        occurrence = payload.read(
            data,
            event_id=latest.event_id.hex,
            received_at=latest.ingested_at,
            readable=mapping.readable if mapping else None,
        )
    except Exception:
        log.exception(
            "event %s cannot be read, so its issue is called as the one before", latest.event_id.hex
        )
        return names
    return names | {name: getattr(occurrence, name) for name in ("type", "value", "culprit")}
