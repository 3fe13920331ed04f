"""What a batch of events changed, as issues.facts writes it down. Only issues.record.writer calls this."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from issues import facts
from issues.models import Issue, News
from issues.record.issue_delta import ChangeKind, IssueDelta, NewEvent

_NEWS = {ChangeKind.NEW: News.NEW, ChangeKind.REGRESSED: News.REGRESSED}
_OPEN = Issue.Status.OPEN.value


def write(
    project_id: int, events: Sequence[NewEvent], issues: Sequence[IssueDelta], volume: bool, now: datetime
) -> None:
    """Write down which of `events` created or reopened issues, and with `volume` how many events and new people the open
    ones of `issues` had."""
    counts: dict[UUID, tuple[int, int]] = {}
    if volume:
        # What is muted is silent, and what is resolved and stays so had only events from before.
        counts = {issue.id: (issue.added, issue.new_people) for issue in issues if issue.status == _OPEN}
    facts.write(project_id, [_change(event) for event in events if event.kind in _NEWS], counts, now)


def _change(event: NewEvent) -> facts.Change:
    occurrence = event.occurrence
    return facts.Change(
        _NEWS[event.kind],
        event.issue.id,
        event.row_id if event.rate else None,
        occurrence.level,
        occurrence.environment,
        occurrence.release,
    )
