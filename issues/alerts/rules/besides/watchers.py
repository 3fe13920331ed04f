"""What happens to an issue, told to those who watch it, and comments to those who are mentioned in them.

Nobody is told of what they did themselves, or twice of the same: who is told by a rule or in a conversation is told no more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from accounts.models import Project
from issues import watching
from issues.alerts.rules.besides.conversations import facts_of, names_of
from issues.alerts.rules.destinations import Destinations
from issues.alerts.rules.messages import Destination, Message
from issues.alerts.rules.subjects import IssueNow, chunks
from issues.facts import Change
from issues.models import News

#: What those who watch an issue are told.
WATCHED = frozenset({News.REGRESSED, News.RESOLVED, News.REOPENED, News.ASSIGNED, News.COMMENTED})

Told = tuple[Destination, UUID | None, datetime]


def messages(
    project: Project,
    changes: Sequence[tuple[datetime, Change]],
    issues: Mapping[UUID, IssueNow],
    destinations: Destinations,
    told: Collection[Told],
    now: datetime,
) -> list[Message]:
    """The messages about `changes`, in their order. `told` says which of them people are told otherwise."""
    wanted = [
        (order, at, change, issues[change.issue])
        for order, (at, change) in enumerate(changes)
        if change.issue
        and change.issue in issues
        and (change.news in WATCHED or change.news == News.MENTIONED)
    ]
    if not wanted:
        return []
    watchers = _watchers([issue.id for *_, issue in wanted])
    names = names_of({change.by for _, _, change, _ in wanted if change.by})
    mentioned = {
        (change.detail.partition(" ")[0], user)
        for _, _, change, _ in wanted
        if change.news == News.MENTIONED
        for user in _named(change)
    }
    found = []
    for order, at, change, issue in wanted:
        if change.news == News.MENTIONED:
            users = _named(change)
        else:
            users = watchers.get(issue.id, set()) - {change.by or 0}
            users -= {user for user in users if (change.detail, user) in mentioned}
            users -= {user for user in users if (Destination("user", user), issue.id, at) in told}
        addressed = change.news == News.MENTIONED
        people = destinations.people(users, issue.assignee, issue.team, addressed=addressed)
        for user, not_before in sorted(people.items()):
            facts = facts_of(change, names)
            if addressed:
                facts["detail"] = change.detail.partition(" ")[0]
            facts["watching"] = not addressed
            found.append(
                Message(
                    Destination("user", user),
                    change.news,
                    issue.id,
                    change.event,
                    _moment(change, at),
                    facts=facts,
                    not_before=not_before,
                    at=at,
                    order=order,
                )
            )
    return found


def _moment(change: Change, at: datetime) -> str:
    """Tells two of the same news apart. That of an event is as rules have it, so that both are one message."""
    if change.event is not None:
        return change.event.hex
    return change.detail if change.news in (News.COMMENTED, News.MENTIONED) else at.isoformat()


def _named(change: Change) -> set[int]:
    """The ids of the people whom a comment mentions (issues.comments.written)."""
    return {int(each) for each in change.detail.partition(" ")[2].split(",") if each.isdigit()}


def _watchers(issues: Sequence[UUID]) -> Mapping[UUID, set[int]]:
    def found() -> Iterator[tuple[UUID, set[int]]]:
        for some in chunks(issues):
            yield from watching.of_issues(some).items()

    return dict(found())
