"""Exceptions as they led to each other: newest first, with a sentence between them.

`exception.values` is oldest first and its last one was thrown. Where SDKs number them (`mechanism.exception_id`,
`parent_id`, `source`) they form a tree, and members of a group stand below it; without numbers they are a chain
(protocol.md, 1.8 and 2).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from issues.render.stack.frames import Frame, Stack, stack
from issues.render.values import (
    Field,
    Value,
    items,
    kind_of,
    line,
    mapping,
    scalar,
    show,
    string,
    web_address,
    whole_number,
)

MOST_EXCEPTIONS = 50
DEEPEST_SHOWN = 4


@dataclass(frozen=True)
class Mechanism:
    """How an exception came to the SDK. `handled` is None when the SDK does not know."""

    type: str = ""
    handled: bool | None = None
    synthetic: bool = False
    description: str = ""
    help_link: str = ""
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class Thrown:
    """One exception. `relation` says how it belongs to the one before it, `depth` how far down a group it is."""

    type: str
    value: Value | None
    module: str
    mechanism: Mechanism
    stack: Stack
    relation: str = ""
    depth: int = 0
    is_group: bool = False
    open: bool = True
    anchor: str = ""


@dataclass(frozen=True)
class Chain:
    """The exceptions of an event, the one that was thrown first; `more` were left out."""

    thrown: tuple[Thrown, ...] = ()
    more: int = 0

    @property
    def main(self) -> Thrown | None:
        return self.thrown[0] if self.thrown else None

    @property
    def has_stack(self) -> bool:
        return any(thrown.stack for thrown in self.thrown)

    @property
    def raised_at(self) -> Frame | None:
        """The newest frame of the newest exception that has any."""
        return next((frame for thrown in self.thrown for frame in thrown.stack.frames if frame.raised), None)


def chain(value: object, platform: str, *, every: bool = False, oldest_first: bool = False) -> Chain:
    """`exception` of an event. Entries that are no objects are shown as exceptions without a type."""
    sent = [entry for entry in items(value) if entry not in (None, {}, [], "")]
    if not sent and value not in (None, "", [], {}) and not isinstance(value, dict):
        sent = [value]
    kept = sent[-MOST_EXCEPTIONS:]
    order = _tree(kept) or _line(kept)
    thrown = []
    for place, (index, relation, depth, opened) in enumerate(order):
        one = _thrown(kept[index], platform, every, oldest_first)
        if place == 0 and isinstance(value, dict) and not one.stack:
            # Old SDKs put the stack beside the exceptions.
            one = replace(
                one, stack=stack(value.get("stacktrace"), platform, every=every, oldest_first=oldest_first)
            )
        thrown.append(
            replace(
                one,
                relation=relation,
                depth=min(depth, DEEPEST_SHOWN),
                open=opened or every,
                anchor=f"exception-{place + 1}",
            )
        )
    return Chain(tuple(thrown), len(sent) - len(kept))


_Order = list[tuple[int, str, int, bool]]


def _line(sent: list[Any]) -> _Order:
    """Newest first; each but the first is what the one before it came from."""
    order: _Order = []
    for index in reversed(range(len(sent))):
        relation = ""
        if order:
            source = mapping(mapping(sent[index]).get("mechanism")).get("source")
            relation = _sentence(string(source), None)
        order.append((index, relation, 0, True))
    return order


def _tree(sent: list[Any]) -> _Order:
    """Depth first from the root, by the numbers in the mechanisms; empty when they are not numbered throughout."""
    numbers: dict[int, int] = {}
    for index, entry in enumerate(sent):
        number = whole_number(mapping(mapping(entry).get("mechanism")).get("exception_id"))
        if number is None or number in numbers:
            return []
        numbers[number] = index
    children: dict[int, list[int]] = {}
    roots = []
    for number, index in numbers.items():
        parent = whole_number(sent[index]["mechanism"].get("parent_id"))
        if parent is None or parent not in numbers or parent == number:
            roots.append(number)
        else:
            children.setdefault(parent, []).append(number)
    order: _Order = []
    seen: set[int] = set()
    waiting = [
        (number, "" if place == 0 else "also sent", 0, True) for place, number in enumerate(sorted(roots))
    ]
    waiting.reverse()
    while waiting:
        number, relation, depth, opened = waiting.pop()
        if number in seen:
            continue
        seen.add(number)
        order.append((numbers[number], relation, depth, opened))
        below = sorted(children.get(number, []))
        members = [child for child in below if _is_member(sent[numbers[child]], sent[numbers[number]])]
        for child in reversed(below):
            source = string(sent[numbers[child]]["mechanism"].get("source"))
            if child in members:
                place = members.index(child) + 1
                waiting.append((child, f"{place} of {len(members)} in the group", depth + 1, place == 1))
            else:
                waiting.append((child, _sentence(source, sent[numbers[number]]), depth, opened))
    # A ring of parents has no root: what it holds still happened.
    order += [(index, "also sent", 0, True) for number, index in numbers.items() if number not in seen]
    return order


def _is_member(child: dict[str, Any], parent: dict[str, Any]) -> bool:
    source = child["mechanism"].get("source")
    listed = isinstance(source, str) and re.search(r"\[\d+\]$", source) is not None
    return parent["mechanism"].get("is_exception_group") is True and (listed or not source)


def _sentence(source: str, parent: object) -> str:
    """What stands between an exception and the one below it."""
    if source == "__context__":
        return "raised while handling"
    if parent is not None and source.endswith("]"):
        return "together with"
    return "caused by"


def _thrown(sent: object, platform: str, every: bool, oldest_first: bool) -> Thrown:
    if not isinstance(sent, dict):
        return Thrown("", show(sent), "", Mechanism(), Stack())
    value = sent.get("value")
    return Thrown(
        type=line(sent.get("type"), 256),
        value=None if value in (None, "") else show(value),
        module=line(sent.get("module")),
        mechanism=mechanism(sent.get("mechanism")),
        stack=stack(sent.get("stacktrace"), platform, every=every, oldest_first=oldest_first),
        is_group=mapping(sent.get("mechanism")).get("is_exception_group") is True,
    )


_TOLD = {
    "type",
    "handled",
    "synthetic",
    "description",
    "help_link",
    "exception_id",
    "parent_id",
    "source",
    "is_exception_group",
}


def mechanism(value: object) -> Mechanism:
    """`mechanism` of an exception; what is not known of it is a row of its own."""
    if not isinstance(value, dict):
        return Mechanism(type=line(value))
    handled = value.get("handled")
    rest: list[Field] = []
    for name, member in value.items():
        if name in _TOLD or member in (None, {}, []):
            continue
        if name in ("data", "meta") and kind_of(member) == "object":
            rest += [Field(line(key), show(inner)) for key, inner in member.items()]
        else:
            rest.append(Field(line(name), show(member)))
    link = web_address(value.get("help_link"))
    if not link and value.get("help_link"):
        rest.append(Field("help_link", show(value["help_link"])))
    return Mechanism(
        type=line(value.get("type")),
        handled=handled if isinstance(handled, bool) else None,
        synthetic=value.get("synthetic") is True,
        description=scalar(value.get("description"))[:2_000],
        help_link=link,
        fields=tuple(rest[:50]),
    )
