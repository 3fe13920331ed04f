"""What clients want to become of issues, and its effect."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from django.db.models import Max, Sum
from pydantic import AfterValidator, BaseModel, Field

from accounts.models import Project, Team, User
from issues import assignees, bulk_actions, lifecycle, review, watching
from issues.models import BulkAction, Commit, Issue, IssueHour, IssueQuerySet
from issues.releases import rows
from issues.states.change import AT_ONCE, FOR_GOOD, Mute, NotPossible, Resolve
from rustrak.lib import clock, problems
from rustrak.lib.schemas import Text

Minutes = Annotated[int, Field(ge=1, le=60 * 24 * 3660)]
# Muted until there is a spike: so many times as many events in an hour as in the busiest one of the last days, and so many at least.
_SPIKE, _SPIKE_LEAST, _SPIKE_DAYS = 2, 10, 7
_UNSUPPORTED = {
    "isBookmarked": "There are no bookmarks here: send isSubscribed.",
    "isPublic": "Issues here cannot be shared with the public.",
    "discard": "To have no more events of an issue, write a fingerprint rule that drops them.",
    "priority": "Issues here have no priority.",
}


def _zoned(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class CommitName(BaseModel):
    commit: Text
    repository: Text | None = None


class Details(BaseModel):
    """Until when a state holds."""

    inNextRelease: bool | None = None
    inRelease: Text | None = None
    inCommit: CommitName | None = None
    snoozeDuration: Minutes | None = None
    ignoreDuration: Minutes | None = None
    ignoreUntil: Annotated[datetime, AfterValidator(_zoned)] | None = None
    ignoreCount: Annotated[int, Field(ge=1)] | None = None
    ignoreWindow: Minutes | None = None
    ignoreUserCount: Annotated[int, Field(ge=1)] | None = None
    ignoreUserWindow: Minutes | None = None


class IssuePut(Details):
    """What is left out or null does not change, but for `assignedTo`: nobody. Details may be beside the status or in `statusDetails`."""

    status: (
        Literal["resolved", "resolvedInNextRelease", "unresolved", "ignored", "muted", "archived"] | None
    ) = None
    statusDetails: Details | None = None
    substatus: Text | None = None
    assignedTo: Text | int | None = None
    hasSeen: bool | None = None
    isSubscribed: bool | None = None
    merge: bool | None = None
    isBookmarked: bool | None = None
    isPublic: bool | None = None
    discard: bool | None = None
    priority: Text | None = None


def change(issues: Sequence[Issue], body: IssuePut, by: User) -> None:
    """Do with all of the issues what the body asks for. Their `project` is loaded. Raises BadInput, and then nothing has changed of what is
    wrong itself."""
    for name, why in _UNSUPPORTED.items():
        if getattr(body, name):
            raise problems.BadInput(f"{name}: {why}")
    projects = list({issue.project_id: issue.project for issue in issues}.values())
    assignee = _assignee(projects, body) if "assignedTo" in body.model_fields_set else None
    try:
        if body.status is not None:
            _set_status(issues, body, by)
        if "assignedTo" in body.model_fields_set:
            lifecycle.assign(_rows(issues), assignee, by=by)
        if body.merge:
            _merge(issues, by)
    except (NotPossible, lifecycle.NotAMember) as error:
        raise problems.BadInput(str(error)) from None
    except ValueError as error:  # of bulk_actions: for people
        raise problems.BadInput(str(error)) from None
    if body.hasSeen:
        review.mark(by, _rows(issues), clock.now())
    if body.isSubscribed is not None:
        for issue in issues:
            watching.set_watching(issue, by, body.isSubscribed)
    elif body.status is not None and len(issues) == 1:
        watching.note([issues[0].pk], [by.pk])


def _rows(issues: Iterable[Issue]) -> IssueQuerySet:
    return Issue.objects.filter(pk__in=[issue.pk for issue in issues])


def _set_status(issues: Sequence[Issue], body: IssuePut, by: User) -> None:
    details = body.statusDetails or body
    if body.status in {"resolved", "resolvedInNextRelease"}:
        for project in {issue.project for issue in issues}:
            chosen = _rows(issue for issue in issues if issue.project_id == project.pk)
            how = _resolution(project, body.status, details)
            # Who says no more than that it is resolved does not change in what way it is.
            lifecycle.resolve(
                chosen.exclude(status=Issue.Status.RESOLVED) if how == AT_ONCE else chosen, by, how
            )
    elif body.status == "unresolved":
        lifecycle.reopen(_rows(issues), by=by)
        lifecycle.unmute(_rows(issues), by=by)
    elif body.substatus == "archived_until_escalating":
        for issue in issues:
            lifecycle.mute(_rows([issue]), by, Mute(events=_spike(issue), minutes=60))
    else:
        until = _muting(details)
        chosen = _rows(issues)
        says_more = until != FOR_GOOD or body.substatus
        lifecycle.mute(chosen if says_more else chosen.exclude(status=Issue.Status.MUTED), by, until)


def _resolution(project: Project, status: str, details: Details) -> Resolve:
    if status == "resolvedInNextRelease" or details.inNextRelease:
        how = Resolve("next_release")
    elif details.inRelease:
        how = Resolve("in_release", _version(project, details.inRelease))
    elif details.inCommit:
        commit = _commit(project, details.inCommit)
        how = Resolve("in_release", commit.release.version, commit=commit.sha, repository=commit.repository)
    else:
        how = Resolve()
    how.check()
    return how


def _version(project: Project, version: str) -> str:
    if version != "latest":
        return version.strip()
    newest = rows.newest(project.pk)
    if newest is None:
        raise problems.BadInput(f"inRelease: no release of {project.name} is known")
    return newest.version


def _commit(project: Project, named: CommitName) -> Commit:
    """The commit that is named, of the first release that has it. Raises BadInput."""
    commits = Commit.objects.filter(project=project, sha__startswith=named.commit[:64])
    if named.repository:
        commits = commits.filter(repository=named.repository)
    found = commits.order_by("release").select_related("release").first()
    if found is None or len(named.commit) < 7:
        raise problems.BadInput(
            f"inCommit: no release of {project.name} has this commit. Send the commits of the release first, or resolve in the next release."
        )
    return found


def _muting(details: Details) -> Mute:
    minutes = details.snoozeDuration or details.ignoreDuration
    until = details.ignoreUntil or (clock.now() + timedelta(minutes=minutes) if minutes else None)
    within = details.ignoreWindow if details.ignoreCount else None
    within = within or (details.ignoreUserWindow if details.ignoreUserCount else None)
    return Mute(until, details.ignoreCount, details.ignoreUserCount, within)


def _spike(issue: Issue) -> int:
    """How many events in an hour are unusual for the issue."""
    since = int((clock.now() - timedelta(days=_SPIKE_DAYS)).timestamp()) // 3600
    hours = IssueHour.objects.filter(grouping__issue=issue, hour__gte=since).order_by()
    busiest = hours.values("hour").annotate(events=Sum("count")).aggregate(most=Max("events"))["most"] or 0
    return max(_SPIKE_LEAST, _SPIKE * busiest)


def _assignee(projects: Sequence[Project], body: IssuePut) -> User | Team | None:
    """Whom `assignedTo` names: an id, an e-mail address, `user:3`, `team:4`, `team:payments` or `#payments`. Raises BadInput."""
    named = body.assignedTo
    if named is None or named == "":
        return None
    text = str(named).strip()
    kind, has_kind, value = text.partition(":")
    if has_kind and kind == "team" and value.isascii() and value.isdigit():
        team = Team.objects.filter(pk=int(value[:9])).first()
        text = f"team:{team.slug}" if team else text
    elif has_kind and kind == "user":
        text = value
    try:
        person: int | str = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else text
        found: list[Any] = [assignees.find(project, person) for project in projects]
    except lifecycle.NotAMember as error:
        raise problems.BadInput(f"assignedTo: {error}") from None
    return found[0] if found else None


def _merge(issues: Sequence[Issue], by: User) -> None:
    """Merge the issues into the one with most events."""
    if len({issue.project_id for issue in issues}) != 1:
        raise problems.BadInput("merge: the issues are of different projects")
    target = max(issues, key=lambda issue: (issue.event_count, -issue.digest_order))
    bulk_actions.begin(_rows(issues), BulkAction.Kind.MERGE, by, issues[0].project, target=target.pk)
