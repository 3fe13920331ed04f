"""Carries out, or takes back, an action on some issues of one project, in the caller's transaction.

What an issue was before is kept as JSON in BulkChange.before: the columns of its state, or `assignee` and `team`, with the time `at` of
the entry in its history; of a deleted issue the hashes of its groupings by their ids.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max

from accounts.access import Capability
from accounts.models import Team, User
from issues import lifecycle
from issues.models import Activity, BulkAction, Grouping, Issue, IssueQuerySet
from issues.states.change import mute_of, resolve_of
from rustrak.lib import clock

Kind = BulkAction.Kind


def needs(kind: str) -> Capability:
    """What somebody must be allowed to do in the project of an issue for an action of this kind."""
    return Capability.EVENT_ADMIN if kind == Kind.DELETE else Capability.EVENT_WRITE


#: By issue that was changed: what it was before.
Changed = dict[UUID, Any]
_Verb = Callable[[IssueQuerySet, BulkAction], int]
_VERBS: Mapping[str, tuple[_Verb, Activity.Kind, str]] = {
    Kind.RESOLVE: (
        lambda rows, action: lifecycle.resolve(
            _meant(rows, action, Issue.Status.RESOLVED), action.user, resolve_of(action.parameters)
        ),
        Activity.Kind.RESOLVED,
        Issue.Status.RESOLVED,
    ),
    Kind.REOPEN: (
        lambda rows, action: lifecycle.reopen(rows, action.user), Activity.Kind.REOPENED, Issue.Status.OPEN,
    ),
    Kind.MUTE: (
        lambda rows, action: lifecycle.mute(
            _meant(rows, action, Issue.Status.MUTED), action.user, mute_of(action.parameters)
        ),
        Activity.Kind.MUTED,
        Issue.Status.MUTED,
    ),
    Kind.UNMUTE: (
        lambda rows, action: lifecycle.unmute(rows, action.user), Activity.Kind.UNMUTED, Issue.Status.OPEN,
    ),
}  # fmt: skip


def _meant(rows: IssueQuerySet, action: BulkAction, state: Issue.Status) -> IssueQuerySet:
    """Who does not say how issues are to be resolved or muted means those that are not yet."""
    return rows if action.parameters else rows.exclude(status=state)


_OF_ASSIGNMENT = (Activity.Kind.ASSIGNED, Activity.Kind.UNASSIGNED)
_OF_STATUS = (
    Activity.Kind.RESOLVED, Activity.Kind.REOPENED, Activity.Kind.MUTED, Activity.Kind.UNMUTED, Activity.Kind.REGRESSED,
)  # fmt: skip


def carry_out(action: BulkAction, project_id: int, issues: Sequence[UUID]) -> Changed:
    """Do to these issues what the action says. Raises lifecycle.NotAMember and lifecycle.NotPossible."""
    rows: IssueQuerySet = Issue.objects.filter(project=project_id, pk__in=issues)
    if action.kind == Kind.DELETE:
        return _delete(rows, action.user)
    since = clock.now()
    before: Mapping[UUID, dict[str, Any]]
    if action.kind == Kind.ASSIGN:
        columns = rows.values_list("pk", "assignee_id", "assigned_team_id")
        before = {pk: {"assignee": assignee, "team": team} for pk, assignee, team in columns}
        lifecycle.assign(rows, action.assignee or action.assigned_team, action.user)
        kinds: Sequence[Activity.Kind] = _OF_ASSIGNMENT
    else:
        before = lifecycle.kept(rows)
        verb, kind, _ = _VERBS[action.kind]
        verb(rows, action)
        kinds = (kind,)
    # What was changed has an entry in its history now.
    entries = Activity.objects.filter(issue__in=list(before), kind__in=kinds, at__gte=since)
    return {
        issue: {**before[issue], "at": at.isoformat()} for issue, at in entries.values_list("issue", "at")
    }


def take_back(
    action: BulkAction, project_id: int, issues: Mapping[UUID, Mapping[str, Any]]
) -> tuple[Changed, str]:
    """Put back what `issues` (with what was kept of each) were, unless something has changed them since.

    Returns those that were put back, and what people should know besides.
    """
    if action.kind == Kind.DELETE:
        return _restore(project_id, issues)
    if action.kind == Kind.ASSIGN:
        return _assign_back(action, project_id, issues), ""
    _, _, after = _VERBS[action.kind]
    rows = Issue.objects.filter(project=project_id, pk__in=_unchanged(issues, _OF_STATUS), status=after)
    states = {issue: issues[issue] for issue in rows.values_list("pk", flat=True)}
    lifecycle.put_back(project_id, states, action.user)
    return dict.fromkeys(states), ""


def _moment(stored: str | None) -> datetime | None:
    return datetime.fromisoformat(stored) if stored else None


def _unchanged(issues: Mapping[UUID, Mapping[str, Any]], kinds: Sequence[Activity.Kind]) -> list[UUID]:
    """Those whose latest entry of such a kind is the action's own."""
    entries = Activity.objects.filter(issue__in=list(issues), kind__in=kinds)
    latest = dict(
        entries.values("issue").annotate(latest=Max("at")).values_list("issue", "latest").order_by()
    )
    return [issue for issue, before in issues.items() if latest.get(issue) == _moment(before["at"])]


