"""Judges the events of issues that are resolved or muted, and writes what that changes. Costs nothing where all issues are open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import itemgetter
from uuid import UUID

from issues import facts
from issues.models import Activity, Issue, News
from issues.payload.read import Occurrence
from issues.record.issue_delta import GroupingDelta, IssueDelta, NewEvent
from issues.states import sentences
from issues.states.releases import known, next_came_out
from issues.states.rule import COLUMNS, Effect, State
from issues.states.standing import Standing
from issues.states.window import window
from issues.versions.order import Known
from rustrak.lib import bulk, ids

_OPEN = Issue.Status.OPEN
_READ = ("pk", *COLUMNS, "mute_from_events", "mute_from_people", "mute_window", "decision", "user_count")


def load(
    project_id: int,
    issues: Iterable[IssueDelta],
    events: Iterable[tuple[GroupingDelta | None, Occurrence]],
) -> list[IssueDelta]:
    """Give issues that are not open their `standing`; returns them. `events` are those of the batch with their groupings, if they are known.

    Executes a statement if there are such issues, and another one or two if releases matter to them.
    """
    held = [issue for issue in issues if issue.status != _OPEN]
    if not held:
        return held
    by_id = {issue.id: issue for issue in held}
    rows = Issue.everything.filter(pk__in=by_id).values_list(*_READ)
    for pk, *columns, from_events, from_people, kept, decision, user_count in rows:
        state = State(*columns)
        by_id[pk].standing = Standing(
            state,
            decision,
            from_events or 0,
            from_people or 0,
            user_count,
            window(state.mute_minutes, kept) if state.mute_minutes else None,
        )
    _load_releases(project_id, [issue.standing for issue in held if issue.standing], events)
    return held


def _load_releases(
    project_id: int,
    standings: Sequence[Standing],
    events: Iterable[tuple[GroupingDelta | None, Occurrence]],
) -> None:
    resolved = [standing for standing in standings if standing.state.resolved_release]
    if not resolved:
        return
    sent: set[str] = set()
    without: list[Standing] = []
    for grouping, occurrence in events:
        standing = grouping.issue.standing if grouping else None
        if standing is not None and standing.state.resolved_release:
            if occurrence.release:
                sent.add(occurrence.release)
            elif standing not in without:
                without.append(standing)
    found = known(project_id, sent.union(standing.state.resolved_release for standing in resolved))
    for standing in resolved:
        standing.releases = found
    for standing in without:
        standing.fix_out_at = _fix_out_at(project_id, standing)


def _fix_out_at(project_id: int, standing: Standing) -> datetime | None:
    state = standing.state
    out = standing.releases.get(state.resolved_release)
    if state.resolution == Issue.Resolution.IN_RELEASE:
        return out.known.time if out else None
    if state.resolution == Issue.Resolution.NEXT_RELEASE and state.resolved_at is not None:
        return next_came_out(
            project_id, out.known if out else Known(state.resolved_release), state.resolved_at
        )
    return None


def count_people(held: Sequence[IssueDelta], events: Sequence[NewEvent]) -> None:
    """Unmute issues that have met as many people as was asked for. After the people were counted."""
    for issue in held:
        standing = issue.standing
        if standing is None or not standing.waits_for_people or not issue.new_people:
            continue
        last = next(event for event in reversed(events) if event.issue is issue)
        muted_at = standing.state.muted_at
        if muted_at is not None and last.occurrence.ingested_at < muted_at:
            # The queue had them when the issue was muted.
            standing.from_people += issue.new_people
            standing.is_changed = True
        else:
            standing.judge_people(issue.new_people, last.occurrence.event_id)
        if not standing.is_held:
            issue.status = _OPEN


def write(
    held: Sequence[IssueDelta], events: Sequence[NewEvent], now: datetime
) -> tuple[list[facts.Change], int]:
    """Write the states that the batch changed, and into the history why. After the issues were updated.

    Returns what alerts are told, and how many entries the history got.
    """
    changed = {issue.id: issue.standing for issue in held if issue.standing and issue.standing.is_changed}
    if not changed:
        return [], 0
    rows: list[tuple[object, ...]] = []
    told: list[facts.Change] = []
    opened: list[tuple[object, ...]] = []
    for event in events:
        standing, occurrence = changed.get(event.issue.id), event.occurrence
        if standing is None or (why := standing.said.get(occurrence.event_id)) is None:
            continue
        kept = event.row_id if event.rate else None
        kind = Activity.Kind.STAYED_RESOLVED
        if standing.opened_by == occurrence.event_id:
            kind, news = _OPENED[standing.last.effect]
            told.append(
                facts.Change(
                    news, event.issue.id, kept, occurrence.level, occurrence.environment, occurrence.release,
                    detail=sentences.sentence(why),
                )
            )  # fmt: skip
            regressed_at = now if kind == Activity.Kind.REGRESSED else None
            opened.append((event.issue.id, bulk.json_value(why), now, regressed_at, occurrence.release))
        rows.append((ids.uuid7(), event.issue.id, kind, now, kept, why))
    bulk.insert(Activity, ["id", "issue", "kind", "at", "event", "why"], rows)
    bulk.update(
        Issue,
        ["id", "decision", "opened_at", "regressed_at", "regressed_release"],
        sorted(opened, key=_first),
        _OPEN_AGAIN,
    )
    _keep([(pk, standing) for pk, standing in sorted(changed.items()) if standing.is_held])
    return told, len(rows)


_first = itemgetter(0)
_OPENED = {
    Effect.REGRESSES: (Activity.Kind.REGRESSED, News.REGRESSED),
    Effect.UNMUTES: (Activity.Kind.UNMUTED, News.UNMUTED),
}


def _keep(held: Sequence[tuple[UUID, Standing]]) -> None:
    """Write what was decided about issues that stay as they are, and counted for them."""
    rows = []
    for pk, standing in held:
        kept = bulk.json_value(standing.window.as_json() if standing.window else None)
        is_muted = standing.state.status == Issue.Status.MUTED
        from_counts = (standing.from_events, standing.from_people) if is_muted else (None, None)
        rows.append((pk, bulk.json_value(standing.decision), kept, *from_counts))
    fields = ["id", "decision", "mute_window", "mute_from_events", "mute_from_people"]
    bulk.update(Issue, fields, rows, _HELD)


_HELD = (
    "decision = :decision:, mute_window = :mute_window:, mute_from_events = :mute_from_events:,"
    " mute_from_people = :mute_from_people:"
)
_OPEN_AGAIN = (
    "status = 'open', resolution = '', resolved_release = '', muted_at = NULL, muted_until = NULL, mute_events = NULL,"
    " mute_people = NULL, mute_minutes = NULL, mute_from_events = NULL, mute_from_people = NULL, mute_window = NULL,"
    " decision = :decision:, opened_at = :opened_at:,"
    " regressed_release = CASE WHEN :regressed_at: IS NULL THEN issues_issue.regressed_release ELSE :regressed_release: END,"
    " regressed_at = COALESCE(:regressed_at:, issues_issue.regressed_at)"
)
