"""What one turn wants to tell, before it becomes rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID, uuid5

from issues.alerts.notice import Facts
from issues.models import AlertDelivery, News

#: Names of further rules that asked for the same message.
MOST_RULES_NAMED = 5
# Ids of deliveries are made from what they tell, so that the same news has the same id, whenever it is worked out.
_NAMESPACE = UUID("5d3f6f0e-9a53-4f0c-8d0a-3f1a6a0a52a4")


class Destination(NamedTuple):
    """A channel or a person, by id."""

    kind: Literal["channel", "user"]
    id: int


@dataclass(slots=True)
class Message:
    """One message to one destination. `rules` are the ids and names of those that asked for it, the first one's first.

    `moment` tells two of the same news apart: the id of the event, or when the change was made.
    """

    destination: Destination
    news: News
    issue: UUID | None
    event: UUID | None
    moment: str
    rules: dict[int, str] = field(default_factory=dict)
    facts: Facts = field(default_factory=Facts)
    # The end of the person's quiet hours.
    not_before: datetime | None = None
    # When the change was made that it comes from, and its place among the changes of the turn.
    at: datetime | None = None
    order: int = 0

    @property
    def other_rules(self) -> list[str]:
        return list(self.rules.values())[1 : 1 + MOST_RULES_NAMED]

    def delivery(self, project_id: int, at: datetime) -> AlertDelivery:
        """The row of this message, to be sent at once."""
        facts = self.facts.copy()
        if others := self.other_rules:
            facts["rules"] = others
        return delivery(
            project_id,
            self.destination,
            self.news,
            at,
            moment=self.moment,
            issue=self.issue,
            event=self.event,
            rule_id=next(iter(self.rules), None),
            facts=facts,
        )


def delivery(
    project_id: int,
    destination: Destination,
    news: News,
    at: datetime,
    *,
    moment: str,
    issue: UUID | None,
    event: UUID | None,
    rule_id: int | None,
    facts: Facts,
) -> AlertDelivery:
    """A row that is not stored yet; the same arguments (but `at`, the rule and the facts) make the same id."""
    told = f"{project_id} {destination.kind} {destination.id} {news.value} {issue} {moment}"
    return AlertDelivery(
        id=uuid5(_NAMESPACE, told),
        project_id=project_id,
        rule_id=rule_id,
        channel_id=destination.id if destination.kind == "channel" else None,
        user_id=destination.id if destination.kind == "user" else None,
        news=news.value,
        issue=issue,
        event=event,
        facts=facts,
        created_at=at,
        next_attempt_at=at,
    )


def destination_of(row: AlertDelivery) -> Destination:
    """Where a stored delivery goes."""
    if row.channel_id is not None:
        return Destination("channel", row.channel_id)
    if row.user_id is None:
        raise ValueError(f"delivery {row.pk} goes nowhere")
    return Destination("user", row.user_id)
