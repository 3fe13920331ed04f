"""Which issue or event a client means. Its number in this API is made of its project's id and its number there, so that no column is needed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from uuid import UUID

from accounts.access import SignedInRequest
from accounts.models import Project
from issues.models import Event, Issue, MergedIssue
from issues.search import Scope
from issues.search.jump import target
from issues.sentry_api.base.places import check
from rustrak.lib import clock, ids, problems

#: Named in one call.
MOST = 1_000
_BITS = 32
_NUMBER = re.compile(r"[1-9][0-9]{0,19}", re.ASCII)


def number_of(issue: Issue) -> str:
    """The issue's number, as text: a JavaScript number has only 53 bits."""
    return str(issue.project_id << _BITS | issue.digest_order)


def _parts(text: str) -> tuple[int, int] | None:
    """The id of the project, and the number of the issue in it."""
    if not _NUMBER.fullmatch(text):
        return None
    project, order = divmod(int(text), 1 << _BITS)
    return (project, order) if 0 < project < 1 << 31 else None


def issue_of(request: SignedInRequest, name: str) -> Issue:
    """The issue with this number, short id (`SHOP-1`) or UUID, or the one that it was merged into. Raises NotFound, also if the user may not
    see it, and PermissionDenied if they may not do there what the request needs."""
    found: Issue | None = None
    if parts := _parts(name):
        found = _by_number(Project.objects.visible_to(request.user).filter(pk=parts[0]).first(), parts[1])
    elif len(name) <= 100:
        scope = Scope(list(Project.objects.visible_to(request.user)), request.user, clock.now())
        if named := target(name.replace("\0", ""), scope):
            found = Issue.objects.filter(pk=named.issue).first()
    if found is None:
        raise problems.NotFound(f"There is no issue “{name[:100]}”.")
    issue = loaded([found])[0]
    check(request, issue.project)
    return issue


def _by_number(project: Project | None, order: int) -> Issue | None:
    if project is None:
        return None
    named = {"project": project, "digest_order": order}
    if issue := Issue.objects.filter(**named).first():
        return issue
    merged = MergedIssue.objects.filter(**named).first()
    return Issue.objects.filter(pk=merged.into_id).first() if merged else None


def issues_of(request: SignedInRequest, numbers: Sequence[str]) -> list[Issue]:
    """The issues with these numbers, as `issue_of` finds one, each once. Raises NotFound for the first that is not there, and BadInput."""
    if len(numbers) > MOST:
        raise problems.BadInput(f"id: at most {MOST:,} can be named at once")
    by_project: dict[int, set[int]] = {}
    for each in numbers:
        if parts := _parts(each):
            by_project.setdefault(parts[0], set()).add(parts[1])
    found: dict[str, Issue] = {}
    for project in Project.objects.visible_to(request.user).filter(pk__in=by_project):
        for issue in Issue.objects.filter(project=project, digest_order__in=by_project[project.pk]):
            check(request, project)
            found[number_of(issue)] = issue
    wanted = [found.get(each) or issue_of(request, each) for each in dict.fromkeys(numbers)]
    return list({issue.pk: issue for issue in wanted}.values())


def loaded(issues: Iterable[Issue]) -> list[Issue]:
    """The same issues as they are now, with what they are shown with; those that are gone are left out."""
    keys = [issue.pk for issue in issues]
    rows = Issue.objects.filter(pk__in=keys).select_related("project", "assignee", "assigned_team")
    by_key = {issue.pk: issue for issue in rows}
    return [by_key[key] for key in keys if key in by_key]


def event_of(project: Project, name: str) -> Event:
    """The event of the project with the SDK's id, with its issue. Raises NotFound."""
    plain = ids.event_id(name)
    rows = Event.objects.select_related("issue", "issue__project")
    found = rows.filter(project=project, event_id=UUID(plain)).first() if plain else None
    if found is None:
        raise problems.NotFound(f"This project has no event “{name[:100]}” that is still stored.")
    return found
