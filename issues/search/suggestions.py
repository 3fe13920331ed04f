"""What can follow in a search text: keys, and values that a project has."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from issues.query import quoting
from issues.query.keys import KEYS, LEVELS, OF_ISSUES, OTHER_LEVELS, OTHER_STATES, STATES, known, normalized
from issues.query.lexing import lexemes
from issues.query.parsing import LONGEST
from issues.query.printing import tag_text, value_text
from issues.query.syntax import Operator
from issues.search import common_names, common_values
from issues.search.common_values import Choice
from issues.search.scope import Scope

MOST = 10
# What is offered before anything is typed.
_FIRST = (
    "is",
    "level",
    "release",
    "user",
    "environment",
    "assigned",
    "first-seen",
    "has",
    "type",
    "function",
)
_COUNTED = ("environment", "release")
# A key without a value yet: the lexer takes an unknown one for a word, as in "KeyError:".
_WITHOUT_VALUE = re.compile(
    r'(?:\A|[\s])[-!]?(?:"(?P<quoted>(?:[^"\\]|\\.)+)"|(?P<plain>[^\W\d][\w.\-]*)):(?P<space>\s*)\Z'
)
_REST_OF_KEY = re.compile(r"[\w.\-]*:?")
_REST_OF_VALUE = re.compile(r"[^\s,\]]*")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`text` replaces the characters from `start` to `end` of what was typed; `about` says what it is, for people."""

    text: str
    about: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Typed:
    """What stands before the cursor: the key, if there is one, and the beginning of what is typed, from `start` on."""

    key: str | None
    is_tag: bool
    beginning: str
    start: int
    is_quoted: bool = False


def suggest(text: str, cursor: int, scope: Scope, *, of_events: bool = False) -> Sequence[Suggestion]:
    """At most ten suggestions for the term at `cursor` (an offset in characters), the most useful first. With `of_events` without
    what is only about issues.

    None for a text that is too long for a search. At most six queries for one project.
    """
    text = text.replace("\0", " ")
    cursor = max(0, min(cursor, len(text)))
    if len(text) > LONGEST:
        return []
    typed = _typed(text[:cursor])
    if typed is None:
        return []
    if typed.key is None:
        end = _REST_OF_KEY.match(text, cursor).end()  # type: ignore[union-attr]  # matches anything
        choices = _keys(typed.beginning, scope, of_events)
    elif of_events and typed.key in OF_ISSUES and not typed.is_tag:
        return []
    else:
        end = _end_of_value(text, typed, cursor)
        choices = _values(typed, scope)
    written = text[typed.start : end]
    found = (
        Suggestion(choice.text, choice.about, typed.start, end)
        for choice in choices
        if choice.text != written
    )
    return list(islice(found, MOST))


def _typed(head: str) -> _Typed | None:
    """What is being typed at the end of `head`; None in text that nothing is known about, as a phrase."""
    if found := _WITHOUT_VALUE.search(head):
        name = found["plain"] or re.sub(r"\\(.)", r"\1", found["quoted"], flags=re.DOTALL)
        key = known(name)
        if key or not found["space"]:
            return _Typed(key.name if key else name, key is None, "", len(head))
    if not head or head[-1].isspace():
        last = None
    else:
        *_, last = lexemes(head)
    if last is None or last.place.end < len(head):
        return _Typed(None, False, "", len(head))
    if not last.values:
        return None
    value, place = last.values[-1]
    if last.key is None:
        return (
            None if value.is_quoted or last.mistake else _Typed(None, False, head[place.start :], place.start)
        )
    if place.end < len(head):
        return None
    key = last.known
    start = place.start + (len(value.operator) if value.operator is not Operator.EQUAL else 0)
    return _Typed(key.name if key else last.key, key is None, value.text, start, value.is_quoted)


def _end_of_value(text: str, typed: _Typed, cursor: int) -> int:
    """Where the value ends that the cursor is in."""
    if typed.is_quoted:
        quotes = quoting.read(text, typed.start)
        return max(quotes[1], cursor) if quotes else cursor
    return _REST_OF_VALUE.match(text, cursor).end()  # type: ignore[union-attr]  # matches anything


