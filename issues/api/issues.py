"""/api/projects/{id}/issues and /api/issues"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Annotated, Literal

from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.http import Http404
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from accounts.access import Capability, SignedInRequest, visible_project
from accounts.credentials import needs
from accounts.models import Project, User
from issues import assignees, lifecycle, search, watching
from issues.api.states import told
from issues.api.states.asked import MuteIn, ReleaseName, ResolutionName, change, errors
from issues.api.states.told import StateOut
from issues.models import ExternalIssue, Issue, IssueQuerySet, Level, MergedIssue
from issues.query.parsing import LONGEST
from issues.search import Scope
from issues.search.lookup import look_up, usual_filter
from issues.search.sentences import sentence
from issues.states.change import Mute, Resolve
from rustrak.lib import clock, ids, keyset, problems
from rustrak.lib.schemas import Input, Listing, Moment, Output, Paging, Text, example

router = Router(tags=["issues"], auth=needs(Capability.EVENT_READ, Capability.EVENT_WRITE))

_ORDERS = {
    "last_seen": ["last_seen", "id"],
    "first_seen": ["first_seen", "id"],
    "digest_order": ["digest_order"],
    "events": ["event_count", "id"],
    "users": ["user_count", "id"],
    "trend": ["trend", "id"],
}
_TOO_LONG = "query: the search takes too long; search for other or longer words"


Filter = Literal["open", "resolved", "muted", "all"]


class AllIssuesQuery(Paging):
    """Without a `filter` it is `open`, and `all` where the query names a state or one issue."""

    filter: Filter | None = None
    sort: Literal["last_seen", "first_seen", "events", "users", "trend"] = "last_seen"
    order: Literal["desc", "asc"] = "desc"
    query: Annotated[Text, Field(max_length=LONGEST)] = ""


class IssueQuery(AllIssuesQuery):
    sort: Literal["last_seen", "first_seen", "digest_order", "events", "users", "trend"] = "last_seen"  # type: ignore[assignment]


class IssuePatch(Input):
    """Fields that are left out do not change. `status` is another way to say `is_resolved` and `is_muted`. If both are true, the issue is
    resolved and not muted. `resolution` and `release` say what it is resolved in, `mute` when it opens again.

    `assignee` is the id or the e-mail address of somebody who can see the project, or a team as `"team:payments"`; null: nobody.
    """

    model_config = example({"status": "resolved", "resolution": "next_release"})

    is_resolved: bool = False
    is_muted: bool = False
    status: Literal["open", "resolved", "muted"] | None = None
    resolution: ResolutionName | None = None
    release: ReleaseName | None = None
    mute: MuteIn | None = None
    assignee: int | Annotated[Text, Field(max_length=254)] | None = None


class AssigneeOut(Output):
    """A person."""

    id: int
    email: str
    name: str


class AssignedTeamOut(Output):
    """A team that looks after an issue. `kind` tells it from a person."""

    kind: Literal["team"] = "team"
    id: int
    slug: str
    name: str


class AssignedPersonOut(AssigneeOut):
    """A person who looks after an issue. `kind` tells them from a team."""

    kind: Literal["person"] = "person"


class ExternalIssueOut(Output):
    id: int
    url: str
    created_at: Moment
    created_by: AssigneeOut | None

    @classmethod
    def of(cls, row: ExternalIssue) -> ExternalIssueOut:
        by = _person(row.created_by) if row.created_by else None
        return cls(id=row.pk, url=row.url, created_at=row.created_at, created_by=by)


class IssueOut(StateOut):
    """An issue. Releases and environments are those of the first and last events that have them, else null."""

    id: str
    project_id: int
    short_id: str
    digest_order: int
    title: str
    value: str
    culprit: str
    level: Literal["debug", "info", "warning", "error", "fatal"]
    platform: str
    status: Literal["open", "resolved", "muted"]
    is_resolved: bool
    is_muted: bool
    first_seen: Moment
    last_seen: Moment
    first_release: str | None
    last_release: str | None
    first_environment: str | None
    last_environment: str | None
    event_count: int
    stored_event_count: int
    user_count: int
    assignee: AssignedPersonOut | AssignedTeamOut | None
    external_issues: list[ExternalIssueOut]

    @classmethod
    def of(cls, issue: Issue) -> IssueOut:
        return cls.model_validate(
            {
                "id": str(issue.pk),
                "project_id": issue.project_id,
                "short_id": issue.short_id,
                "digest_order": issue.digest_order,
                "title": issue.title,
                "value": issue.value,
                "culprit": issue.culprit,
                "level": Level(issue.level).label,
                "platform": issue.platform,
                "status": issue.status,
                "is_resolved": issue.is_resolved,
                "is_muted": issue.is_muted,
                **told.state(issue),
                "first_seen": issue.first_seen,
                "last_seen": issue.last_seen,
                "first_release": issue.first_release or None,
                "last_release": issue.last_release or None,
                "first_environment": issue.first_environment or None,
                "last_environment": issue.last_environment or None,
                "event_count": issue.event_count,
                "stored_event_count": issue.stored_event_count,
                "user_count": issue.user_count,
                "assignee": _assignee(issue),
                "external_issues": [ExternalIssueOut.of(each) for each in issue.external_issues.all()],
            }
        )


def _person(user: User) -> AssigneeOut:
    return AssigneeOut(id=user.pk, email=user.email, name=user.get_short_name())


def _assignee(issue: Issue) -> AssignedPersonOut | AssignedTeamOut | None:
    if team := issue.assigned_team:
        return AssignedTeamOut(id=team.pk, slug=team.slug, name=team.name)
    if user := issue.assignee:
        return AssignedPersonOut(id=user.pk, email=user.email, name=user.get_short_name())
    return None


def issues_of(project: Project) -> IssueQuerySet:
    """The project's issues; their `project` and assignee need no further query."""
    return project.issues.select_related("assignee", "assigned_team")


