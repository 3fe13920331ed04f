"""What rules want to tell, as far as filters say, before cooldowns are looked at."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

from accounts.models import Project
from issues.alerts.notice import Facts
from issues.alerts.rules import spikes, subjects, volumes
from issues.alerts.rules.marks import Key
from issues.alerts.rules.matching import About, Matcher, Tags
from issues.alerts.rules.subjects import IssueNow
from issues.alerts.rules.values import TRIGGERS
from issues.facts import Change
from issues.models import AlertRule, Level, News

log = logging.getLogger(__name__)

_MONITORS = frozenset({News.MONITOR_FAILED, News.MONITOR_RECOVERED})
_FROM_CHANGES = frozenset(TRIGGERS) - {News.ESCALATING, News.SPIKE}
_MONITOR = UUID("0f6a9c1e-6f0f-4c0e-8f57-0c3e3bd8a7d4")
SPIKE = "spike"
#: Issues that a message about a spike lists.
MOST_LISTED = 5


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


def from_changes(
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


def escalating(
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


def passing(project: Project, candidates: Sequence[Candidate]) -> list[Candidate]:
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


def spiking(project: Project, rules: Sequence[Compiled], hours: Sequence[int], order: int) -> list[Candidate]:
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
        for rule, own in _by_rule(passing(project, of_rules)).items():
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
