"""Which events of an issue a search text means: what the database can tell, and what only reading events can."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Exists, OuterRef, Q, QuerySet

from issues.models import Attachment, Event, Level, UserReport
from issues.query.keys import LEVELS
from issues.query.mistakes import Mistake
from issues.query.parsing import parse
from issues.query.syntax import Operator, Query, Term, Value
from issues.query.values import interval
from issues.search.conditions.releases import latest
from issues.search.conditions.search import Search
from issues.search.events import matching
from issues.search.events.facts import Facts
from issues.search.scope import Scope

#: Keys that mean the time of an event here.
TIMES = ("first-seen", "last-seen")
_COLUMNS = ("level", "environment", "release")
_OPERATORS: dict[Operator, Callable[[int, int], bool]] = {
    Operator.EQUAL: operator.eq,
    Operator.LESS: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.MORE: operator.gt,
    Operator.AT_LEAST: operator.ge,
}
_ABOUT_ISSUES = (
    "“{key}:” is about issues, and these are the events of one. Events are found by their words, level, environment, release, user, tags, type, "
    "function, file, module, url, transaction and message, by what they have (has:), and by their time (last-seen:)."
)

T = TypeVar("T")
Row = Callable[[Event], bool]
Read = Callable[[Facts], bool]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a text means. `query` as it was understood. `condition` is what the database compares; each of `rows` looks at the columns of an
    event, each of `reads` at its payload. With `mistakes` nothing is found."""

    query: Query
    condition: Q
    rows: Sequence[Row]
    reads: Sequence[Read]
    mistakes: Sequence[Mistake]

    @property
    def is_exact(self) -> bool:
        """Whether the database alone finds the events."""
        return not self.rows and not self.reads


def wanted(text: str, scope: Scope) -> Wanted:
    """What `text` means for an issue of the project of `scope`. Never raises for a text."""
    query, found = parse(text)
    mistakes = list(found)
    condition = Q()
    rows: list[Row] = []
    reads: list[Read] = []
    for term in query.terms:
        meant = _meant(term, scope)
        if isinstance(meant, str):
            mistakes.append(Mistake(meant, term.place))
        elif isinstance(meant, Q):
            condition &= ~meant if term.is_negated else meant
        elif meant is not None:
            rows.append(_negated(meant) if term.is_negated else meant)
        else:
            read = matching.reader_of(term)
            reads.append(_negated(read) if term.is_negated else read)
    return Wanted(query, condition, rows, reads, mistakes)


def _meant(term: Term, scope: Scope) -> Q | Row | str | None:
    """What the database knows or a row says; None where only the payload does; a sentence if it is wrong."""
    if term.key in _COLUMNS or (term.key in TIMES and not term.is_tag):
        return _stored(term, scope)
    if term.key == "has" and not term.is_tag:
        return _has(term)
    return None if term.is_tag or term.key in matching.KEYS else _ABOUT_ISSUES.format(key=term.key)


def _negated(test: Callable[[T], bool]) -> Callable[[T], bool]:
    return lambda of: not test(of)


def _stored(term: Term, scope: Scope) -> Q | Row:
    """A condition on a column. Values that only Python compares make it a test of the row."""
    if term.key in TIMES:
        return _times(term.values, scope.now)
    if term.key == "level":
        return _levels(term.values)
    values = list(term.values)
    if term.key == "release" and not term.is_tag:
        named = [value for value in values if not _is_latest(value)]
        if len(named) < len(values):
            values = [*named, *(Value(name, (name,), is_quoted=True) for name in _latest(scope))]
    if all(value.operator is Operator.EQUAL and not value.is_glob for value in values):
        return Q(**{f"{term.key}__in": [value.text for value in values]})
    if term.key == "release":
        return lambda event: any(matching.fits_release(event.release, value) for value in values)
    return lambda event: any(matching.fits(event.environment, value) for value in values)


def _is_latest(value: Value) -> bool:
    return value.operator is Operator.EQUAL and not value.is_quoted and value.text.lower() == "latest"


def _latest(scope: Scope) -> list[str]:
    return [name for names in latest(Search(scope)).values() for name in names]


def _times(values: Sequence[Value], now: datetime) -> Q:
    found = Q(pk__in=[])
    for value in values:
        when = interval(value, now)
        start = Q(timestamp__gte=when.start) if when.start else Q()
        found |= start & (Q(timestamp__lt=when.end) if when.end else Q())
    return found


def _levels(values: Sequence[Value]) -> Q:
    """The names of levels, and as values of the tag `level` with globs too."""
    chosen = [
        number
        for number, name in Level.choices
        if any(
            _OPERATORS[value.operator](LEVELS.index(name), LEVELS.index(value.text))
            if value.text in LEVELS
            else matching.fits(name, value)
            for value in values
        )
    ]
    return Q(level__in=chosen)


def _has(term: Term) -> Q | str | None:
    """What the database knows of what an event has; a sentence if it is asked together with what only the payload says; None for that
    alone."""
    known = [_HAS[word]() for value in term.values if (word := value.text.lower()) in _HAS]
    if not known:
        return None
    if len(known) < len(term.values):
        return f"Of {', '.join(_HAS)} and other things each needs a has: of its own here."
    found = known[0]
    for each in known[1:]:
        found |= each
    return found


def _with(model: type[Attachment] | type[UserReport]) -> Q:
    rows: QuerySet[Any] = model.objects.filter(project=OuterRef("project"), event_id=OuterRef("event_id"))
    return Q(Exists(rows))


_HAS: dict[str, Callable[[], Q]] = {
    "attachment": lambda: _with(Attachment),
    "feedback": lambda: _with(UserReport),
    "release": lambda: ~Q(release=""),
    "environment": lambda: ~Q(environment=""),
    "level": lambda: Q(),
}
