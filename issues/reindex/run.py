"""Indexes what is not indexed yet, one grouping of an issue at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import inf

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.models import Project
from issues.lock import lock_project
from issues.models import Grouping, Issue, IssueText
from issues.record.words import issue_text
from issues.reindex import stored
from rustrak.lib import clock

# Groupings that are looked up at a time, and those whose texts are cleared in one transaction.
_GROUPINGS, _CLEARED = 100, 50
# In seconds.
_REPORT_EVERY, _PAUSE = 1.0, 0.02


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of the issues of a project are indexed."""

    project: Project
    done: int
    total: int


def run(
    on_progress: Callable[[Progress], None],
    seconds: float | None = None,
    projects: Iterable[Project] | None = None,
) -> bool:
    """Index for `seconds` (None: to the end) what is not indexed of `projects` (None: of all). Returns whether everything is.

    May be killed and run again at any time, and several times at once. `on_progress` is called before and after each project,
    and about once a second.
    """
    end = inf if seconds is None else time.monotonic() + seconds
    wanted = _unfinished()
    if projects is not None:
        wanted = wanted.filter(pk__in=[project.pk for project in projects])
    finished = [_index(project, on_progress, end) for project in wanted]
    return all(finished)


def forget(projects: Iterable[Project]) -> None:
    """Have these projects indexed again from the beginning: what their events no longer say is not found any more."""
    for project in projects:
        Project.objects.filter(pk=project.pk).update(is_indexed=False)
        last = None
        while True:
            groupings = Grouping.objects.filter(project=project).order_by("pk")
            if last is not None:
                groupings = groupings.filter(pk__gt=last)
            keys = list(groupings.values_list("pk", flat=True)[:_CLEARED])
            if not keys:
                break
            with transaction.atomic():
                lock_project(project.pk)
                issue_text.clear(project.pk, keys)
            last = keys[-1]
            time.sleep(_PAUSE)


def progress() -> list[Progress]:
    """Of the projects that are not indexed completely. Two queries."""
    projects = list(_unfinished())
    if not projects:
        return []
    issues = Issue.objects.filter(project__in=projects).order_by()
    is_open = Exists(_open().filter(issue=OuterRef("pk")))
    counts = {
        key: (total, done)
        for key, total, done in issues.values_list("project").annotate(
            total=Count("pk"), done=Count("pk", filter=~is_open)
        )
    }
    found = []
    for project in projects:
        total, done = counts.get(project.pk, (0, 0))
        found.append(Progress(project, done, total))
    return found


def _unfinished() -> QuerySet[Project]:
    return Project.objects.filter(is_indexed=False, deleting_at=None).order_by("pk")


def _index(project: Project, on_progress: Callable[[Progress], None], end: float) -> bool:
    """Index groupings of a project, the newest first. Returns whether all of them are."""
    own = _open().filter(project=project)
    total = Issue.objects.filter(project=project).count()
    done = total - own.values("issue").distinct().count()
    on_progress(Progress(project, done, total))
    reported, last = time.monotonic(), None
    while True:
        some = own.order_by("-pk")
        if last is not None:
            some = some.filter(pk__lt=last)
        groupings = list(some.select_related("issue")[:_GROUPINGS])
        if not groupings:
            break
        for grouping in groupings:
            if time.monotonic() >= end:
                return False
            if not stored.is_done(grouping.pk):
                stored.index(grouping, clock.now())
            done += 1
            if time.monotonic() - reported >= _REPORT_EVERY:
                reported = time.monotonic()
                on_progress(Progress(project, min(done, total), total))
        last = groupings[-1].pk
    with transaction.atomic():
        lock_project(project.pk)
        finished = not own.exists()
        if finished:
            Project.objects.filter(pk=project.pk).update(is_indexed=True)
    on_progress(Progress(project, total if finished else min(done, total), total))
    return finished


def _open() -> QuerySet[Grouping]:
    """The groupings that have events and are not indexed."""
    complete = IssueText.objects.filter(grouping=OuterRef("pk"), is_complete=True)
    unused = Q(is_counted=True, first_seen=None)
    return Grouping.objects.filter(~Exists(complete), ~unused, ~Q(issue__status__in=Issue.HIDDEN))
