"""Moves issues from one state into another because a person asked, or because their time has come.

`issues.lifecycle` is the door for people; what an event changes is written by issues.record.steps.states. Each function takes a
queryset, locks the projects, and returns how many issues it changed; what is in the wanted state already is not counted. The change
is written to the issue's history with the user who made it (None: Rustrak itself).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import Project, User
from issues import facts
from issues.lock import lock_project
from issues.models import Activity, Issue, IssueQuerySet, News
from issues.releases import rows
from issues.states import rule, sentences
from issues.states.change import AT_ONCE, FOR_GOOD, Mute, NotPossible, Resolve
from issues.states.releases import Newest
from rustrak.lib import bulk, clock

Status, Kind = Issue.Status, Activity.Kind
#: The columns that say which state an issue is in, and since when: what undoing puts back.
COLUMNS = (*rule.COLUMNS, "mute_from_events", "mute_from_people", "mute_window", "decision")
_CLEARED: Mapping[str, Any] = {
    "resolution": "", "resolved_release": "", "muted_at": None, "muted_until": None, "mute_events": None, "mute_people": None,
    "mute_minutes": None, "mute_from_events": None, "mute_from_people": None, "mute_window": None, "decision": None,
}  # fmt: skip
_MOST_AT_ONCE = 500

# What becomes of an issue: its columns, and why (Activity.why). None: it stays as it is.
_Become = tuple[Mapping[str, Any], dict[str, Any] | None] | None
_Verb = Callable[[Issue, datetime], _Become]


def resolve(issues: IssueQuerySet, by: User | None, how: Resolve = AT_ONCE) -> int:
    """Mark issues as fixed: now, in the next release, or in a given one (issues.states.rule says what reopens them).

    What is resolved already is changed if it is resolved in another way. Raises NotPossible if `how` cannot be meant, or if the next
    release is asked for and a project knows none.
    """
    how.check()
    changed = 0
    for project_id, chosen in by_project(issues):
        newest = Newest(project_id)
        # Before the lock, which a digest may wait for.
        releases = {issue.pk: _release(issue, how, newest) for issue in _seen_last(chosen)}
        if how.release:
            _create(project_id, how.release)
        verb = partial(_resolved, how=how, releases=releases)
        changed += _move(project_id, chosen, Kind.RESOLVED, by, verb)
    return changed


def _create(project_id: int, release: str) -> None:
    """Have the project know a release that may not exist yet. Raises NotPossible."""
    try:
        rows.create(Project.objects.get(pk=project_id), release)
    except rows.BadRelease as error:
        raise NotPossible(str(error)) from None


def _seen_last(chosen: Sequence[UUID]) -> IssueQuerySet:
    return Issue.objects.filter(pk__in=chosen).only("pk", "last_environment", "last_release", "last_seen")


def check(how: Resolve, projects: Iterable[int]) -> None:
    """Raise NotPossible if issues of these projects cannot be resolved so."""
    how.check()
    if how.resolution == Issue.Resolution.NEXT_RELEASE:
        for project_id in projects:
            if not Newest(project_id).is_any:
                raise NotPossible(_NO_RELEASE)


_NO_RELEASE = "No release of this project is known yet, so there is no next one. Have the SDK send a release, or resolve it now."


def _release(issue: Issue, how: Resolve, newest: Newest) -> str:
    if how.resolution == Issue.Resolution.IN_RELEASE:
        return how.release
    found = newest.of(issue.last_environment, issue.last_release, issue.last_seen)
    if not found and how.resolution == Issue.Resolution.NEXT_RELEASE:
        raise NotPossible(_NO_RELEASE)
    return found


def _resolved(issue: Issue, now: datetime, how: Resolve, releases: Mapping[UUID, str]) -> _Become:
    release = releases.get(issue.pk, "")
    if issue.is_resolved and (
        issue.resolution == how.resolution and (how.resolution == "now" or issue.resolved_release == release)
    ):
        return None
    changes = {
        **_CLEARED,
        "status": Status.RESOLVED,
        "resolution": how.resolution,
        "resolved_release": release,
    }
    why = None
    if how.resolution != Issue.Resolution.NOW:
        why = {"code": "resolved", "resolution": how.resolution, "release": release}
        if how.commit:
            why |= {"commit": how.commit, "repository": how.repository}
    return changes | {"resolved_at": now}, why


def recover(issues: IssueQuerySet) -> int:
    """Resolve issues of a job that succeeded again. Check-ins are judged in their order and may be processed late, so
    any further failure reopens the issue, whenever it happened."""
    changes = {**_CLEARED, "status": Status.RESOLVED, "resolution": Issue.Resolution.NOW, "resolved_at": None}
    return sum(
        _move(
            project_id,
            chosen,
            Kind.RESOLVED,
            None,
            lambda issue, _: None if issue.is_resolved else (changes, None),
        )
        for project_id, chosen in by_project(issues)
    )


def reopen(issues: IssueQuerySet, by: User | None) -> int:
    """Mark resolved issues as not fixed."""
    return _open(issues, by, Status.RESOLVED, Kind.REOPENED)


def unmute(issues: IssueQuerySet, by: User | None) -> int:
    """Open muted issues again."""
    return _open(issues, by, Status.MUTED, Kind.UNMUTED)


def _open(issues: IssueQuerySet, by: User | None, before: Issue.Status, kind: Activity.Kind) -> int:
    changes = {**_CLEARED, "status": Status.OPEN}
    return sum(
        _move(
            project_id, chosen, kind, by, lambda issue, _: (changes, None) if issue.status == before else None
        )
        for project_id, chosen in by_project(issues)
    )


def mute(issues: IssueQuerySet, by: User | None, how: Mute = FOR_GOOD) -> int:
    """Mute issues, for good or until what `how` says. What is muted already is changed if it is muted in another way.

    Raises NotPossible if `how` cannot be meant.
    """
    how.check(clock.now())

    def muted(issue: Issue, now: datetime) -> _Become:
        state = state_of(issue)
        if issue.is_muted and how == Mute(
            state.muted_until, state.mute_events, state.mute_people, state.mute_minutes
        ):
            return None
        waits = how.minutes is None
        return {
            **_CLEARED,
            "status": Status.MUTED,
            "muted_at": now,
            "muted_until": how.until,
            "mute_events": how.events,
            "mute_people": how.people,
            "mute_minutes": how.minutes,
            "mute_from_events": issue.event_count if waits and how.events else None,
            "mute_from_people": issue.user_count if waits and how.people else None,
        }, how.why

    return sum(_move(project_id, chosen, Kind.MUTED, by, muted) for project_id, chosen in by_project(issues))


def kept(issues: IssueQuerySet) -> dict[UUID, dict[str, Any]]:
    """The states that issues have, as JSON by issue: `put_back` gives them back."""
    found = issues.only("pk", *COLUMNS)
    return {issue.pk: {name: _as_json(getattr(issue, name)) for name in COLUMNS} for issue in found}


def put_back(project_id: int, states: Mapping[UUID, Mapping[str, Any]], by: User | None) -> int:
    """Give issues of a project the state that they had before: by issue what `kept` returned of it."""

    def before(issue: Issue, _: datetime) -> _Become:
        state = {**_CLEARED, "resolved_at": None, **_of_json(states[issue.pk])}
        return None if all(getattr(issue, name) == state[name] for name in COLUMNS) else (state, None)

    with transaction.atomic():
        lock_project(project_id)
        return _write(project_id, list(states), None, by, before)


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _of_json(state: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: state[name] for name in COLUMNS if name in state}
    for name in ("resolved_at", "muted_at", "muted_until"):
        if found.get(name):
            found[name] = datetime.fromisoformat(found[name])
    if found["status"] == Status.RESOLVED:
        # What an earlier version kept has no resolution.
        found["resolution"] = found.get("resolution") or Issue.Resolution.NOW
    return found


def unmute_due(now: datetime) -> int:
    """Open the muted issues whose time has come; at most some hundreds in each project."""
    due = Issue.objects.filter(muted_until__lte=now)
    opened = 0
    for project_id, chosen in by_project(due.order_by("muted_until")[:_MOST_AT_ONCE]):
        opened += _move(project_id, chosen, Kind.UNMUTED, None, partial(_over, at=now))
    return opened


def _over(issue: Issue, now: datetime, at: datetime) -> _Become:
    decision = rule.by_time(state_of(issue), at)
    if decision is rule.NOTHING:
        return None
    return {**_CLEARED, "status": Status.OPEN, "opened_at": now, "decision": decision.why}, decision.why


def state_of(issue: Issue) -> rule.State:
    """The issue's state, as the rule takes it."""
    return rule.State(*(getattr(issue, name) for name in rule.COLUMNS))


