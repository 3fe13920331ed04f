"""Puts many messages to one destination together into one that collects until its turn comes.

The first messages of a project to a destination go out singly, SINGLES in PERIOD. What comes faster is collected into one
message about all of it. While it goes on, each further one collects for longer: WAITS. What comes in a person's quiet
hours is collected until they end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q

from issues.alerts.notice import Facts
from issues.alerts.rules.messages import MOST_RULES_NAMED, Destination, Message, delivery, destination_of
from issues.models import AlertDelivery, News

SINGLES, PERIOD = 5, timedelta(minutes=5)
#: How long the first message about a burst collects, and each further one, in seconds.
WAITS = (60, 300, 600, 1200, 2400, 3600)
#: The first message waits until nothing has come for CALM seconds, for MOST_WAIT at most: a digest that is busy with a
#: flood must not make two messages of it.
CALM, MOST_WAIT = 10, 120
#: Issues that are listed in one message.
MOST_LISTED = 20
#: A spike is about all events of a project, so it is never one of many.
_ALONE = frozenset({News.SPIKE})
#: What people did, told where a conversation exists.
FOLLOW_UPS = frozenset({News.RESOLVED, News.REOPENED, News.MUTED, News.ASSIGNED})
ABSORBED = "Told in a message about many issues."

Status = AlertDelivery.Status
# Deliveries of one turn are created a microsecond after each other, in the order of what they tell.
_LITTLE = timedelta(seconds=1)


@dataclass(slots=True)
class _Known:
    """What a destination got lately: how many single messages, what collects, and the last message about a burst."""

    singles: int = 0
    collecting: AlertDelivery | None = None
    quiet: AlertDelivery | None = None
    last: AlertDelivery | None = None
    messages: list[Message] = field(default_factory=list)

    def ends(self) -> float:
        """Until when the burst goes on, in seconds since 1970; 0 if there is none."""
        if self.last is None:
            return 0.0
        facts = _facts(self.last)
        return facts.get("due", 0.0) + WAITS[_next(facts)]


def settle(project_id: int, messages: Sequence[Message], now: datetime) -> None:
    """Store the messages of one turn as deliveries, single or collected. Their order is kept."""
    if not messages:
        return
    known = _known(project_id, {message.destination for message in messages}, now)
    for message in messages:
        known[message.destination].messages.append(message)
    new: list[AlertDelivery] = []
    changed: list[AlertDelivery] = []
    for destination, of_it in known.items():
        for message in _singles(of_it, now):
            new.append(message.delivery(project_id, now + timedelta(microseconds=message.order)))
        for quiet in (False, True):
            collected = [message for message in of_it.messages if (message.not_before is not None) == quiet]
            if not collected:
                continue
            row = of_it.quiet if quiet else of_it.collecting
            if row is None:
                row = _begin(project_id, destination, of_it, collected[0], now)
                if not quiet:
                    _absorb(project_id, destination, row, now)
                new.append(row)
            else:
                changed.append(row)
                _wait_for_calm(row, now)
            for message in collected:
                _add(row, message)
    AlertDelivery.objects.bulk_create(sorted(new, key=lambda row: row.created_at), ignore_conflicts=True)
    AlertDelivery.objects.bulk_update(changed, ["facts", "next_attempt_at"], batch_size=100)


def close_bursts(now: datetime, all: bool = False) -> int:
    """Let the collecting messages be sent whose turn has come; with `all` also those whose turn has not, but for those
    that wait for the end of quiet hours. Returns how many."""
    due = Q(next_attempt_at__lte=now)
    if all:
        due |= Q(facts__quiet__isnull=True)
    with transaction.atomic():
        rows = list(
            AlertDelivery.objects.select_for_update(skip_locked=True)
            .filter(due, status=Status.COLLECTING)
            .order_by("next_attempt_at")[:500]
        )
        for row in rows:
            _close(row, now)
        AlertDelivery.objects.bulk_update(
            rows, ["status", "news", "issue", "event", "facts", "next_attempt_at"], batch_size=100
        )
    return len(rows)


def _known(project_id: int, destinations: set[Destination], now: datetime) -> dict[Destination, _Known]:
    """What these destinations got lately. Locks what collects: it is closed before or after this turn, not meanwhile."""
    known = {destination: _Known() for destination in sorted(destinations)}
    own = AlertDelivery.objects.filter(project=project_id)
    recent = own.filter(created_at__gt=now - PERIOD, created_at__lt=now + _LITTLE).exclude(
        news__in=[*_ALONE, *FOLLOW_UPS, News.BURST, News.TEST]
    )
    for channel, user, count in recent.order_by().values_list("channel", "user").annotate(Count("pk")):
        if of_it := known.get(_destination(channel, user)):
            of_it.singles = count
    for row in own.select_for_update().filter(status=Status.COLLECTING).order_by("pk"):
        if of_it := known.get(destination_of(row)):
            if _facts(row).get("quiet"):
                of_it.quiet = row
            else:
                of_it.collecting = row
    longest = timedelta(seconds=2 * WAITS[-1])
    bursts = own.filter(created_at__gt=now - longest, facts__due__gt=0).exclude(status=Status.COLLECTING)
    for row in bursts.order_by("created_at"):
        if (of_it := known.get(destination_of(row))) and not _facts(row).get("quiet"):
            of_it.last = row
    return known


def _singles(of_it: _Known, now: datetime) -> list[Message]:
    """Take the messages that are sent singly out of those of a destination."""
    loud = [message for message in of_it.messages if message.not_before is None]
    alone = [message for message in loud if message.news in _ALONE]
    answers = [message for message in loud if message.news in FOLLOW_UPS]
    # A pager must learn of each issue that is resolved; in a mailbox many of them are one message.
    if len(answers) > SINGLES and answers[0].destination.kind == "user":
        answers = []
    others = [message for message in loud if message.news not in _ALONE | FOLLOW_UPS]
    going_on = of_it.collecting is not None or 0 <= of_it.ends() - now.timestamp() <= 2 * WAITS[-1]
    if going_on or of_it.singles + len(others) > SINGLES:
        others = []
    single = {id(message) for message in (*alone, *answers, *others)}
    found = [message for message in of_it.messages if id(message) in single]
    of_it.messages = [message for message in of_it.messages if id(message) not in single]
    return found


def _begin(
    project_id: int, destination: Destination, of_it: _Known, first: Message, now: datetime
) -> AlertDelivery:
    """A message that begins to collect."""
    began = now.timestamp()
    facts = Facts(listed=[], kinds={}, total=0)
    if first.not_before is not None:
        due = first.not_before.timestamp()
        facts["quiet"] = True
    elif of_it.last is not None and 0 <= of_it.ends() - began <= 2 * WAITS[-1]:
        step = _next(_facts(of_it.last))
        facts["step"], due = step, max(of_it.ends(), began + WAITS[0])
    else:
        facts["step"], due = 0, began + WAITS[0]
    facts["due"] = due
    row = delivery(
        project_id, destination, News.BURST, now,
        moment=f"{first.news.value} {first.issue} {first.moment}", issue=None, event=None,
        rule_id=next(iter(first.rules), None), facts=facts,
    )  # fmt: skip
    row.status = Status.COLLECTING
    row.next_attempt_at = datetime.fromtimestamp(due, UTC)
    return row


def _wait_for_calm(row: AlertDelivery, now: datetime) -> None:
    """Put off the first message about a burst, as more has come."""
    facts = _facts(row)
    if facts.get("step") == 0 and now.timestamp() < facts["due"]:
        due = min(now.timestamp() + CALM, row.created_at.timestamp() + MOST_WAIT)
        if due > facts["due"]:
            facts["due"] = due
            row.next_attempt_at = datetime.fromtimestamp(due, UTC)


def _absorb(project_id: int, destination: Destination, row: AlertDelivery, now: datetime) -> None:
    """Put the last single messages that nobody has begun to send into the one that begins to collect."""
    waiting = AlertDelivery.objects.select_for_update(skip_locked=True).filter(
        **{destination.kind: destination.id},
        project=project_id, status=Status.WAITING, attempts=0, leased_until=None, created_at__gt=now - PERIOD,
    )  # fmt: skip
    waiting = waiting.exclude(news__in=[*_ALONE, *FOLLOW_UPS, News.BURST, News.TEST]).filter(
        facts__due__isnull=True
    )
    for single in waiting.order_by("created_at")[:SINGLES]:
        facts = _facts(single)
        message = Message(destination, News(single.news), single.issue, single.event, "", facts=facts)
        _add(row, message, facts.pop("rules", []))
        AlertDelivery.objects.filter(pk=single.pk).update(
            status=Status.DROPPED, reason=ABSORBED, finished_at=now
        )


def _add(row: AlertDelivery, message: Message, rules: Iterable[str] = ()) -> None:
    """Add a message to one that collects; `rules` are names of rules that asked for it besides its own."""
    facts = _facts(row)
    total = facts["total"] = facts.get("total", 0) + 1
    kinds = facts.setdefault("kinds", {})
    kinds[message.news.value] = kinds.get(message.news.value, 0) + 1
    listed = facts.setdefault("listed", [])
    for issue in [message.issue.hex] if message.issue else message.facts.get("listed", []):
        if issue not in listed and len(listed) < MOST_LISTED:
            listed.append(issue)
    names = [*rules, *(name for rule, name in message.rules.items() if rule != row.rule_id)]
    if names := list(dict.fromkeys([*facts.get("rules", []), *names]))[:MOST_RULES_NAMED]:
        facts["rules"] = names
    facts.pop("only", None)
    if total == 1:
        facts["only"] = {
            "news": message.news.value,
            "issue": message.issue.hex if message.issue else None,
            "event": message.event.hex if message.event else None,
            "facts": message.facts,
        }


def _close(row: AlertDelivery, now: datetime) -> None:
    """Let a collecting message be sent; what collected one thing only becomes a message about that."""
    facts = _facts(row)
    if only := facts.pop("only", None):
        row.news = only["news"]
        row.issue = UUID(only["issue"]) if only["issue"] else None
        row.event = UUID(only["event"]) if only["event"] else None
        kept = {name: facts[name] for name in ("rules", "step", "due", "quiet") if name in facts}
        row.facts = {**only["facts"], **kept}
    row.status = Status.WAITING
    row.next_attempt_at = now


def _next(facts: Facts) -> int:
    return min(facts.get("step", 0) + 1, len(WAITS) - 1)


def _facts(row: AlertDelivery) -> Facts:
    return cast("Facts", row.facts)


def _destination(channel: int | None, user: int | None) -> Destination:
    return Destination("channel", channel) if channel is not None else Destination("user", user or 0)
