"""Walks through a payload and makes a copy of what changes. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import repeat
from typing import Any, NamedTuple

import orjson

from issues.privacy import addresses
from issues.privacy.addresses import Addresses
from issues.privacy.ruleset import ADDRESS, Changed, Policy, mark
from issues.privacy.values import is_masked

#: So many removals are named; the others are counted.
MOST_NAMED = 50
# Parts of an event in which names are those of programs, not of values.
_NAMES_OF_PROGRAMS = frozenset(("modules", "_meta", "debug_meta", "sdk"))
_SOURCE = frozenset(("pre_context", "context_line", "post_context"))
_Path = tuple[str | int, ...]
# Instead of a place in the JSON: not known; without a candidate.
_UNKNOWN, _NOWHERE = -1, -2
# With more candidates, and further down, all members are looked at: to measure them would take as long, or time that grows with the depth.
_MOST_PLACES, _DEEPEST = 200, 8
_NO_NAMES: dict[str, str] = {}


class Removal(NamedTuple):
    """Something was removed: the keys that lead to it, and the kind of secret or the rule by which."""

    path: _Path
    kind: str


class Wanted:
    """What has to change, by the string itself: `names` of values with their kinds, `texts` with what they become, `lines` the same
    in source code, `numbers` that are removed. `environ`: there is an environment. `places`: where
    the candidates begin in the JSON as orjson writes it, in order; None where that is not known. False if nothing has to."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.texts: dict[str, Changed] = {}
        self.lines: dict[str, Changed] = {}
        self.numbers: dict[int, str] = {}
        self.environ = False
        self.places: list[int] | None = None

    def __bool__(self) -> bool:
        return bool(self.names or self.texts or self.lines or self.numbers or self.environ)


