"""What rules do with events, summed up in memory. Pure: events come in one after the other, numbers go out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from issues.payload import fingerprint, stack, tags, title
from issues.payload.rules.facts import Facts
from issues.payload.rules.matching import RuleSet, Verdict
from issues.payload.smart.key import smart_text

#: In characters: a longer key is shown cut, and no issue can be bound to it by hand.
LONGEST_KEY = 4096
_SHOWN_KEY, _LABEL, _MOST_KINDS = 200, 120, 50


@dataclass(frozen=True, slots=True)
class Mechanism:
    """How a project's usual keys are made. `is_changing`: keys of the other mechanism are looked up first."""

    is_smart: bool = False
    is_changing: bool = False

    def keys(
        self, event: dict[str, Any], own_tags: dict[str, str], of_rule: tuple[str, ...] | None
    ) -> tuple[str, str]:
        """The key of an event by the mechanism in use, and the one that is looked up before it; empty for none."""
        if not self.is_smart and not self.is_changing:
            return fingerprint.grouping_key(event, None, own_tags, of_rule), ""
        keys = fingerprint.grouping_keys(event, None, own_tags, of_rule)
        key, former = (keys.smart, keys.classic) if self.is_smart else (keys.classic, keys.smart)
        return key, former if self.is_changing and former != key else ""


@dataclass(slots=True)
class Kind:
    """One thing, by its smart key: what it is called, and how many events there were."""

    name: str
    count: int = 0


@dataclass(slots=True)
class Place:
    """Events that get one grouping key. `line` is that of the rule that gives it, None: it is their usual key.

    `former_hash` is that of the key that is looked up before, empty for none. `key` is empty when it is longer than LONGEST_KEY. `moved` counts those that get another key by the rules of before, by the
    issue that they are stored in and the hash of that key, empty where no rule made it; `count` is all of them. `kinds` are the different things among those that the rule takes, by their smart keys.
    """

    key_hash: str
    key: str
    shown: str
    line: int | None
    former_hash: str = ""
    count: int = 0
    moved: Counter[tuple[UUID, str]] = field(default_factory=Counter)
    kinds: dict[str, Kind] = field(default_factory=dict)


@dataclass(slots=True)
class Tally:
    """The sums. `looked` are events by issue, `dropped` those that would not be stored. Of rules, by index: `taken` counts their
    events, `hidden` those that an earlier rule takes, by that rule."""

    before: RuleSet
    after: RuleSet
    mechanism: Mechanism = Mechanism()
    # Whether events are compared with where they are stored, else with where they would go by the rules of before.
    is_standing: bool = False
    # By the hashes of their keys: that of the mechanism in use, and the one that is looked up before.
    places: dict[tuple[str, str], Place] = field(default_factory=dict)
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
        return (
            None
            if index is None
            else rules.verdict(index, event, own_tags, lambda: fingerprint.default_key(event))
        )

    def _key(self, event: dict[str, Any], own_tags: dict[str, str], given: tuple[str, ...] | None) -> str:
        return self.mechanism.keys(event, own_tags, given)[0]

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
        key, former = self.mechanism.keys(event, own_tags, _fingerprint(verdict))
        key_hash = fingerprint.key_hash(key)
        former_hash = fingerprint.key_hash(former) if former else ""
        place = self.places.get((key_hash, former_hash))
        if place is None:
            given = verdict.line if verdict and verdict.fingerprint is not None else None
            whole = key if len(key) <= LONGEST_KEY else ""
            place = self.places[key_hash, former_hash] = Place(
                key_hash, whole, key[:_SHOWN_KEY], given, former_hash
            )
        place.count += 1
        if before is not None:
            place.moved[issue, before] += 1
        if verdict is not None and verdict.fingerprint is not None:
            # Of an event whose own fingerprint is replaced, too: what it is about is what its exception or message says.
            ident = smart_text(event)
            kind = place.kinds.get(ident)
            if kind is None and len(place.kinds) < _MOST_KINDS:
                kind = place.kinds[ident] = Kind(_name(event))
            if kind is not None:
                kind.count += 1


def together(places: Iterable[Place], leads_to: Mapping[str, UUID]) -> list[Place]:
    """The places with those made one that events go to together: the same issue by a former key, else the same key. `leads_to` are
    the issues of keys, by hash. Places are changed."""
    found: dict[UUID | str, Place] = {}
    for place in places:
        former = leads_to.get(place.former_hash)
        first = found.setdefault(former or place.key_hash, place)
        if first is place:
            continue
        first.count += place.count
        first.moved.update(place.moved)
        for ident, kind in place.kinds.items():
            first.kinds.setdefault(ident, Kind(kind.name)).count += kind.count
    return list(found.values())


def _name(event: dict[str, Any]) -> str:
    """What an event is about, and where it happened."""
    what = title.title(*title.type_and_value(event))
    where = stack.culprit(event)
    return f"{what[:_LABEL]} in {where[:_LABEL]}" if where else what[:_LABEL]


def _fingerprint(verdict: Verdict | None) -> tuple[str, ...] | None:
    return verdict.fingerprint if verdict else None


def _title(verdict: Verdict | None) -> str | None:
    return verdict.title if verdict else None


def _level(verdict: Verdict | None) -> int | None:
    return verdict.level if verdict else None
