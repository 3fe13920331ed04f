"""Which monitors began to fail and which recovered in a batch, as issues.facts writes it down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from issues import facts
from issues.models import Issue, Level, MonitorState, News
from issues.monitors import failures
from issues.record import writer

#: The names of a monitor in one environment: its slug and the environment.
Name = tuple[str, str]


class MonitorNews:
    """What is told of each monitor: at most that it failed and that it recovered, in the order of the last times."""

    def __init__(self) -> None:
        # With the event of the failure, and its release.
        self._of: dict[tuple[News, Name], tuple[MonitorState, str, str]] = {}

    def failed(self, state: MonitorState, at: datetime, event_id: str, release: str) -> None:
        """Note a failure that is not muted, from the threshold on: the first one since the last recovery is told."""
        if state.failing_since is None:
            state.failing_since = at
            self._note(News.MONITOR_FAILED, state, event_id, release)

    def recovered(self, state: MonitorState) -> None:
        """Note that a monitor has recovered: told if its failure was."""
        if state.failing_since is not None:
            state.failing_since = None
            self._note(News.MONITOR_RECOVERED, state, "", "")

    def _note(self, news: News, state: MonitorState, event_id: str, release: str) -> None:
        key = news, (state.monitor.slug, state.environment)
        self._of.pop(key, None)
        self._of[key] = state, event_id, release

    def write(self, project_id: int, stored: Mapping[str, writer.Change], now: datetime) -> None:
        """Write it down; `stored` are the events of the batch's failures, by their ids."""
        names = [name for news, name in self._of if news == News.MONITOR_RECOVERED]
        resolved = _issues(project_id, names)
        changes = []
        for (news, name), (state, event_id, release) in self._of.items():
            event = stored.get(event_id)
            issue = event.issue_id if event else resolved.get(name)
            changes.append(
                facts.Change(
                    news, issue, event.event_id if event else None, Level.ERROR, state.environment, release,
                    detail=state.monitor.name or state.monitor.slug,
                )
            )  # fmt: skip
        facts.write(project_id, changes, {}, now)


def _issues(project_id: int, names: list[Name]) -> dict[Name, UUID]:
    """The issue of each monitor's latest failure."""
    hashes = {key_hash: name for name in names for key_hash in failures.key_hashes(*name)}
    if not hashes:
        return {}
    found = Issue.objects.filter(project_id=project_id, groupings__key_hash__in=list(hashes))
    rows = found.order_by("last_seen", "pk").values_list("groupings__key_hash", "pk")
    return {hashes[key_hash]: issue for key_hash, issue in rows}