def _assign_back(action: BulkAction, project_id: int, issues: Mapping[UUID, Mapping[str, Any]]) -> Changed:
    rows = Issue.objects.filter(
        project=project_id,
        pk__in=_unchanged(issues, _OF_ASSIGNMENT),
        assignee=action.assignee_id,
        assigned_team=action.assigned_team_id,
    )
    former: dict[tuple[int | None, int | None], list[UUID]] = {}
    for issue in rows.values_list("pk", flat=True):
        # What an earlier version kept has no team.
        was = issues[issue]["assignee"], issues[issue].get("team")
        former.setdefault(was, []).append(issue)
    people = User.objects.in_bulk([pk for pk, _ in former if pk is not None])
    teams = Team.objects.in_bulk([pk for _, pk in former if pk is not None])
    changed: Changed = {}
    for (pk, team), theirs in former.items():
        to = people.get(pk) if pk is not None else teams.get(team) if team is not None else None
        if to is None and (pk, team) != (None, None):
            continue
        try:
            lifecycle.assign(Issue.objects.filter(pk__in=theirs), to, action.user)
        except lifecycle.NotAMember:
            continue
        changed |= dict.fromkeys(theirs)
    return changed


def _delete(rows: IssueQuerySet, by: User) -> Changed:
    found = dict(rows.values_list("pk", "status"))
    hashes: dict[UUID, dict[str, str]] = {}
    groupings = Grouping.objects.filter(issue__in=list(found))
    for issue, pk, key in groupings.values_list("issue", "pk", "key_hash"):
        hashes.setdefault(issue, {})[str(pk)] = key
    lifecycle.delete(rows, by, at_once=-1, is_recorded=True)
    return {issue: {"status": status, "groupings": hashes.get(issue, {})} for issue, status in found.items()}


def _restore(project_id: int, issues: Mapping[UUID, Mapping[str, Any]]) -> tuple[Changed, str]:
    kept = {
        issue: (before["status"], {int(pk): key for pk, key in before["groupings"].items()})
        for issue, before in issues.items()
    }
    marked = Issue.everything.filter(project=project_id, pk__in=kept, status=Issue.Status.DELETING)
    restored = list(marked.values_list("pk", flat=True))
    _, again = lifecycle.restore(project_id, {issue: kept[issue] for issue in restored})
    note = (
        "Some have happened again meanwhile: their new events are in new issues. Merge them." if again else ""
    )
    return dict.fromkeys(restored), note
