"""What a change of the rules does, tried on the newest stored events; and which stored events are elsewhere than new ones
like them would go by the rules in use.

Rules move no stored event. So the preview says where new events like the stored ones will go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from accounts.models import GroupingMechanism, Project
from issues.fingerprint_rules import versions
from issues.fingerprint_rules.tally import Mechanism, Place, Tally, together
from issues.groupings import mechanism
from issues.models import Grouping, Issue
from issues.payload.rules.matching import RuleSet
from issues.payload.rules.parsing import parse, shadowed
from issues.payload.rules.syntax import Rule
from issues.trials import turn
from issues.trials.newest import Newest
from rustrak.lib import collector

#: Of each only so many are listed; how many more there are is said. Pages show the first SHOWN_SOURCES, and merge all that are listed.
MOST_PLACES, MOST_SOURCES, MOST_KINDS, MOST_DROPPED, SHOWN_SOURCES = 20, 50, 6, 10, 8
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Source:
    """An issue from which `moved` events of those that were looked at go elsewhere, and in which `kept` stay. None: it is gone."""

    issue: Issue | None
    moved: int
    kept: int


@dataclass(frozen=True, slots=True)
class Destination:
    """Where events go: to `issue`, or to a new one (None) when its first event arrives.

    `kinds` are the different things that the rule in `line` brings together, most frequent first; one or none: they are alike.
    """

    key: str
    key_hash: str
    shown_key: str
    line: int | None
    issue: Issue | None
    moved: int
    sources: tuple[Source, ...]
    more_sources: int
    kinds: tuple[tuple[str, int], ...]
    more_kinds: int

    @property
    def joins_different(self) -> bool:
        return len(self.kinds) > 1

    @property
    def shown_sources(self) -> tuple[Source, ...]:
        return self.sources[:SHOWN_SOURCES]

    @property
    def hidden_sources(self) -> int:
        return len(self.sources) - len(self.shown_sources) + self.more_sources


@dataclass(frozen=True, slots=True)
class Use:
    """What a rule does: how many events it takes, or why none: `hidden_by` are the lines of earlier rules that take those which it
    would match (`hidden` events), `never`: the line of one that always does."""

    rule: Rule
    taken: int
    hidden: int
    hidden_by: tuple[int, ...]
    never: int | None


@dataclass(frozen=True, slots=True)
class Preview:
    """See the module. `looked` of the newest `found` events were looked at before the time was over; `unreadable` ones were passed
    over. `before` issues become `after`: those that events leave or come to."""

    looked: int
    found: int
    unreadable: int
    moved: int
    before: int
    after: int
    dropped: int
    dropped_from: tuple[tuple[Issue, int], ...]
    retitled: int
    levelled: int
    destinations: tuple[Destination, ...]
    more_destinations: int
    uses: tuple[Use, ...]

    @property
    def is_whole(self) -> bool:
        return self.looked + self.unreadable >= self.found

    @property
    def joins_different(self) -> bool:
        return any(each.joins_different for each in self.destinations)

    @property
    def has_idle_rules(self) -> bool:
        return any(not use.taken for use in self.uses)


def of_change(project: Project, text: str, *, seconds: float | None = None) -> Preview:
    """What the rules in `text` do in place of those in use. Raises versions.Invalid, and turn.Busy."""
    parsed = parse(versions.tidy(text))
    if parsed.mistakes:
        raise versions.Invalid(parsed.mistakes)
    before = RuleSet(parse(versions.text_of(project)).rules)
    return _run(project, Tally(before, RuleSet(parsed.rules), mechanism_of(project)), seconds)


def of_stored(project: Project, *, seconds: float | None = None) -> Preview:
    """The stored events that the rules in use would put elsewhere, if they arrived now. Raises turn.Busy."""
    rules = RuleSet(parse(versions.text_of(project)).rules)
    return _run(project, Tally(rules, rules, mechanism_of(project), is_standing=True), seconds)


def mechanism_of(project: Project) -> Mechanism:
    """How the usual keys of the project are made now."""
    is_changing = mechanism.transition_ends_at(project) is not None
    return Mechanism(project.grouping == GroupingMechanism.SMART, is_changing)


def _run(project: Project, tally: Tally, seconds: float | None) -> Preview:
    with turn.alone():
        newest = Newest(project.pk, seconds=seconds)
        with collector.seldom():
            for stored in newest:
                tally.add(stored.issue, stored.payload)
    return _Summary(project, tally).preview(newest)


class _Summary:
    """Turns a tally into a Preview: three queries."""

    def __init__(self, project: Project, tally: Tally) -> None:
        self._tally = tally
        places = tally.places.values()
        hashes = {key for place in places for key in (place.key_hash, place.former_hash) if place.moved}
        hashes |= {key for place in places for _, key in place.moved}
        known = _issues_of(project, sorted(hashes - {""}))
        # Each with the issue that it is, None for a new one, and the issues from which its events go there. What has another key
        # and is in the same issue all the same stays where it is.
        self._places: list[tuple[Place, UUID | None, Counter[UUID]]] = []
        for place in together(places, known):
            leads_to = known.get(place.former_hash) or known.get(place.key_hash)
            sources = Counter[UUID]()
            for (issue, key), count in place.moved.items():
                sources[known.get(key, issue)] += count
            if leads_to is not None:
                sources.pop(leads_to, None)
            if sources:
                self._places.append((place, leads_to, sources))
        self._places.sort(key=lambda each: -each[2].total())
        self._left = Counter[UUID]()
        for _, _, sources in self._places:
            self._left.update(sources)
        listed = self._places[:MOST_PLACES]
        shown = {key for _, _, sources in listed for key, _ in sources.most_common(MOST_SOURCES)}
        shown |= {key for key, _ in tally.dropped.most_common(MOST_DROPPED)}
        shown |= {leads_to for _, leads_to, _ in listed if leads_to is not None}
        self._issues = {issue.pk: issue for issue in project.issues.filter(pk__in=shown)}

    def preview(self, newest: Newest) -> Preview:
        tally = self._tally
        known = {leads_to for _, leads_to, _ in self._places if leads_to is not None}
        new = sum(leads_to is None for _, leads_to, _ in self._places)
        stay = {issue for issue in self._left if self._kept(issue)}
        return Preview(
            looked=newest.looked,
            found=newest.found,
            unreadable=newest.unreadable,
            moved=self._left.total(),
            before=len(self._left.keys() | known),
            after=len(known | stay) + new,
            dropped=tally.dropped.total(),
            dropped_from=tuple(
                (self._issues[key], count)
                for key, count in tally.dropped.most_common(MOST_DROPPED)
                if key in self._issues
            ),
            retitled=tally.retitled,
            levelled=tally.levelled,
            destinations=tuple(self._destination(*each) for each in self._places[:MOST_PLACES]),
            more_destinations=max(0, len(self._places) - MOST_PLACES),
            uses=self._uses(),
        )

    def _kept(self, issue: UUID) -> int:
        return max(0, self._tally.looked[issue] - self._left[issue] - self._tally.dropped[issue])

    def _destination(self, place: Place, leads_to: UUID | None, moved: Counter[UUID]) -> Destination:
        sources = moved.most_common(MOST_SOURCES)
        kinds = sorted(place.kinds.values(), key=lambda kind: -kind.count)
        return Destination(
            key=place.key,
            key_hash=place.key_hash,
            shown_key=place.shown,
            line=place.line,
            issue=self._issues.get(leads_to) if leads_to else None,
            moved=moved.total(),
            sources=tuple(Source(self._issues.get(key), count, self._kept(key)) for key, count in sources),
            more_sources=len(moved) - len(sources),
            kinds=tuple((kind.name, kind.count) for kind in kinds[:MOST_KINDS]),
            more_kinds=max(0, len(kinds) - MOST_KINDS),
        )

    def _uses(self) -> tuple[Use, ...]:
        tally = self._tally
        rules = tally.after.rules
        never = {rule.line: by.line for rule, by in shadowed(rules)}
        found = []
        for index, rule in enumerate(rules):
            hidden = Counter[int]() if tally.taken[index] else tally.hidden.get(index, Counter[int]())
            by = tuple(rules[earlier].line for earlier, _ in hidden.most_common(3))
            found.append(Use(rule, tally.taken[index], hidden.total(), by, never.get(rule.line)))
        return tuple(found)


def _issues_of(project: Project, hashes: Sequence[str]) -> dict[str, UUID]:
    """The issues that grouping keys lead to, by the hash of the key."""
    found: dict[str, UUID] = {}
    for start in range(0, len(hashes), _CHUNK):
        rows = Grouping.objects.filter(project=project, key_hash__in=hashes[start : start + _CHUNK])
        found.update(rows.values_list("key_hash", "issue_id"))
    return found