def _links() -> Prefetch[str, QuerySet[ExternalIssue], str]:
    """Reads the links to other trackers with one query."""
    return Prefetch("external_issues", ExternalIssue.objects.select_related("created_by").order_by("pk"))


def _shown(issue: Issue) -> IssueOut:
    prefetch_related_objects([issue], _links())
    return IssueOut.of(issue)


def visible_issue(user: User, project_id: int, issue_id: str) -> Issue:
    """The issue, if `user` may see its project. Raises Http404. The UUID may be written with or without hyphens."""
    found = _one(visible_project(user, project_id), issue_id).first()
    if found is None:
        raise Http404
    return found


def _merged_into(user: User, project_id: int, issue_id: str) -> Issue:
    """The issue that has the events of one that was merged into it. Raises Http404."""
    plain, project = ids.event_id(issue_id), visible_project(user, project_id)
    into = MergedIssue.objects.filter(project=project, issue=plain).values("into") if plain else []
    return get_object_or_404(issues_of(project), pk__in=into)


def _one(project: Project, issue_id: str) -> IssueQuerySet:
    plain = ids.event_id(issue_id)
    return issues_of(project).filter(pk=plain) if plain else issues_of(project).none()


@router.get("/api/projects/{int:project_id}/issues", response=Listing[IssueOut])
def list_issues(request: SignedInRequest, project_id: int, query: Query[IssueQuery]) -> Listing[IssueOut]:
    """List issues, by default the open ones, and with a `query` that names a state those in it; last seen first. `query` is a search as in the search box of the issue list: words
    and conditions like `level:fatal`, a short id, or the id of an event. One with a mistake is a 400 that says what is wrong."""
    project = visible_project(request.user, project_id)
    return _listed(request.user, [project], issues_of(project), query)


@router.get("/api/issues", response=Listing[IssueOut])
def list_all_issues(request: SignedInRequest, query: Query[AllIssuesQuery]) -> Listing[IssueOut]:
    """List the issues of all projects that you may see. The parameters are those of a project's list."""
    projects = list(Project.objects.visible_to(request.user).order_by("pk"))
    issues = Issue.objects.filter(project__in=Project.objects.visible_to(request.user).values("pk"))
    return _listed(
        request.user, projects, issues.select_related("assignee", "assigned_team", "project"), query
    )