def _move(project_id: int, chosen: Sequence[UUID], kind: Activity.Kind, by: User | None, verb: _Verb) -> int:
    with transaction.atomic():
        lock_project(project_id)
        return _write(project_id, chosen, kind, by, verb)


def _write(
    project_id: int, chosen: Sequence[UUID], kind: Activity.Kind | None, by: User | None, verb: _Verb
) -> int:
    """Change those of the issues that `verb` changes, with three statements besides the one that reads them.

    `kind` is what the history calls it; None: whatever leads from the one state to the other.
    """
    now = clock.now()
    changed, activities, told = [], [], []
    names: tuple[str, ...] = ()
    for issue in Issue.objects.filter(pk__in=chosen).order_by("pk").only(*_READ):
        become = verb(issue, now)
        if become is None:
            continue
        columns, why = become
        names = tuple(columns)
        changed.append((issue.pk, *(_stored(name, columns[name]) for name in names)))
        what = kind or _kind(issue.status, columns["status"])
        activities.append(Activity(issue=issue, kind=what, at=now, user=by, why=why))
        told.append(
            change_of(
                _NEWS[what],
                issue.pk,
                issue.level,
                issue.last_environment,
                issue.last_release,
                by,
                sentences.sentence(why),
            )
        )
    assign = ", ".join(f"{name} = :{name}:" for name in names)
    bulk.update(Issue, ["id", *names], changed, assign)
    Activity.objects.bulk_create(activities)
    facts.write(project_id, told, {}, now)
    return len(changed)


