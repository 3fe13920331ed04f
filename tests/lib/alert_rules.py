"""Builds rules and facts, collects them, and says what was told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import Project
from issues import facts
from issues.alerts.rules import collect, stored
from issues.alerts.rules.values import RuleValues
from issues.facts import Change
from issues.models import AlertChannel, AlertDelivery, AlertFact, AlertRule, Event, Issue, News

Status = AlertDelivery.Status


def channel(project: Project | None, name: str = "ops", **fields: Any) -> AlertChannel:
    """A channel of a kind whose address nobody calls here."""
    return AlertChannel.objects.create(name=name, project=project, **{"kind": "webhook", **fields})


def rule(project: Project, *triggers: News, **fields: Any) -> AlertRule:
    """A rule of a project whose only rules are those that the test makes."""
    Project.objects.filter(pk=project.pk).update(alerts_set_up=True)
    values = RuleValues(name=fields.pop("name", "Rule"), triggers=tuple(each.value for each in triggers))
    return stored.create(
        project,
        RuleValues(**{**{name: getattr(values, name) for name in ("name", "triggers")}, **fields}),
        None,
    )


def of(news: News, issue: Issue | None = None, event: Event | None = None, **fields: Any) -> Change:
    """A change, as the writer writes it down for an event."""
    if event is not None:
        fields = {"level": event.level, "environment": event.environment, "release": event.release} | fields
    return Change(news, issue.pk if issue else None, event.pk if event else None, **fields)


def happens(
    project: Project, at: datetime, *changes: Change, volume: Mapping[UUID, tuple[int, int]] | None = None
) -> None:
    """Write down what one transaction changed."""
    facts.write(project.pk, changes, volume or {}, at)


def collected(now: datetime) -> int:
    """Collect until nothing is left; how many facts that were."""
    total = 0
    while taken := collect.run(now):
        total += taken
    assert not AlertFact.objects.exists()
    return total


def told(**fields: Any) -> list[tuple[str, UUID | None]]:
    """News and issue of the deliveries, in the order in which they are sent."""
    rows = AlertDelivery.objects.filter(**fields).order_by("created_at", "pk")
    return list(rows.values_list("news", "issue"))
