"""Compares some facts of one project with its rules, and stores what they tell."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

from accounts.models import Project
from issues.alerts.notice import Facts
from issues.alerts.rules import bursts, spikes, subjects, volumes
from issues.alerts.rules.conversations import facts_of, follow_ups, names_of
from issues.alerts.rules.destinations import Destinations
from issues.alerts.rules.marks import SILENCED, Key, Marks, leaves_mark
from issues.alerts.rules.matching import About, Matcher, Tags
from issues.alerts.rules.messages import Destination, Message
from issues.alerts.rules.subjects import IssueNow
from issues.alerts.rules.values import TRIGGERS
from issues.facts import Change
from issues.models import AlertRule, Level, News

log = logging.getLogger(__name__)

_RANK = {news: rank for rank, news in enumerate(TRIGGERS)}
_MONITORS = frozenset({News.MONITOR_FAILED, News.MONITOR_RECOVERED})
_FROM_CHANGES = frozenset(TRIGGERS) - {News.ESCALATING, News.SPIKE}
_MONITOR = UUID("0f6a9c1e-6f0f-4c0e-8f57-0c3e3bd8a7d4")
SPIKE = "spike"
#: Issues that a message about a spike lists.
MOST_LISTED = 5


@dataclass(frozen=True, slots=True)
class Taken:
    """What one transaction changed: a row of AlertFact, read."""

    at: datetime
    changes: Sequence[Change]
    volume: Mapping[UUID, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A rule that is enabled, with its filters."""

    rule: AlertRule
    matcher: Matcher
    triggers: frozenset[News]


@dataclass(slots=True)
class Candidate:
    """News that passes a rule's filters, as far as they have been looked at.

    Those of one `group` have one cause. `subject` is what the cooldown is of. `crossed`: of an issue that escalates,
    whether it did not before this turn.
    """

    by: Compiled
    news: News
    group: tuple[object, ...]
    subject: str
    issue: UUID | None
    event: UUID | None
    moment: str
    about: About
    facts: Facts = field(default_factory=Facts)
    change: Change | None = None
    at: datetime | None = None
    order: int = 0
    crossed: bool = True

    @property
    def key(self) -> Key:
        return Key(self.by.rule.pk, self.subject, self.news.value)


def tell(project: Project, taken: Sequence[Taken], now: datetime) -> None:
    """Store the deliveries of these facts, inside the caller's transaction, which holds the project's alerts."""
    rules = compiled(AlertRule.objects.filter(project=project, is_enabled=True).order_by("pk"))
    changes = [(each.at, change) for each in taken for change in each.changes]
    watches = any(each.rule.watches_volume for each in rules)
    minutes = volumes.by_minute(((each.at, each.volume) for each in taken), now) if watches else {}
    volumes.store(project.pk, minutes)
    ids = [change.issue for _, change in changes if change.issue]
    issues = subjects.load(project, [*ids, *(issue for counts in minutes.values() for issue in counts)])
    hours = sorted({spikes.hour_of(min(each.at, now)) for each in taken if each.volume})

    candidates = list(_from_changes(rules, changes, issues))
    candidates += _escalating(project, rules, minutes, issues, len(changes))
    candidates = _passing(project, candidates)
    candidates += _spiking(project, rules, hours[-2:], len(changes))

    destinations = Destinations(project, now)
    marks = Marks(now, _keys(candidates))
    messages = _decide(candidates, issues, destinations, marks)
    marks.write()
    bursts.settle(project.pk, messages, now)
    told = {(message.destination, message.issue, message.at) for message in messages if message.at}
    bursts.settle(project.pk, follow_ups(project, changes, issues, destinations, told, now), now)


def compiled(rules: Iterable[AlertRule]) -> list[Compiled]:
    """The rules with their filters. One that cannot be compiled is left out, with a line in the log."""
    found = []
    for rule in rules:
        try:
            triggers = frozenset(News(name) for name in rule.triggers)
            found.append(Compiled(rule, Matcher(rule), triggers))
        except (KeyError, TypeError, ValueError, AttributeError):
            log.exception("The alert rule %d cannot be used", rule.pk)
    return found


def _from_changes(
    rules: Sequence[Compiled], changes: Sequence[tuple[datetime, Change]], issues: Mapping[UUID, IssueNow]
) -> Iterable[Candidate]:
    """What rules want to tell of changes, by level, environment and release. Issues that are gone are left out."""
    by_news = {news: [each for each in rules if news in each.triggers] for news in _FROM_CHANGES}
    for order, (at, change) in enumerate(changes):
        wanting = by_news.get(change.news)
        issue = issues.get(change.issue) if change.issue else None
        if not wanting or (change.issue and issue is None):
            continue
        # A monitor's own switch says whether its failures are told; its issue may be muted as well.
        if change.news in _MONITORS and issue is not None and issue.is_muted:
            continue
        about = _about(change, issue)
        subject = _monitor(change) if change.news in _MONITORS or issue is None else issue.id.hex
        group = at, issue.id.hex if issue else subject
        for each in wanting:
            if each.matcher.matches(about):
                yield Candidate(
                    each, change.news, group, subject, change.issue, change.event,
                    change.event.hex if change.event else f"{at.isoformat()} {subject}",
                    about, change=change, at=at, order=order,
                )  # fmt: skip


def _about(change: Change, issue: IssueNow | None) -> About:
    """What filters look at: the event's, or where no event made the change the issue's as it is now."""
    if change.level or issue is None:
        return About(change.level or Level.ERROR, change.environment, change.release)
    return issue.about


