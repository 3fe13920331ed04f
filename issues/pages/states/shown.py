"""What an issue's page says about its state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from issues.models import Activity, Issue
from issues.pages import hours
from issues.record import trends
from issues.render.values import visible
from issues.states import moves, sentences
from issues.states.releases import Newest
from rustrak.lib.wording import counted, number

_OFFERED = 10
_RECENT, _BEFORE = 12, 7 * 24
_KINDS = {Issue.Status.RESOLVED: Activity.Kind.RESOLVED, Issue.Status.MUTED: Activity.Kind.MUTED}


@dataclass(frozen=True, slots=True)
class Shown:
    """The state in words, by whom and since when; what was decided last; and what the forms offer.

    `text` is empty for open issues; `kept` are the fields of a form that name the issue.
    """

    text: str
    by: str
    at: datetime | None
    decision: str
    escalation: str
    newest: str
    releases: list[str]
    kept: list[tuple[str, str]]


def shown(issue: Issue, now: datetime) -> Shown:
    """Executes one query for the releases, and one more for an issue that is not open, or that escalates."""
    newest = Newest(issue.project_id)
    latest = _latest(issue)
    is_open = issue.status == Issue.Status.OPEN
    return Shown(
        text="" if is_open else visible(sentences.state(moves.state_of(issue))),
        by=visible(latest.user.get_short_name()) if latest and latest.user else "",
        at=latest.at if latest else None,
        decision=visible(sentences.sentence(issue.decision)),
        escalation=_escalation(issue, now),
        newest=visible(
            sentences.name(newest.of(issue.last_environment, issue.last_release, issue.last_seen))
        ),
        releases=newest.latest(issue.last_environment, _OFFERED),
        kept=[("issue", str(issue.pk))],
    )


def _latest(issue: Issue) -> Activity | None:
    """The entry of the history that says how it came into its state."""
    kind = _KINDS.get(Issue.Status(issue.status))
    if kind is None:
        return None
    return (
        Activity.objects.filter(issue=issue, kind=kind).select_related("user").order_by("-at", "-pk").first()
    )


def _escalation(issue: Issue, now: datetime) -> str:
    """`40 events in the last 12 hours; usually 2.` Empty unless the issue escalates."""
    if issue.status != Issue.Status.OPEN or not trends.is_escalating(
        issue.trend, issue.usual, issue.first_seen, now
    ):
        return ""
    counts = hours.of_issues([issue.pk], now, _RECENT + _BEFORE).get(issue.pk, [])
    return escalation(counts)


def escalation(counts: Iterable[int]) -> str:
    """What to say of the events of the last 12 hours and of the week before, by hour, oldest first."""
    each = list(counts)
    recent, before = sum(each[-_RECENT:]), sum(each[:-_RECENT])
    usual = before * _RECENT / _BEFORE
    many = f"{counted(recent, 'event')} in the last {_RECENT} hours"
    if not before:
        return f"{many}; none in the week before."
    said = "fewer than 1" if usual < 0.95 else number(round(usual, 1) if usual < 10 else round(usual))
    return f"{many}; usually {said}, as in the week before."
