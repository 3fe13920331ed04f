"""A rule as a sentence: when it tells whom about which events, and how often at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from issues.models import AlertRule, Level, News
from issues.pages.alerts import words
from issues.render.values import line
from rustrak.lib import wording

# Of a longer list only so many are named.
_MOST = 5
_NAME = 60
_OF_ISSUES = {News.NEW, News.REGRESSED, News.UNMUTED, News.ESCALATING}
_OF_MONITORS = {News.MONITOR_FAILED, News.MONITOR_RECOVERED}


class Rule(Protocol):
    """What a sentence needs of a rule, stored (AlertRule) or not yet (RuleValues)."""

    @property
    def triggers(self) -> Any: ...
    @property
    def amount(self) -> int: ...
    @property
    def unit(self) -> str: ...
    @property
    def minutes(self) -> int: ...
    @property
    def times(self) -> int: ...
    @property
    def only_errors(self) -> bool: ...
    @property
    def levels(self) -> Any: ...
    @property
    def environments(self) -> Any: ...
    @property
    def releases(self) -> Any: ...
    @property
    def tags(self) -> Any: ...
    @property
    def query(self) -> str: ...
    @property
    def to_members(self) -> bool: ...
    @property
    def to_assignee(self) -> bool: ...
    @property
    def cooldown_minutes(self) -> int: ...


@dataclass(frozen=True)
class Recipients:
    """Whom a rule tells: (name, kind) of each channel, the names of people, and how many members the project has."""

    channels: Sequence[tuple[str, str]] = ()
    people: Sequence[str] = ()
    members: int = 0


def sentence(rule: Rule, to: Recipients) -> SafeString:
    """`When an issue is new or regresses, in production → #ops (Slack), at most once an hour for each issue.`

    Names that people chose are in <bdi>, on one line and cut.
    """
    return format_html(
        "When {}{} <span aria-hidden='true'>→</span><span class='visually-hidden'>, tell</span> {}, {}.",
        _when(rule),
        _which(rule),
        _whom(rule, to),
        _how_often(rule),
    )


def _when(rule: Rule) -> SafeString | str:
    triggers = set(rule.triggers)
    verbs = []
    if News.NEW in triggers:
        verbs.append("is new")
    if News.REGRESSED in triggers:
        verbs.append("regresses")
    if News.UNMUTED in triggers:
        verbs.append("is unmuted")
    if News.ESCALATING in triggers:
        of_users = rule.unit == AlertRule.Unit.USERS
        what = wording.counted(rule.amount, "user" if of_users else "event")
        verbs.append(f"{'affects' if of_users else 'has'} {what} within {words.minutes(rule.minutes)}")
    clauses = [f"an issue {_joined(verbs)}"] if verbs else []
    if News.SPIKE in triggers:
        times = f"{wording.number(rule.times)} times " if rule.times > 1 else ""
        clauses.append(f"the project has {times}as many events as usual")
    monitor = []
    if News.MONITOR_FAILED in triggers:
        monitor.append("fails")
    if News.MONITOR_RECOVERED in triggers:
        monitor.append("recovers")
    if monitor:
        clauses.append(f"a monitor {_joined(monitor)}")
    return ", or ".join(clauses) or "nothing happens"


def _which(rule: Rule) -> SafeString:
    parts: list[SafeString] = []
    if rule.environments:
        parts.append(format_html(" in {}", _names(rule.environments)))
    if rule.only_errors:
        parts.append(format_html(" of level {}", "error or fatal"))
    if rule.levels:
        parts.append(format_html(" of level {}", _joined([level_name(each) for each in rule.levels])))
    if rule.releases:
        parts.append(format_html(" in release {}", _names(rule.releases)))
    if rule.tags:
        pairs = [f"{key}: {value}" for key, value in rule.tags]
        parts.append(format_html(" with {}", _names(pairs)))
    if rule.query:
        parts.append(format_html(" that matches “{}”", _name(rule.query)))
    return format_html_join("", ",{}", ((part,) for part in parts))


def _whom(rule: Rule, to: Recipients) -> SafeString:
    """The channels, and the people who get e-mail: `#ops (Slack bot), and Ana and the assignee by e-mail`."""
    found = [format_html("{} ({})", _name(name), kind) for name, kind in to.channels[:_MOST]]
    if len(to.channels) > _MOST:
        found.append(
            format_html("{}", wording.counted(len(to.channels) - _MOST, "more channel", "more channels"))
        )
    mailed = [format_html("{}", _members(to.members))] if rule.to_members else []
    mailed += [_name(person) for person in to.people[:_MOST]]
    if len(to.people) > _MOST:
        mailed.append(format_html("{} more", wording.number(len(to.people) - _MOST)))
    if rule.to_assignee:
        mailed.append(format_html("{}", "the assignee"))
    if not mailed:
        return _and(found) if found else format_html("{}", "nobody")
    by_mail = format_html("{} by e-mail", _and(mailed))
    return format_html("{}, and {}", _and(found), by_mail) if found else by_mail


def _members(count: int) -> str:
    return "all members" if not count else wording.counted(count, "member")


def _how_often(rule: Rule) -> str:
    if not rule.cooldown_minutes:
        return "every time"
    triggers = set(rule.triggers)
    subjects = ["issue"] if triggers & _OF_ISSUES else []
    subjects += ["monitor"] if triggers & _OF_MONITORS else []
    # A spike is about the whole project.
    each = f" for each {_joined(subjects)}" if subjects else ""
    return f"at most once {_period(rule.cooldown_minutes)}{each}"


def _period(minutes: int) -> str:
    text = words.minutes(minutes)
    return text if text.startswith(("a ", "an ")) else f"every {text}"


def level_name(level: int | str) -> str:
    """The name of a level, given as its number or its name."""
    if isinstance(level, int):
        return Level(level).label if level in Level.values else str(level)
    return line(level, 20)


def _names(values: Sequence[str]) -> SafeString:
    shown = [_name(each) for each in values[:_MOST]]
    if len(values) > _MOST:
        shown.append(format_html("{}", f"{wording.number(len(values) - _MOST)} more"))
    return _and(shown, "or")


def _name(text: str) -> SafeString:
    return format_html("<bdi>{}</bdi>", line(text, _NAME))


def _and(parts: Sequence[SafeString], last: str = "and") -> SafeString:
    if len(parts) < 2:
        return parts[0] if parts else SafeString("")
    first = format_html_join(", ", "{}", ((part,) for part in parts[:-1]))
    return format_html("{} {} {}", first, last, parts[-1])


def _joined(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else ", ".join(texts[:-1]) + " or " + texts[-1]
