"""Which rule takes an event, and what the rule decides. Pure.

The first rule of which every matcher matches takes an event. Matchers of frames must match one and the same frame, those of
exceptions one and the same exception; where all of them are negated, no frame or exception may match any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from issues.payload.access import first_line
from issues.payload.rules import keys
from issues.payload.rules.facts import Facts
from issues.payload.rules.keys import Of
from issues.payload.rules.parsing import APP, parse
from issues.payload.rules.patterns import Glob, PathGlob
from issues.payload.rules.syntax import Matcher, Rule
from issues.payload.title import LONGEST_VALUE
from issues.payload.variables import Variables

_Test = Callable[[Facts], bool]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule decides about an event: see Rule. `title` has its variables filled in, `fingerprint` has not."""

    version: int
    line: int
    fingerprint: tuple[str, ...] | None = None
    title: str | None = None
    level: int | None = None
    drop: bool = False


class RuleSet:
    """The rules of one version, ready to be applied. `mistakes` of `text` are passed over: they cannot be saved."""

    def __init__(self, rules: Iterable[Rule], version: int = 0) -> None:
        self.rules = tuple(rules)
        self.version = version
        self._tests = tuple(_test(rule) for rule in self.rules)

    def first(self, facts: Facts) -> int | None:
        """The index of the rule that takes the event; None when none does."""
        for index, test in enumerate(self._tests):
            if test(facts):
                return index
        return None

    def matches(self, index: int, facts: Facts) -> bool:
        """Whether the rule with this index would take the event if it were the first."""
        return self._tests[index](facts)

    def decide(
        self, event: dict[str, Any], own_tags: dict[str, str] | None, default: Callable[[], str]
    ) -> Verdict | None:
        """What the rules decide about `event`; None when none takes it. `default` makes its usual grouping key."""
        index = self.first(Facts(event, own_tags))
        return None if index is None else self.verdict(index, event, own_tags, default)

    def verdict(
        self,
        index: int,
        event: dict[str, Any],
        own_tags: dict[str, str] | None,
        default: Callable[[], str],
    ) -> Verdict:
        """What the rule with this index decides about an event that it takes."""
        rule = self.rules[index]
        title = None
        if rule.title is not None:
            filled, _ = Variables(event, default, own_tags).fill(rule.title, LONGEST_VALUE)
            title = first_line(filled)[:LONGEST_VALUE] or None
        return Verdict(self.version, rule.line, rule.fingerprint, title, rule.level, rule.drop)


@lru_cache(maxsize=256)
def compiled(text: str, version: int) -> RuleSet:
    """The rules in a stored text."""
    return RuleSet(parse(text).rules, version)


def _test(rule: Rule) -> _Test:
    """Whether an event matches all matchers of a rule: those first that cost least."""
    groups: dict[Of, list[tuple[keys.Key, Matcher]]] = {}
    for matcher in rule.matchers:
        key = keys.find(matcher.key)
        if key is not None:
            groups.setdefault(key.of, []).append((key, matcher))
    tests: list[_Test] = []
    for of in sorted(groups, key=lambda of: of.value):
        if of in (Of.EXCEPTION, Of.FRAME):
            tests.append(_of_one([_Side(key, matcher) for key, matcher in groups[of]]))
        else:
            tests += [_of_event(key, matcher) for key, matcher in groups[of]]
    return lambda facts: all(test(facts) for test in tests)


def _of_event(key: keys.Key, matcher: Matcher) -> _Test:
    match = Glob(matcher.pattern, ignore_case=key.ignores_case).match
    negated = matcher.negated
    if key.of is Of.MESSAGE:
        return lambda facts: any(match(said) for said in facts.messages) != negated
    name = key.name
    return lambda facts: (bool(value := facts.value(name)) and match(value)) != negated


class _Side:
    """A matcher of exceptions or frames."""

    def __init__(self, key: keys.Key, matcher: Matcher) -> None:
        self.negated = matcher.negated
        pattern = matcher.pattern
        if key.name == "app":
            pattern = "yes" if APP.get(pattern.lower(), True) else "no"
        kind = PathGlob if key.is_path else Glob
        self._glob = kind(pattern, ignore_case=key.ignores_case)
        self._key = key.name

    def places(self, facts: Facts) -> list[int]:
        """The indexes of the exceptions or frames that the pattern matches."""
        if self._glob.literal not in facts.joined(self._key):
            return []
        match = self._glob.match
        return [
            index
            for index, texts in enumerate(facts.column(self._key))
            if any(text and match(text) for text in texts)
        ]


def _of_one(sides: list[_Side]) -> _Test:
    wanted = [side for side in sides if not side.negated]
    unwanted = [side for side in sides if side.negated]

    def test(facts: Facts) -> bool:
        if not wanted:
            return not any(side.places(facts) for side in unwanted)
        left = set(wanted[0].places(facts))
        for side in wanted[1:]:
            if not left:
                return False
            left.intersection_update(side.places(facts))
        for side in unwanted:
            if not left:
                return False
            left.difference_update(side.places(facts))
        return bool(left)

    return test