class Walk:
    """One walk through a payload, which makes a copy of what changes."""

    def __init__(self, policy: Policy, found: Wanted) -> None:
        self._policy, self._found = policy, found
        self._path: list[str | int] = []
        self.removals: list[Removal] = []
        self.total = 0

    def value(self, value: Any) -> Any:
        """`value` without what is removed."""
        if isinstance(value, str):
            return self._text(value, self._found.texts)
        at = 0 if self._found.places is not None and len(self._found.places) <= _MOST_PLACES else _UNKNOWN
        if isinstance(value, dict):
            return self._dict(value, True, at)
        if isinstance(value, list):
            return self._list(value, True, False, at)
        return value

    def _places(self, members: Iterable[tuple[bytes, Any]], at: int) -> Iterator[int]:
        """Where in its JSON each member of an array or object begins which itself begins at `at`; _NOWHERE for those without a
        candidate. `members` are the JSON of their names and the members."""
        places = self._found.places
        if at == _UNKNOWN or places is None or len(self._path) >= _DEEPEST:
            yield from repeat(_UNKNOWN)
            return
        at += 1
        for name, value in members:
            begin = at + len(name)
            at = begin + len(orjson.dumps(value))
            first = bisect_left(places, begin)
            yield begin if first < len(places) and places[first] < at else _NOWHERE
            at += 1

    def _removed(self, kind: str, *more: str | int) -> None:
        self.total += 1
        if len(self.removals) < MOST_NAMED:
            # A name may hold a secret itself.
            texts = self._found.texts
            keys = (texts[key][0] if key in texts else key for key in (*self._path, *more))
            self.removals.append(Removal(tuple(keys), kind))

    def _text(self, text: str, texts: dict[str, Changed], *more: str | int) -> str:
        if text not in texts:
            return text
        changed, kinds = texts[text]
        for kind in kinds:
            self._removed(kind, *more)
        return changed

    def _dict(self, sent: dict[str, Any], named: bool, at: int = _UNKNOWN) -> dict[str, Any]:
        found = self._found
        names = found.names if named else _NO_NAMES
        texts = found.texts
        places = self._places(((orjson.dumps(name) + b":", value) for name, value in sent.items()), at)
        changed: dict[str, Any] = {}
        for (name, value), place in zip(sent.items(), places, strict=False):
            kind = type(value)
            if name in names:
                after = self._emptied(name, value, names[name])
            elif place == _NOWHERE and name != "environ":
                continue
            elif kind is dict:
                self._path.append(name)
                if name == "environ" and found.environ and named:
                    after = self._environment(value)
                else:
                    after = self._dict(
                        value, named and (len(self._path) > 1 or name not in _NAMES_OF_PROGRAMS), place
                    )
                self._path.pop()
            elif kind is list:
                self._path.append(name)
                after = self._list(value, named, name in _SOURCE, place)
                self._path.pop()
            elif kind is str:
                after = self._text(value, found.lines if name in _SOURCE else texts, name)
            else:
                after = self._number(value, name)
            if after is not value:
                changed[name] = after
        if "value" in sent and names:
            self._named_value(sent, names, changed)
        if texts and not texts.keys().isdisjoint(sent):
            return self._renamed(sent, changed)
        return {**sent, **changed} if changed else sent

    def _number(self, value: Any, name: str | int) -> Any:
        numbers = self._found.numbers
        if not numbers or type(value) is not int or value not in numbers:
            return value
        self._removed(numbers[value], name)
        return mark(numbers[value])

    def _renamed(self, sent: dict[str, Any], changed: dict[str, Any]) -> dict[str, Any]:
        """With other names where these hold what is removed."""
        done: dict[str, Any] = {}
        numbers: dict[str, int] = {}
        for name, value in sent.items():
            new = free = self._text(name, self._found.texts)
            while free in done or (free != name and free in sent):
                numbers[new] = numbers.get(new, 1) + 1
                free = f"{new} {numbers[new]}"
            done[free] = changed.get(name, value)
        return done

    def _named_value(self, sent: dict[str, Any], names: dict[str, str], changed: dict[str, Any]) -> None:
        """Of an object with a name and a value, such as a tag."""
        for member in ("key", "name"):
            if isinstance(name := sent.get(member), str) and name in names:
                after = self._emptied("value", sent["value"], names[name])
                if after is not sent["value"]:
                    changed["value"] = after
                return

    def _list(self, sent: list[Any], named: bool, is_source: bool, at: int = _UNKNOWN) -> list[Any]:
        found = self._found
        names, texts = found.names, found.lines if is_source else found.texts
        places = self._places(((b"", value) for value in sent), at)
        changed: dict[int, Any] = {}
        option = ""
        for (index, value), place in zip(enumerate(sent), places, strict=False):
            kind = type(value)
            if kind is str:
                if option:
                    after = self._emptied(index, value, option)
                else:
                    after = self._text(value, texts, index)
                option = names.get(value, "") if named and not is_source and value.startswith("--") else ""
            elif place == _NOWHERE:
                continue
            elif kind is dict:
                self._path.append(index)
                after = self._dict(value, named, place)
                self._path.pop()
            elif kind is list:
                self._path.append(index)
                if named and len(value) == 2 and type(value[0]) is str and value[0] in names:
                    last = self._emptied(1, value[1], names[value[0]])
                    after = value if last is value[1] else [value[0], last]
                else:
                    after = self._list(value, named, is_source, place)
                self._path.pop()
            else:
                after = self._number(value, index)
            if after is not value:
                changed[index] = after
        return [changed.get(index, value) for index, value in enumerate(sent)] if changed else sent

    def _environment(self, sent: dict[str, Any]) -> dict[str, Any]:
        """The environment of a process, in which more names are those of secrets."""
        changed: dict[str, Any] = {}
        for name, value in sent.items():
            kind = self._policy.kind_in_environment(name)
            after = self._emptied(name, value, kind) if kind else value
            if after is not value:
                changed[name] = after
        rest = {name: value for name, value in sent.items() if name not in changed}
        after = self._dict(rest, False)
        if after is rest and not changed:
            return sent
        return {**{name: None for name in sent if name in after or name in changed}, **after, **changed}

    def _emptied(self, name: str | int, value: Any, kind: str) -> Any:
        """A value with this name without what is in it; an array or object keeps its form."""
        if kind == ADDRESS:
            after = self._without_addresses(name, value)
        else:
            after = self._without_leaves(value, kind)
        if after is not value:
            self._removed(kind, name)
        elif isinstance(value, dict | list):
            # Nothing of it was removed by its name.
            self._path.append(name)
            after = self._dict(value, True) if isinstance(value, dict) else self._list(value, True, False)
            self._path.pop()
        elif isinstance(value, str):
            after = self._text(value, self._found.texts, name)
        return after

    def _without_leaves(self, value: Any, kind: str) -> Any:
        if isinstance(value, str):
            return value if is_masked(value.strip()) else mark(kind)
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, dict):
            done = {
                name: one if self._policy.keeps(name) else self._without_leaves(one, kind)
                for name, one in value.items()
            }
            return value if all(done[name] is one for name, one in value.items()) else done
        if isinstance(value, list):
            items = [self._without_leaves(one, kind) for one in value]
            return value if all(map(lambda one, other: one is other, items, value)) else items
        return mark(kind)

    def _without_addresses(self, name: str | int, value: Any) -> Any:
        how = self._policy.addresses
        if isinstance(value, str):
            after = addresses.changed(value, how)
            if after == value:
                return value
            # Where an SDK sends an address and nothing else, a text would not be one.
            return (
                None
                if how is Addresses.REMOVE and after == addresses.REMOVED and name == "ip_address"
                else after
            )
        if isinstance(value, list):
            items = [self._without_addresses("", one) for one in value]
            return items if items != value else value
        return value