def _monitor(change: Change) -> str:
    """What the cooldown of a monitor is of: its name and the environment."""
    return f"m:{uuid5(_MONITOR, f'{change.detail} {change.environment}').hex}"


def _escalating(
    project: Project,
    rules: Sequence[Compiled],
    minutes: volumes.Minutes,
    issues: Mapping[UUID, IssueNow],
    order: int,
) -> list[Candidate]:
    """The issues that have as many events or people as rules ask for."""
    found: list[Candidate] = []
    windows = volumes.Windows(project.pk, minutes, issues)
    last = max(minutes, default=0)
    for each in rules:
        if News.ESCALATING not in each.triggers:
            continue
        for reached in windows.reached(each.rule):
            issue = issues[reached.issue]
            if not each.matcher.matches(issue.about):
                continue
            facts = Facts(count=reached.count, unit=each.rule.unit, minutes=each.rule.minutes)
            found.append(
                Candidate(
                    each, News.ESCALATING, ("escalating", issue.id), issue.id.hex, issue.id, None, f"minute {last}",
                    issue.about, facts, order=order, crossed=reached.crossed,
                )
            )  # fmt: skip
            order += 1
    return found


def _passing(project: Project, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those that also pass the search text and the tags of their rules."""
    found = list(candidates)
    for rule, own in _by_rule(candidates).items():
        if not rule.query:
            continue
        shown = subjects.found_by(project, rule.query, [each.issue for each in own if each.issue])
        found = [each for each in found if each.by.rule is not rule or each.issue in shown]
    asking = [each for each in found if each.by.matcher.tag_keys]
    if not asking:
        return found
    keys = {key for each in asking for key in each.by.matcher.tag_keys}
    of_events = subjects.tags_of_events(list(dict.fromkeys(each.event for each in asking if each.event)))
    others = {each.issue for each in asking if each.issue and each.event not in of_events}
    of_issues = subjects.tags_of_issues(others, keys)
    return [each for each in found if each.by.matcher.matches_tags(_tags(each, of_events, of_issues))]


def _tags(each: Candidate, of_events: Mapping[UUID, Tags], of_issues: Mapping[UUID, Tags]) -> Tags:
    if each.event is not None and each.event in of_events:
        return of_events[each.event]
    return of_issues.get(each.issue, {}) if each.issue else {}


def _by_rule(candidates: Iterable[Candidate]) -> dict[AlertRule, list[Candidate]]:
    found: dict[AlertRule, list[Candidate]] = {}
    for each in candidates:
        found.setdefault(each.by.rule, []).append(each)
    return found


def _spiking(
    project: Project, rules: Sequence[Compiled], hours: Sequence[int], order: int
) -> list[Candidate]:
    """The hours in which the project has as many times the usual number of events as rules ask for."""
    asking = [each for each in rules if News.SPIKE in each.triggers]
    found: list[Candidate] = []
    for hour in hours if asking else ():
        spike = spikes.find(project.pk, hour)
        over = [
            each for each in asking if spike and spikes.is_spike(spike.count, spike.usual, each.rule.times)
        ]
        if spike is None or not over:
            continue
        most = spikes.contributors(project.pk, hour)
        issues = subjects.load(project, most)
        of_rules = [
            Candidate(each, News.SPIKE, ("spike", hour), f"{SPIKE}:{hour}", key, None, "", issues[key].about)
            for each in over
            for key in most
            if key in issues and each.matcher.matches(issues[key].about)
        ]
        for rule, own in _by_rule(_passing(project, of_rules)).items():
            facts = Facts(
                count=spike.count,
                usual=spike.usual,
                unit=AlertRule.Unit.EVENTS.value,
                minutes=60,
                listed=[each.issue.hex for each in own[:MOST_LISTED] if each.issue],
            )
            found.append(
                Candidate(
                    own[0].by, News.SPIKE, ("spike", rule.times, *facts["listed"]), f"{SPIKE}:{hour}", None, None,
                    f"hour {hour}", own[0].about, facts, order=order + 1_000_000,
                )
            )  # fmt: skip
    return found


def _keys(candidates: Iterable[Candidate]) -> Iterable[Key]:
    for each in candidates:
        if leaves_mark(each.news):
            yield each.key
        if each.news == News.SPIKE:
            yield each.key._replace(subject=SPIKE)
        elif each.news == News.MONITOR_RECOVERED:
            yield each.key._replace(trigger=News.MONITOR_FAILED.value)


def _decide(
    candidates: Sequence[Candidate],
    issues: Mapping[UUID, IssueNow],
    destinations: Destinations,
    marks: Marks,
) -> list[Message]:
    """One message for each group and destination, with the most telling of its news; what a cooldown holds back is
    counted."""
    groups: dict[tuple[object, ...], dict[AlertRule, list[Candidate]]] = {}
    for each in candidates:
        groups.setdefault(each.group, {}).setdefault(each.by.rule, []).append(each)
    names = names_of({each.change.by for each in candidates if each.change and each.change.by})
    messages: dict[tuple[Destination, tuple[object, ...]], Message] = {}
    for group, of_rules in groups.items():
        for rule, own in of_rules.items():
            own.sort(key=lambda each: _RANK[each.news])
            issue = issues.get(own[0].issue) if own[0].issue else None
            reach = destinations.of(rule, issue.assignee if issue else None)
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
    return sorted(messages.values(), key=lambda message: message.order)


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
