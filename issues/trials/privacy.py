"""What privacy rules would remove from the newest stored events, if these arrived now. Stored events are not changed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts.models import Project
from issues.models import Issue, PrivacyRules
from issues.payload import notes
from issues.privacy import engine, stored
from issues.privacy.own import NONE, Rules
from issues.privacy.policy import rules_of
from issues.privacy.ruleset import Policy, policy
from issues.trials import turn
from issues.trials.newest import Newest
from rustrak.lib import collector

#: So many kinds and examples are listed, of each kind so many examples.
MOST_KINDS, MOST_EXAMPLES, EXAMPLES_OF_A_KIND = 30, 40, 4
_LONGEST_SHOWN = 200
#: In bytes, of text before a value that is not a text is cut.
_LONGEST_VALUE = 2000


@dataclass(frozen=True, slots=True)
class Example:
    """A place where something would be removed: in the event `event` of `issue`, at `path`, by the rule `kind`. `before` and `after` are
    the value as it is and would be, cut."""

    event: UUID
    issue: Issue | None
    path: str
    kind: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Kind:
    """How many values of how many events a kind of secret, or a rule of people, would remove."""

    name: str
    values: int
    events: int


@dataclass(frozen=True, slots=True)
class Trial:
    """`changed` of the newest `looked` events would lose `values` values. There were `found` to look at; `unreadable` ones were passed
    over. `kinds` has the most frequent first, and `more_kinds` others are not in it."""

    looked: int
    found: int
    unreadable: int
    changed: int
    values: int
    kinds: tuple[Kind, ...]
    more_kinds: int
    examples: tuple[Example, ...]

    @property
    def is_whole(self) -> bool:
        return self.looked + self.unreadable >= self.found


def of_change(project: Project | None, given: stored.Given, *, seconds: float | None = None) -> Trial:
    """What rules would remove from the newest events of `project`, of all projects for None, in place of those in use there. Raises
    stored.Invalid, and turn.Busy."""
    rules = stored.checked(given).rules
    with turn.alone():
        newest = Newest(project.pk if project else None, as_sent=True, seconds=seconds)
        tally = _Tally(_Policies(project, rules))
        with collector.seldom():
            for event in newest:
                tally.add(event.id, event.project, event.issue, event.payload)
    return tally.trial(newest)


class _Policies:
    """The policies that projects would have."""

    def __init__(self, project: Project | None, rules: Rules) -> None:
        self._installation, self._projects = NONE, {}
        if project is not None:
            self._installation = stored.rules_of(None)
            self._projects = {project.pk: rules}
        else:
            self._installation = rules
            rows = PrivacyRules.objects.exclude(project=None)
            self._projects = {
                row.project_id: rules_of(row) for row in rows.iterator() if row.project_id is not None
            }

    def of(self, project: int) -> Policy:
        return policy(self._installation, self._projects.get(project, NONE))


class _Tally:
    """Sums up what is removed of events that come one after the other."""

    def __init__(self, policies: _Policies) -> None:
        self._policies = policies
        self._values, self._events, self._shown = Counter[str](), Counter[str](), Counter[str]()
        self._examples: list[tuple[UUID, UUID, str, str, str, str]] = []
        self._changed = self._total = 0

    def add(self, event: UUID, project: int, issue: UUID, payload: dict[str, Any]) -> None:
        done = engine.scrub(payload, self._policies.of(project))
        if not done.total:
            return
        self._changed += 1
        self._total += done.total
        self._values.update(removal.kind for removal in done.removals)
        self._events.update({removal.kind for removal in done.removals})
        for path, kind in done.removals:
            if self._shown[kind] >= EXAMPLES_OF_A_KIND or len(self._examples) >= MOST_EXAMPLES:
                continue
            self._shown[kind] += 1
            before, after = _at(payload, path), _at(done.payload, path)
            self._examples.append((event, issue, notes.path(*path), kind, _shown(before), _shown(after)))

    def trial(self, newest: Newest) -> Trial:
        issues = Issue.objects.select_related("project").in_bulk({issue for _, issue, *_ in self._examples})
        return Trial(
            looked=newest.looked,
            found=newest.found,
            unreadable=newest.unreadable,
            changed=self._changed,
            values=self._total,
            kinds=tuple(
                Kind(name, count, self._events[name]) for name, count in self._values.most_common(MOST_KINDS)
            ),
            more_kinds=max(0, len(self._values) - MOST_KINDS),
            examples=tuple(
                Example(event, issues.get(issue), *texts) for event, issue, *texts in self._examples
            ),
        )


def _at(payload: Any, path: tuple[str | int, ...]) -> Any:
    """The value that the keys in `path` lead to; None where there is none, as where a name was removed itself."""
    for key in path:
        if isinstance(payload, list):
            payload = payload[key] if isinstance(key, int) and key < len(payload) else None
        else:
            payload = payload.get(key) if isinstance(payload, dict) else None
    return payload


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else str(value)[:_LONGEST_VALUE] if value is not None else ""
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
