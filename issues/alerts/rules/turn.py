"""Compares some facts of one project with its rules, and stores what they tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from accounts.models import Project
from issues.alerts.notice import Facts
from issues.alerts.rules import bursts, candidates, spikes, subjects, volumes
from issues.alerts.rules.besides import watchers
from issues.alerts.rules.besides.conversations import facts_of, follow_ups, names_of
from issues.alerts.rules.candidates import SPIKE, Candidate
from issues.alerts.rules.destinations import Destinations
from issues.alerts.rules.marks import SILENCED, Key, Marks, leaves_mark
from issues.alerts.rules.messages import Destination, Message
from issues.alerts.rules.subjects import IssueNow
from issues.alerts.rules.values import TRIGGERS
from issues.facts import Change
from issues.models import AlertRule, News

#: So many messages are in memory at once, and those of one cause.
MOST_MESSAGES = 20_000
_RANK = {news: rank for rank, news in enumerate(TRIGGERS)}


@dataclass(frozen=True, slots=True)
class Taken:
    """What one transaction changed: a row of AlertFact, read."""

    at: datetime
    changes: Sequence[Change]
    volume: Mapping[UUID, tuple[int, int]]


def tell(project: Project, taken: Sequence[Taken], now: datetime) -> None:
    """Store the deliveries of these facts, inside the caller's transaction, which holds the project's alerts."""
    rules = candidates.compiled(AlertRule.objects.filter(project=project, is_enabled=True).order_by("pk"))
    changes = [(each.at, change) for each in taken for change in each.changes]
    counts = any(News.ESCALATING in each.triggers for each in rules)
    minutes = volumes.by_minute(((each.at, each.volume) for each in taken), now) if counts else {}
    volumes.store(project.pk, minutes)
    ids = [change.issue for _, change in changes if change.issue]
    issues = subjects.load(project, [*ids, *(issue for those in minutes.values() for issue in those)])
    hours = sorted({spikes.hour_of(min(each.at, now)) for each in taken if each.volume})

    wanted = list(candidates.from_changes(rules, changes, issues))
    wanted += candidates.escalating(project, rules, minutes, issues, len(changes))
    wanted = candidates.passing(project, wanted)
    wanted += candidates.spiking(project, rules, hours[-2:], len(changes))

    destinations = Destinations(project, now)
    marks = Marks(now, _keys(wanted))
    told = set[watchers.Told]()
    people = set[watchers.Told]()
    for messages in _decided(wanted, issues, destinations, marks):
        bursts.settle(project.pk, messages, now)
        # Resolving an issue because its monitor has recovered is the same news.
        told |= {
            (message.destination, message.issue, message.at)
            for message in messages
            if message.at and message.news == News.MONITOR_RECOVERED
        }
        people |= _people_told(messages)
    marks.write()
    asked = {news for each in rules for news in each.triggers}
    answers = follow_ups(project, changes, issues, destinations, told, asked, now)
    bursts.settle(project.pk, answers, now)
    people |= _people_told(answers)
    bursts.settle(project.pk, watchers.messages(project, changes, issues, destinations, people, now), now)


def _people_told(messages: Iterable[Message]) -> set[watchers.Told]:
    return {
        (each.destination, each.issue, each.at)
        for each in messages
        if each.at and each.destination.kind == "user"
    }


def _keys(wanted: Iterable[Candidate]) -> Iterable[Key]:
    for each in wanted:
        if leaves_mark(each.news):
            yield each.key
        if each.news == News.SPIKE:
            yield each.key._replace(subject=SPIKE)
        elif each.news == News.MONITOR_RECOVERED:
            yield each.key._replace(trigger=News.MONITOR_FAILED.value)


def _decided(
    wanted: Sequence[Candidate],
    issues: Mapping[UUID, IssueNow],
    destinations: Destinations,
    marks: Marks,
) -> Iterator[list[Message]]:
    """One message for each group and destination, with the most telling of its news; what a cooldown holds back is
    counted. A project may have a thousand members: the messages come in parts of about MOST_MESSAGES."""
    groups: dict[tuple[object, ...], dict[AlertRule, list[Candidate]]] = {}
    for each in wanted:
        groups.setdefault(each.group, {}).setdefault(each.by.rule, []).append(each)
    names = names_of({each.change.by for each in wanted if each.change and each.change.by})
    messages: dict[tuple[Destination, tuple[object, ...]], Message] = {}
    for group, of_rules in groups.items():
        for rule, own in of_rules.items():
            own.sort(key=lambda each: _RANK[each.news])
            issue = issues.get(own[0].issue) if own[0].issue else None
            reach = destinations.of(rule, *((issue.assignee, issue.team) if issue else (None, None)))
            if not reach.to and not reach.silenced:
                continue
            loud = [each for each in own if not _is_silent(each, marks)]
            if not loud:
                continue
            if reach.silenced:
                marks.silence(Key(rule.pk, *SILENCED), reach.silenced)
            if not reach.to:
                continue
            first = loud[0]
            suppressed = sum(_tell(each, marks) for each in loud)
            for destination, not_before in reach.to.items():
                known = messages.get((destination, group))
                if known is None or _RANK[first.news] < _RANK[known.news]:
                    message = _message(first, destination, not_before, names)
                    message.rules = {rule.pk: rule.name, **(known.rules if known else {})}
                    messages[destination, group] = message
                else:
                    message = known
                    message.rules.setdefault(rule.pk, rule.name)
                if suppressed:
                    message.facts["suppressed"] = max(suppressed, message.facts.get("suppressed", 0))
        if len(messages) >= MOST_MESSAGES:
            yield sorted(messages.values(), key=_order)
            messages = {}
    yield sorted(messages.values(), key=_order)


_order = attrgetter("order")


def _message(
    told: Candidate, destination: Destination, not_before: datetime | None, names: Mapping[int, str]
) -> Message:
    facts = Facts(**told.facts)
    if told.change is not None:
        facts = facts_of(told.change, names)
    return Message(
        destination,
        told.news,
        told.issue,
        told.event,
        told.moment,
        facts=facts,
        not_before=not_before,
        at=told.at,
        order=told.order,
    )


def _is_silent(each: Candidate, marks: Marks) -> bool:
    """Whether the rule's cooldown holds this back; then it is counted, once."""
    rule, key = each.by.rule, each.key
    if not leaves_mark(each.news):
        return False
    if each.news == News.SPIKE:
        if marks.told_at(key):
            return True  # of this hour it has been told, or counted
        silent = marks.is_silent(key._replace(subject=SPIKE), rule.cooldown_minutes)
    elif each.news == News.MONITOR_RECOVERED and News.MONITOR_FAILED in each.by.triggers:
        # It belongs to the last failure: told if that was.
        silent = marks.silences(key._replace(trigger=News.MONITOR_FAILED.value)) > 0
    else:
        silent = marks.is_silent(key, rule.cooldown_minutes)
        if each.news == News.ESCALATING and not each.crossed:
            # It has been over the threshold since before: only the end of a cooldown is a reason to tell it again.
            return silent or (not rule.cooldown_minutes and marks.told_at(key) is not None)
    if silent:
        marks.silence(key)
    return silent


def _tell(each: Candidate, marks: Marks) -> int:
    """Note that it is told. Returns how often it was not since it was last."""
    if not leaves_mark(each.news):
        return 0
    if each.news == News.SPIKE:
        marks.tell(each.key)
        return marks.tell(each.key._replace(subject=SPIKE))
    return marks.tell(each.key)
