"""What rules do with events, summed up in memory. Pure: events come in one after the other, numbers go out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from issues.payload import fingerprint, stack, tags, title
from issues.payload.access import first_line
from issues.payload.rules.facts import Facts
from issues.payload.rules.matching import RuleSet, Verdict

#: In characters: a longer key is shown cut, and no issue can be bound to it by hand.
LONGEST_KEY = 4096
_SHOWN_KEY, _LABEL, _MOST_KINDS = 200, 120, 50

#: Makes the usual grouping key of an event, which has no rule.
UsualKey = Callable[[dict[str, Any]], str]


@dataclass(slots=True)
class Place:
    """Events that get one grouping key. `line` is that of the rule that gives it, None: it is their usual key.

    `key` is empty when it is longer than LONGEST_KEY. `moved` counts those that get another key by the rules of before, by the
    issue that they are stored in and the hash of that key, empty where no rule made it; `count` is all of them. `kinds` are the different things among those that the rule takes: how many of each, by what they are called.
    """

    key_hash: str
    key: str
    shown: str
    line: int | None
    count: int = 0
    moved: Counter[tuple[UUID, str]] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Tally:
    """The sums. `looked` are events by issue, `dropped` those that would not be stored. Of rules, by index: `taken` counts their
    events, `hidden` those that an earlier rule takes, by that rule."""

    before: RuleSet
    after: RuleSet
    usual: UsualKey
    # Whether events are compared with where they are stored, else with where they would go by the rules of before.
    is_standing: bool = False
    places: dict[str, Place] = field(default_factory=dict)
    looked: Counter[UUID] = field(default_factory=Counter)
    dropped: Counter[UUID] = field(default_factory=Counter)
    taken: Counter[int] = field(default_factory=Counter)
    hidden: dict[int, Counter[int]] = field(default_factory=dict)
    retitled: int = 0
    levelled: int = 0

    def add(self, issue: UUID, event: dict[str, Any]) -> None:
        """Count an event that is in `issue` now."""
        self.looked[issue] += 1
        own_tags = tags.read(event)
        facts = Facts(event, own_tags)
        index = self.after.first(facts)
        self._count_rules(index, facts)
        verdict = self._verdict(self.after, index, event, own_tags)
        if self.is_standing:
            if verdict is not None and not verdict.drop:
                self._place(issue, event, own_tags, verdict, "")
            return
        was = self._verdict(self.before, self.before.first(facts), event, own_tags)
        if verdict is not None and verdict.drop:
            if was is None or not was.drop:
                self.dropped[issue] += 1
            return
        self.retitled += _title(verdict) != _title(was)
        self.levelled += _level(verdict) != _level(was)
        given = _fingerprint(was)
        if _fingerprint(verdict) != given:
            before = self._key(event, own_tags, given)
            if before != self._key(event, own_tags, _fingerprint(verdict)):
                of_rule = fingerprint.key_hash(before) if given is not None else ""
                self._place(issue, event, own_tags, verdict, of_rule)
                return
        if verdict is not None:
            self._place(issue, event, own_tags, verdict, None)

    def _verdict(
        self, rules: RuleSet, index: int | None, event: dict[str, Any], own_tags: dict[str, str]
    ) -> Verdict | None:
        return None if index is None else rules.verdict(index, event, own_tags, lambda: self.usual(event))

    def _key(self, event: dict[str, Any], own_tags: dict[str, str], given: tuple[str, ...] | None) -> str:
        return fingerprint.grouping_key(event, None, own_tags, given)

    def _count_rules(self, index: int | None, facts: Facts) -> None:
        if index is None:
            return
        self.taken[index] += 1
        for later in range(index + 1, len(self.after.rules)):
            # Only of those that have taken nothing: for them it says why.
            if not self.taken[later] and self.after.matches(later, facts):
                self.hidden.setdefault(later, Counter())[index] += 1

    def _place(
        self,
        issue: UUID,
        event: dict[str, Any],
        own_tags: dict[str, str],
        verdict: Verdict | None,
        before: str | None,
    ) -> None:
        """Count an event where it goes. `before` is the hash of the key that a rule of before gives it, empty where none
        does; None: the key is the same."""
        key = self._key(event, own_tags, _fingerprint(verdict))
        key_hash = fingerprint.key_hash(key)
        place = self.places.get(key_hash)
        if place is None:
            given = verdict.line if verdict and verdict.fingerprint is not None else None
            whole = key if len(key) <= LONGEST_KEY else ""
            place = self.places[key_hash] = Place(key_hash, whole, key[:_SHOWN_KEY], given)
        place.count += 1
        if before is not None:
            place.moved[issue, before] += 1
        if verdict is not None and verdict.fingerprint is not None:
            kind = _kind(event)
            if kind in place.kinds or len(place.kinds) < _MOST_KINDS:
                place.kinds[kind] += 1


def _kind(event: dict[str, Any]) -> str:
    """What an event is about: its type, or its message before parameters are filled in, and where it happened."""
    type_, value = title.type_and_value(event)
    what = type_ or first_line(value)
    where = stack.culprit(event)
    return f"{what[:_LABEL]} in {where[:_LABEL]}" if where else what[:_LABEL]


def _fingerprint(verdict: Verdict | None) -> tuple[str, ...] | None:
    return verdict.fingerprint if verdict else None


def _title(verdict: Verdict | None) -> str | None:
    return verdict.title if verdict else None


def _level(verdict: Verdict | None) -> int | None:
    return verdict.level if verdict else None
