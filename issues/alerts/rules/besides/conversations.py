"""What people did to an issue, told where the issue was told before: it never starts a conversation."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from accounts.models import Project, User
from issues.alerts.notice import Facts
from issues.alerts.rules.bursts import FOLLOW_UPS
from issues.alerts.rules.destinations import Destinations
from issues.alerts.rules.messages import Destination, Message, destination_of
from issues.alerts.rules.subjects import IssueNow, chunks
from issues.facts import Change
from issues.models import AlertDelivery, AlertThread, News

#: News that rules can ask for. Where none does, they are told like what people do: a conversation that says "muted"
#: must not end with it.
_BESIDES_RULES = frozenset({News.UNMUTED})


def follow_ups(
    project: Project,
    changes: Sequence[tuple[datetime, Change]],
    issues: Mapping[UUID, IssueNow],
    destinations: Destinations,
    told: Collection[tuple[Destination, UUID | None, datetime]],
    asked: Collection[News],
    now: datetime,
) -> list[Message]:
    """The messages about `changes`, in their order. `told` says which of them rules tell: where, of which issue, when;
    `asked` for what the project's rules ask.

    The person who made a change is not told of it.
    """
    answers = FOLLOW_UPS | (_BESIDES_RULES - set(asked))
    wanted = [
        (order, at, change)
        for order, (at, change) in enumerate(changes)
        if change.news in answers and change.issue is not None and change.issue in issues
    ]
    if not wanted:
        return []
    existing = _existing(project, {change.issue for _, _, change in wanted if change.issue})
    names = names_of({change.by for _, _, change in wanted if change.by})
    messages = []
    for order, at, change in wanted:
        if change.issue is None:
            continue
        # One that began in this turn, with a later change, had not begun when this one was made.
        moment = now + timedelta(microseconds=order)
        where = {
            destination: rule
            for destination, (rule, began) in existing.get(change.issue, {}).items()
            if began is None or began <= moment
        }
        users = {each.id for each in where if each.kind == "user" and each.id != change.by}
        issue = issues[change.issue]
        people = destinations.people(users, issue.assignee, issue.team)
        for destination, rule in sorted(where.items()):
            if (destination, change.issue, at) in told:
                continue
            if destination.kind == "channel":
                if (usable := destinations.rule_of(destination.id)) is None:
                    continue
                rule = rule or usable
            elif destination.id not in people:
                continue
            messages.append(
                Message(
                    destination,
                    change.news,
                    change.issue,
                    None,
                    at.isoformat(),
                    rules={rule: ""} if rule is not None else {},
                    facts=facts_of(change, names),
                    not_before=people.get(destination.id) if destination.kind == "user" else None,
                    at=at,
                    order=order,
                )
            )
    return messages


def facts_of(change: Change, names: Mapping[int, str]) -> Facts:
    """What a message says of a change; `names` are those of people, by id."""
    facts = Facts()
    if change.by is not None and (who := names.get(change.by)):
        facts["by"] = who
    if change.detail:
        facts["detail"] = change.detail
    if change.environment:
        facts["environment"] = change.environment
    if change.release:
        facts["release"] = change.release
    if change.level:
        facts["level"] = change.level
    return facts


def names_of(users: Collection[int]) -> dict[int, str]:
    """How pages call these users, by id."""
    if not users:
        return {}
    return {user.pk: user.get_short_name() for user in User.objects.filter(pk__in=users)}


def _existing(
    project: Project, issues: Collection[UUID]
) -> dict[UUID, dict[Destination, tuple[int | None, datetime | None]]]:
    """Where these issues have a conversation, with the rule that told there last and when it began, if that is known."""
    found: dict[UUID, dict[Destination, tuple[int | None, datetime | None]]] = {}
    for some in chunks(issues):
        threads = AlertThread.objects.filter(issue__in=some).values_list("issue", "channel", "user")
        for issue, channel, user in threads:
            found.setdefault(issue, {})[_destination(channel, user)] = None, None
        sent = AlertDelivery.objects.filter(
            project=project,
            issue__in=some,
            status__in=[AlertDelivery.Status.WAITING, AlertDelivery.Status.SENT],
        )
        for row in sent.order_by("created_at").only("issue", "channel", "user", "rule", "created_at"):
            if row.issue is not None:
                where = found.setdefault(row.issue, {})
                _, began = where.get(destination_of(row), (None, row.created_at))
                where[destination_of(row)] = row.rule_id, began
    return found


def _destination(channel: int | None, user: int | None) -> Destination:
    return Destination("channel", channel) if channel is not None else Destination("user", user or 0)