def _listed(
    user: User, projects: Sequence[Project], issues: IssueQuerySet, query: AllIssuesQuery
) -> Listing[IssueOut]:
    chosen = issues.prefetch_related(_links())
    try:
        with search.limited() if query.query else nullcontext():
            page = keyset.page(
                _found(chosen, query, Scope(projects, user, clock.now())),
                _ORDERS[query.sort],
                descending=query.order == "desc",
                cursor=query.cursor,
                limit=query.limit,
            )
    except search.TookTooLong:
        raise problems.BadInput(_TOO_LONG) from None
    return Listing[IssueOut].of(page, IssueOut.of)


def _found(issues: IssueQuerySet, query: AllIssuesQuery, scope: Scope) -> IssueQuerySet:
    """Those of the filter that the text means; of an id the one that it names. Raises BadInput."""
    found = look_up(issues, query.query, scope)
    if found.mistakes:
        raise problems.BadInput(f"query: {sentence(query.query, found.mistakes)}")
    wanted = query.filter or usual_filter(query.query, found)
    return found.issues if wanted == "all" else found.issues.filter(status=wanted)


@router.get("/api/projects/{int:project_id}/issues/{issue_id}", response=IssueOut)
def get_issue(request: SignedInRequest, project_id: int, issue_id: str) -> IssueOut:
    """One issue. The id of an issue that was merged into another one leads to that one."""
    try:
        return _shown(visible_issue(request.user, project_id, issue_id))
    except Http404:
        return _shown(_merged_into(request.user, project_id, issue_id))


@router.patch("/api/projects/{int:project_id}/issues/{issue_id}", response=IssueOut)
def change_issue(request: SignedInRequest, project_id: int, issue_id: str, body: IssuePatch) -> IssueOut:
    """Resolve, reopen, mute, unmute or assign an issue."""
    issue = visible_issue(request.user, project_id, issue_id)
    if "assignee" in body.model_fields_set:
        _assign(_one(issue.project, issue_id), issue.project, body.assignee, request.user)
    _change(_one(issue.project, issue_id), issue, body, request.user)
    if body.model_fields_set:
        watching.note([issue.pk], [request.user.pk])
    return _shown(visible_issue(request.user, project_id, issue_id))


@router.delete(
    "/api/projects/{int:project_id}/issues/{issue_id}",
    response={204: None},
    auth=needs(Capability.EVENT_READ, Capability.EVENT_ADMIN),
)
def delete_issue(request: SignedInRequest, project_id: int, issue_id: str) -> Status[None]:
    """Delete an issue with its events."""
    issue = visible_issue(request.user, project_id, issue_id)
    lifecycle.delete(_one(issue.project, issue_id), by=request.user)
    return Status(204, None)


def _assign(rows: IssueQuerySet, project: Project, to: int | str | None, by: User) -> None:
    try:
        lifecycle.assign(rows, None if to is None else assignees.find(project, to), by=by)
    except lifecycle.NotAMember as error:
        raise problems.BadInput(f"assignee: {error}") from None


def _change(rows: IssueQuerySet, issue: Issue, patch: IssuePatch, by: User) -> None:
    given = patch.model_fields_set
    if patch.status is not None and given & {"is_resolved", "is_muted"}:
        raise problems.BadInput("status, is_resolved, is_muted: give only one way to say it")
    wanted = patch.status or ("resolved" if patch.is_resolved else "muted" if patch.is_muted else None)
    how = change(patch, wanted)
    # Whoever says no more than that it is resolved, or muted, does not change in what way it is.
    says_more = patch.resolution is not None or patch.mute is not None or patch.status is not None
    with errors():
        if isinstance(how, Resolve):
            if says_more or not issue.is_resolved:
                lifecycle.resolve(rows, by, how)
        elif isinstance(how, Mute):
            if says_more or not issue.is_muted:
                lifecycle.mute(rows, by, how)
        else:
            if (wanted or "is_resolved" in given) and issue.is_resolved:
                lifecycle.reopen(rows, by=by)
            if (wanted or "is_muted" in given) and issue.is_muted:
                lifecycle.unmute(rows, by=by)
