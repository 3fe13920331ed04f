"""Where a text leads that is an id: to an issue or an event instead of a list."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from accounts.models import FormerSlug, Project
from issues.models import Event, Issue, MergedIssue
from issues.search.find import Scope
from rustrak.lib import ids

# Sentry's names are understood, as people paste them from elsewhere.
_NAMED = re.compile(r"(?:id|issue|issue\.id|event|event\.id)\s*:\s*", re.IGNORECASE)
_SHORT_ID = re.compile(r"(?:(?P<slug>[\w-]{1,50})-|#)(?P<number>[0-9]{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Target:
    """An issue; with `event` (its row's id) that event."""

    project: Project
    issue: UUID
    event: UUID | None = None


def target(text: str, scope: Scope) -> Target | None:
    """What the whole `text` names: a short id (also with a former slug, or `#12` in one project), the id of an event or
    of an issue. None for any other text, and for ids of nothing in the scope. At most four queries, none for text that is no id."""
    named = text.strip()
    named = named[prefix.end() :] if (prefix := _NAMED.match(named)) else named
    if short := _SHORT_ID.fullmatch(named):
        return _by_short_id(short["slug"], int(short["number"]), scope)
    plain = ids.event_id(named)
    return _by_id(UUID(plain), scope) if plain else None


def _by_short_id(slug: str | None, number: int, scope: Scope) -> Target | None:
    if slug is None:
        project = scope.projects[0] if len(scope.projects) == 1 else None
    else:
        project = _project(slug.lower(), scope)
    if project is None:
        return None
    named = {"project": project, "digest_order": number}
    if issue := Issue.objects.filter(**named).only("pk").first():
        return Target(project, issue.pk)
    # One that was merged into another leads there.
    merged = MergedIssue.objects.filter(**named).only("into").first()
    return Target(project, merged.into_id) if merged else None


def _project(slug: str, scope: Scope) -> Project | None:
    """The project that has `slug`, or had it before: a slug that another project takes is nobody's former one."""
    for project in scope.projects:
        if project.slug.lower() == slug:
            return project
    former = FormerSlug.objects.filter(slug=slug, project__in=scope.projects).first()
    return next((each for each in scope.projects if former and each.pk == former.project_id), None)


def _by_id(which: UUID, scope: Scope) -> Target | None:
    by_key = {project.pk: project for project in scope.projects}
    events = Event.objects.filter(project__in=by_key).only("pk", "issue_id")
    # Two look-ups in two indexes; with OR, a database may read all events of a project.
    event = events.filter(event_id=which).first() or events.filter(pk=which).first()
    merged = None if event else MergedIssue.objects.filter(issue=which).only("into").first()
    key = event.issue_id if event else merged.into_id if merged else which
    issue = Issue.objects.filter(pk=key, project__in=by_key).only("project_id").first()
    return Target(by_key[issue.project_id], issue.pk, event.pk if event else None) if issue else None