def _keys(beginning: str, scope: Scope, of_events: bool) -> Iterator[Choice]:
    """Keys, states and levels that begin with `beginning`, then tags."""
    wanted = normalized(beginning)
    if not wanted:
        by_name = {key.name: key for key in KEYS}
        first = (name for name in _FIRST if not (of_events and name in OF_ISSUES))
        yield from (Choice(f"{name}:", by_name[name].about) for name in first)
        return
    for key in KEYS:
        if not (of_events and key.name in OF_ISSUES) and any(
            name.startswith(wanted) for name in (key.name, *key.others)
        ):
            yield Choice(f"{key.name}:", key.about)
    if len(wanted) > 1:
        if not of_events:
            yield from _states(beginning, "is:")
        yield from (Choice(f"level:{level}", "level of any event") for level in _levels(beginning))
    for name in common_names.tag_keys(scope, beginning):
        if not known(name.text):
            yield Choice(f"{tag_text(name.text)}:", f"tag of {_issues(name.issues)}")


def _values(typed: _Typed, scope: Scope) -> Iterator[Choice]:
    key, beginning = typed.key or "", typed.beginning
    if typed.is_tag or key in _COUNTED:
        if key == "release" and "latest".startswith(beginning.lower()) and not typed.is_quoted:
            yield Choice("latest", "the newest release")
        for name in common_names.tag_values(scope, key, beginning):
            text = value_text("", name.text) if typed.is_tag else value_text(key, name.text)
            yield Choice(text, f"in {_issues(name.issues)}")
    elif key == "is":
        yield from _states(beginning, "")
    elif key == "level":
        yield from (Choice(level, "level of any event") for level in _levels(beginning))
    elif key == "has":
        yield from _parts(beginning, scope)
    elif examples := _EXAMPLES.get(key):
        yield from (Choice(text, about) for text, about in examples if beginning in text)
    elif find := _FINDERS.get(key):
        yield from find(scope, key, beginning)


def _states(beginning: str, before: str) -> Iterator[Choice]:
    wanted = beginning.lower().replace("-", "_")
    names = {**{name: name for name in STATES}, **OTHER_STATES}
    found = dict.fromkeys(state for name, state in names.items() if name.startswith(wanted))
    yield from (Choice(f"{before}{state}", STATES[state]) for state in found)


def _levels(beginning: str) -> Sequence[str]:
    names = {**{name: name for name in reversed(LEVELS)}, **OTHER_LEVELS}
    return list(dict.fromkeys(level for name, level in names.items() if name.startswith(beginning.lower())))


def _parts(beginning: str, scope: Scope) -> Iterator[Choice]:
    for name, about in _PARTS.items():
        if name.startswith(beginning.lower()):
            yield Choice(name, about)
    for tag in common_names.tag_keys(scope, beginning):
        if tag.text not in _PARTS:
            yield Choice(value_text("has", tag.text), f"tag of {_issues(tag.issues)}")


def _issues(number: int) -> str:
    if number >= common_names.MOST_COUNTED:
        return f"{number} or more issues"
    return "1 issue" if number == 1 else f"{number} issues"


_PARTS = {
    "stacktrace": "a stack trace",
    "attachment": "an attachment",
    "feedback": "feedback of a user",
    "user": "a user",
    "release": "a release",
    "environment": "an environment",
}
_TIMES = (
    ("<1h", "less than an hour ago"),
    ("<24h", "less than 24 hours ago"),
    ("<7d", "less than 7 days ago"),
    (">30d", "more than 30 days ago"),
)
_NUMBERS = tuple((f">{number}", f"more than {number}") for number in (10, 100, 1000))
_EXAMPLES = {"first-seen": _TIMES, "last-seen": _TIMES, "times": _NUMBERS, "users": _NUMBERS}
_FINDERS: dict[str, Callable[[Scope, str, str], Iterator[Choice]]] = {
    "user": common_values.people,
    "user.id": common_values.people,
    "user.email": common_values.people,
    "user.username": common_values.people,
    "user.ip": common_values.people,
    "first-release": common_values.releases_of_issues,
    "resolved-in": common_values.releases_of_issues,
    "regressed-in": common_values.releases_of_issues,
    "assigned": common_values.assignees,
    "watching": common_values.watchers,
    "monitor": common_values.monitors,
    "project": common_values.projects,
    "type": common_values.types,
}
