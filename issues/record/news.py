"""What a batch of events changed, as issues.facts writes it down. Only issues.record.writer calls this."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from issues import facts
from issues.models import Issue, News
from issues.record.issue_delta import ChangeKind, IssueDelta, NewEvent

_OPEN = Issue.Status.OPEN.value


def write(
    project_id: int,
    events: Sequence[NewEvent],
    opened: Sequence[facts.Change],
    issues: Sequence[IssueDelta],
    volume: bool,
    now: datetime,
) -> None:
    """Write down which of `events` created issues, which issues were `opened`, and with `volume` how many events and new people the
    open ones of `issues` had."""
    counts: dict[UUID, tuple[int, int]] = {}
    if volume:
        # What is muted is silent, and what is resolved and stays so had only events from before.
        counts = {issue.id: (issue.added, issue.new_people) for issue in issues if issue.status == _OPEN}
    created = [_change(event) for event in events if event.kind is ChangeKind.NEW]
    facts.write(project_id, [*created, *opened], counts, now)


def _change(event: NewEvent) -> facts.Change:
    occurrence = event.occurrence
    return facts.Change(
        News.NEW,
        event.issue.id,
        event.row_id if event.rate else None,
        occurrence.level,
        occurrence.environment,
        occurrence.release,
    )