_READ = ("pk", *COLUMNS, "level", "last_environment", "last_release", "event_count", "user_count")


def _stored(name: str, value: Any) -> Any:
    return bulk.json_value(value) if name in ("decision", "mute_window") else value


def _kind(before: str, after: str) -> Activity.Kind:
    if after == Status.OPEN:
        return Kind.REOPENED if before == Status.RESOLVED else Kind.UNMUTED
    return Kind.RESOLVED if after == Status.RESOLVED else Kind.MUTED


_NEWS = {
    Kind.RESOLVED: News.RESOLVED,
    Kind.REOPENED: News.REOPENED,
    Kind.MUTED: News.MUTED,
    Kind.UNMUTED: News.UNMUTED,
}


def change_of(
    news: News, issue: UUID, level: int, environment: str, release: str, by: User | None, detail: str = ""
) -> facts.Change:
    """What alerts are told of a change that `by` made to an issue; the level, environment and release are its latest event's."""
    return facts.Change(news, issue, None, level, environment, release, by.pk if by else None, detail)


def by_project(issues: IssueQuerySet) -> list[tuple[int, list[UUID]]]:
    """The issues' ids in batches of at most 500 of one project, in the order in which projects are locked.

    They are read once, so that a change of state cannot move an issue into or out of the queryset.
    """
    chosen: dict[int, list[UUID]] = {}
    for project_id, issue_id in issues.values_list("project_id", "id"):
        chosen.setdefault(project_id, []).append(issue_id)
    return [
        (project_id, ids[start : start + _MOST_AT_ONCE])
        for project_id, ids in sorted(chosen.items())
        for start in range(0, len(ids), _MOST_AT_ONCE)
    ]
