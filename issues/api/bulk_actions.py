"""/api/projects/{id}/issues/bulk and /api/bulk-actions/{id}"""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from django.http import Http404
from ninja import Router
from ninja.responses import Status
from pydantic import Field

from accounts.access import Capability, SignedInRequest, visible_project
from accounts.credentials import needs
from accounts.models import Project, Team, User
from issues import assignees, bulk_actions, lifecycle, search
from issues.api.states.asked import MuteIn, ReleaseName, ResolutionName, change
from issues.models import BulkAction, IssueQuerySet
from issues.search.lookup import look_up, usual_filter
from issues.search.sentences import sentence
from rustrak.lib import clock, ids, problems
from rustrak.lib.schemas import Input, Moment, Output, Text, example

router = Router(tags=["issues"], auth=needs(Capability.EVENT_READ, Capability.EVENT_WRITE))

Verb = Literal["resolve", "reopen", "mute", "unmute", "assign", "merge", "delete"]
Id = Annotated[Text, Field(max_length=36)]
_MOST_IDS = 1000


class BulkActionIn(Input):
    """Either `ids`, or `query` with `filter` as in the list: all issues that match; an empty `query` matches all. `assign` needs `assignee`: the id
    or the e-mail address of somebody who can see the project, or a team as `"team:payments"`; null: nobody. `merge` needs `target`: the one of the
    issues that remains. `resolve` may have `resolution` and `release`, `mute` may have `mute`, as of one issue."""

    model_config = example({"action": "resolve", "query": "release:2.4.*", "filter": "open"})

    action: Verb
    ids: Annotated[list[Id], Field(max_length=_MOST_IDS)] | None = None
    query: Annotated[Text, Field(max_length=500)] | None = None
    filter: Literal["open", "resolved", "muted", "all"] | None = None
    assignee: int | Annotated[Text, Field(max_length=254)] | None = None
    target: Id | None = None
    resolution: ResolutionName | None = None
    release: ReleaseName | None = None
    mute: MuteIn | None = None


class BulkActionOut(Output):
    """An action on issues. `total` of them are looked at, `done` were so far, `changed` of these were changed: the others were in the
    wanted state already, or are gone. `text` says it in words, `undoes` is the id of the action that this one takes back."""

    id: str
    project_id: int | None
    action: Verb
    state: Literal["waiting", "running", "done", "stopped"]
    total: int
    done: int
    changed: int
    text: str
    undoes: str | None
    is_undoable: bool
    created_at: Moment
    finished_at: Moment | None

    @classmethod
    def of(cls, action: BulkAction) -> BulkActionOut:
        return cls.model_validate(
            {
                "id": str(action.pk),
                "project_id": action.project_id,
                "action": action.kind,
                "state": action.state,
                "total": action.total,
                "done": action.done,
                "changed": action.changed,
                "text": bulk_actions.sentence(action),
                "undoes": str(action.undoes_id) if action.undoes_id else None,
                "is_undoable": bulk_actions.is_undoable(action),
                "created_at": action.created_at,
                "finished_at": action.finished_at,
            }
        )


@router.post("/api/projects/{int:project_id}/issues/bulk", response={201: BulkActionOut})
def act_on_issues(request: SignedInRequest, project_id: int, body: BulkActionIn) -> Status[BulkActionOut]:
    """Do something to many issues. Up to 100 are changed before the answer; more in the background, as `state` says."""
    project = visible_project(request.user, project_id)
    target = _uuid(body.target, "target") if body.target is not None else None
    how = change(body, {"resolve": "resolved", "mute": "muted"}.get(body.action))
    says_how = body.resolution is not None or body.mute is not None
    try:
        action = bulk_actions.begin(
            _chosen(project, body, request.user),
            BulkAction.Kind(body.action),
            request.user,
            project,
            assignee=_assignee(project, body),
            target=target,
            how=how if says_how else None,
        )
    except ValueError as error:
        raise problems.BadInput(str(error)) from None
    return Status(201, BulkActionOut.of(action))


@router.get("/api/bulk-actions/{action_id}", response=BulkActionOut)
def get_bulk_action(request: SignedInRequest, action_id: str) -> BulkActionOut:
    """One of your own actions."""
    return BulkActionOut.of(_own(request.user, action_id))


@router.post("/api/bulk-actions/{action_id}/stop", response=BulkActionOut)
def stop_bulk_action(request: SignedInRequest, action_id: str) -> BulkActionOut:
    """Leave the issues alone that were not looked at yet."""
    bulk_actions.stop(_own(request.user, action_id))
    return BulkActionOut.of(_own(request.user, action_id))


@router.post("/api/bulk-actions/{action_id}/undo", response={201: BulkActionOut})
def undo_bulk_action(request: SignedInRequest, action_id: str) -> Status[BulkActionOut]:
    """Take an action back, as an action of its own. Issues that were changed since are left alone."""
    try:
        action = bulk_actions.undo(_own(request.user, action_id), request.user)
    except ValueError as error:
        raise problems.Conflict(str(error)) from None
    return Status(201, BulkActionOut.of(action))


def _own(user: User, action_id: str) -> BulkAction:
    """Raises Http404, also for an action of somebody else, and for one in projects that the request's token is not for."""
    own = BulkAction.objects.filter(user=user).select_related("assignee", "assigned_team")
    if user.token_projects is not None:
        own = own.filter(project__in=user.token_projects)
    plain = ids.event_id(action_id)
    found = own.filter(pk=plain).first() if plain else None
    if found is None:
        raise Http404
    return found


def _uuid(text: str, field: str) -> UUID:
    plain = ids.event_id(text)
    if not plain:
        raise problems.BadInput(f"{field}: {text!r} is no id of an issue")
    return UUID(plain)


def _chosen(project: Project, body: BulkActionIn, user: User) -> bulk_actions.Snapshot:
    """The issues that the body names."""
    if (body.ids is None) == (body.query is None):
        raise problems.BadInput("ids, query: give one of them")
    issues: IssueQuerySet = project.issues.all()
    if body.ids is not None:
        wanted = {_uuid(each, "ids") for each in body.ids}
        chosen = bulk_actions.snapshot(issues.filter(pk__in=wanted))
        if missing := len(wanted) - len(chosen):
            raise problems.BadInput(f"ids: {missing} of the issues are not in this project")
        return chosen
    text = body.query or ""
    try:
        with search.limited():
            found = look_up(issues, text, search.Scope([project], user, clock.now()))
            if found.mistakes:
                raise problems.BadInput(f"query: {sentence(text, found.mistakes)}")
            status = body.filter or usual_filter(text, found)
            matching = found.issues if status == "all" else found.issues.filter(status=status)
            chosen = bulk_actions.snapshot(matching)
    except search.TookTooLong:
        raise problems.BadInput(
            "query: the search takes too long; search for other or longer words"
        ) from None
    if not chosen:
        raise problems.BadInput("query: no issue matches")
    return chosen


def _assignee(project: Project, body: BulkActionIn) -> User | Team | None:
    if body.action != "assign":
        return None
    if "assignee" not in body.model_fields_set:
        raise problems.BadInput("assignee: is needed; null means nobody")
    try:
        return None if body.assignee is None else assignees.find(project, body.assignee)
    except lifecycle.NotAMember as error:
        raise problems.BadInput(f"assignee: {error}") from None
