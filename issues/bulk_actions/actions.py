"""Begins, stops and undoes actions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from uuid import UUID

from django.db import transaction

from accounts import audit, teams
from accounts.access import Capability, where_may
from accounts.models import Project, Team, User
from issues import lifecycle, merging, watching
from issues.bulk_actions import part, work
from issues.bulk_actions.wording import why_not_undoable
from issues.models import BulkAction, BulkChange, IssueQuerySet
from issues.states import moves
from issues.states.change import Mute, Resolve
from rustrak.lib import bulk, clock

#: An action on more issues is carried out in the background.
AT_ONCE = 100
#: Issues of one action, and unfinished actions of one person.
MOST, MOST_UNFINISHED = 100_000, 10
# Merges of more issues are carried out in the background.
_MERGED_AT_ONCE = 20

Kind, State = BulkAction.Kind, BulkAction.State


#: Which issues an action is about: the id of the project, and that of the issue.
Snapshot = frozenset[tuple[int, UUID]]


def snapshot(issues: IssueQuerySet) -> Snapshot:
    """The issues that a queryset has now: one more than MOST at most. A search is evaluated so, within its time."""
    # A set: a condition may have joined an issue twice.
    return frozenset(islice(issues.values_list("project_id", "pk"), MOST + 1))


def begin(
    issues: IssueQuerySet | Snapshot,
    kind: BulkAction.Kind,
    by: User,
    project: Project | None,
    *,
    assignee: User | Team | None = None,
    target: UUID | None = None,
    how: Resolve | Mute | None = None,
) -> BulkAction:
    """Begin an action on exactly the issues that the queryset has now. Few are changed at once: the action is DONE when it is returned.

    `target` is the one of them that remains after a merge; `how` belongs to RESOLVE and MUTE;
    without it, issues that are resolved or muted already keep how they are. Raises ValueError, with a message for people, when the action is
    not possible.
    """
    found = issues if isinstance(issues, frozenset) else snapshot(issues)
    _check(found, kind, by, assignee, target)
    if isinstance(how, Mute):
        how.check(clock.now())
    elif how is not None:
        moves.check(how, sorted({project_id for project_id, _ in found}))
    chosen = [issue for _, issue in sorted(found) if issue != target]
    action = BulkAction(
        project=project,
        user=by,
        kind=kind,
        assignee=assignee if isinstance(assignee, User) else None,
        assigned_team=assignee if isinstance(assignee, Team) else None,
        target=target,
        total=len(chosen),
        # Whoever says how means it also of issues that are in the state already (issues.bulk_actions.part).
        parameters={"is_said": True, **how.parameters} if how else {},
    )
    if len(chosen) == 1 and kind not in (Kind.MERGE, Kind.DELETE):
        # Whoever changes one issue wants to know what becomes of it; whoever changes many does not want as many mails.
        watching.note(chosen, [by.pk])
    return _start(action, chosen, _is_quick(kind, chosen))


def undo(action: BulkAction, by: User) -> BulkAction:
    """Begin the action that takes `action` back: issues that somebody has changed since are left alone and counted.

    Raises ValueError, with a message for people, when that is not possible.
    """
    with transaction.atomic():
        locked = BulkAction.objects.select_for_update().get(pk=action.pk)
        if locked.user_id != by.pk:
            raise ValueError("Only the person who did this can undo it.")
        if why := why_not_undoable(locked, clock.now()):
            raise ValueError(why)
        _check_unfinished(by)
        # Of several issues that were merged into one, the last was added last, so it is taken away first.
        changed = locked.changes.filter(is_changed=True).order_by("-pk").values_list("issue", flat=True)
        chosen = list(changed)
        back = BulkAction(
            project_id=locked.project_id, user=by, kind=locked.kind, assignee_id=locked.assignee_id,
            assigned_team_id=locked.assigned_team_id,
            target=locked.target, undoes=locked, total=len(chosen), parameters=locked.parameters,
        )  # fmt: skip
        quick = _is_quick(locked.kind, chosen)
        _insert(back, chosen, quick)
    return _carried_out(back, quick)


def stop(action: BulkAction) -> None:
    """Leave the issues alone that were not looked at yet."""
    unfinished = BulkAction.objects.filter(pk=action.pk, state__in=work.UNFINISHED)
    unfinished.update(state=State.STOPPED, finished_at=clock.now(), leased_until=None)


def current(user: User) -> Sequence[BulkAction]:
    """The user's actions that are not finished, oldest first."""
    mine = BulkAction.objects.filter(user=user, state__in=work.UNFINISHED)
    return list(mine.select_related("assignee", "assigned_team").order_by("created_at")[:MOST_UNFINISHED])


def _check(
    found: Snapshot, kind: BulkAction.Kind, by: User, assignee: User | Team | None, target: UUID | None
) -> None:
    """Raise ValueError if the action is not possible."""
    if not found:
        raise ValueError("Select an issue first.")
    if len(found) > MOST:
        raise ValueError(f"One action can be on {MOST:,} issues at most. Narrow the search.")
    projects = {project_id for project_id, _ in found}
    if not _may_in_all(by, part.needs(kind), projects):
        raise ValueError("Your role does not allow that in one of these projects.")
    if kind == Kind.ASSIGN and assignee and not _may_have_all(assignee, projects):
        raise lifecycle.NotAMember(lifecycle.NOBODY_SEES)
    if kind == Kind.MERGE:
        if len(projects) > 1:
            raise ValueError("Only issues of one project can be merged.")
        if len(found) < 2:
            raise ValueError("Select at least two issues to merge.")
        if target not in {issue for _, issue in found}:
            raise ValueError("The issue that remains must be one of those that are merged.")
        if len(found) > merging.MOST:
            raise ValueError(f"At most {merging.MOST:,} issues can be merged at a time.")
    _check_unfinished(by)


def _check_unfinished(by: User) -> None:
    if len(current(by)) >= MOST_UNFINISHED:
        raise ValueError(
            f"{MOST_UNFINISHED} of your actions are not finished yet. Wait for them, or stop one."
        )


def _may_have_all(assignee: User | Team, projects: set[int]) -> bool:
    if isinstance(assignee, User):
        return _may_in_all(assignee, Capability.EVENT_WRITE, projects)
    return all(teams.able([each]).filter(pk=assignee.pk).exists() for each in projects)


def _may_in_all(user: User, capability: Capability, projects: set[int]) -> bool:
    return where_may(user, capability).filter(pk__in=projects).distinct().count() == len(projects)


def _is_quick(kind: str, chosen: Sequence[UUID]) -> bool:
    return len(chosen) <= (_MERGED_AT_ONCE if kind == Kind.MERGE else AT_ONCE)


def _start(action: BulkAction, chosen: Sequence[UUID], quick: bool) -> BulkAction:
    with transaction.atomic():
        _insert(action, chosen, quick)
        if action.kind == Kind.DELETE:
            details = {"issues": len(chosen)}
            audit.record(audit.Action.ISSUES_DELETE, project=action.project, by=action.user, details=details)
    return _carried_out(action, quick)


def _insert(action: BulkAction, chosen: Sequence[UUID], quick: bool) -> None:
    if quick:  # this process does it: nobody else may take it meanwhile
        action.state, action.leased_until = State.RUNNING, clock.now() + work.LEASE
    else:
        work.wake()
    action.save(force_insert=True)
    bulk.insert(BulkChange, ["action", "issue"], [(action.pk, issue) for issue in chosen])


def _carried_out(action: BulkAction, quick: bool) -> BulkAction:
    if quick:
        work.finish(action)
        action.refresh_from_db()
    return action
