"""Exceptions with the words that say how each led to the next; the one that names the event comes first.

SDKs send the oldest cause first. Where they number exceptions (`mechanism.exception_id`, `parent_id`, `source`) these
form a tree, else a chain (docs/protocol.md, "Event payload", exception).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from issues.payload import stack as payload_stack
from issues.payload.access import items, mapping
from issues.render.room import Room
from issues.render.stack.reading import Reading
from issues.render.stack.trace import Stack, stack
from issues.render.tables import Field, Value, is_empty, kind_of, rows, show
from issues.render.values import line, scalar, string, web_address, whole_number

MOST_EXCEPTIONS = 50
MOST_MEMBERS = 50
CAUSE, HANDLING, SUPPRESSED = "caused by", "raised while handling", "suppressed exception"
TOGETHER = "together with"
# The same words for an exception that does not follow the one that it belongs to.
_OF_ANOTHER = {
    CAUSE: "cause of {}",
    HANDLING: "being handled when {} was raised",
    SUPPRESSED: "suppressed exception of {}",
    TOGETHER: "together with {}",
}
_LISTED = re.compile(r"\[\d+\]$")
DEEPEST_SHOWN = 4


@dataclass(frozen=True)
class Mechanism:
    """How the SDK caught an exception. `handled` is None when the SDK does not say."""

    type: str = ""
    handled: bool | None = None
    synthetic: bool = False
    description: str = ""
    help_link: str = ""
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class Thrown:
    """One exception. `relation` says how it led to the one before it; `depth` is its level in exception groups."""

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
    """The exceptions of an event, the one that names it first; `more` older ones were left out."""

    thrown: tuple[Thrown, ...] = ()
    more: int = 0

    @property
    def main(self) -> Thrown | None:
        return self.thrown[0] if self.thrown else None

    @property
    def has_stack(self) -> bool:
        return any(thrown.stack for thrown in self.thrown)


def chain(
    value: object, how: Reading | None = None, room: Room | None = None, *, beside: object = None
) -> Chain:
    """`exception` of an event. Entries that are not objects are shown as exceptions without a type.

    `beside` is the stack trace that the event or a thread has in place of the exception that names the event.
    """
    how, room = how or Reading(), room or Room()
    sent = [entry for entry in items(value) if not is_empty(entry)]
    if not sent and not is_empty(value) and not isinstance(value, dict):
        sent = [value]
    kept = sent[-MOST_EXCEPTIONS:]
    main = next(
        (index for index in reversed(range(len(kept))) if isinstance(kept[index], dict)), len(kept) - 1
    )
    order = _tree(kept)
    if not order or order[0].position != main:
        order = _line(kept, main)
    thrown = []
    for number, place in enumerate(order, 1):
        one = _thrown(kept[place.position], how, room)
        if place.position == main and not one.stack.entries:
            # Old SDKs put the stack beside the exceptions.
            instead = beside or (payload_stack.sent(value) if isinstance(value, dict) else None)
            one = replace(one, stack=one.stack.or_else(stack(instead, how, room)))
        thrown.append(
            replace(
                one,
                relation=place.relation,
                depth=min(place.depth, DEEPEST_SHOWN),
                open=place.open or how.expand_all,
                anchor=f"exception-{number}",
            )
        )
    return Chain(tuple(thrown), len(sent) - len(kept))


class _Place(NamedTuple):
    """An exception's place on the page. `position` is its index in the list that was sent."""

    position: int
    relation: str
    depth: int
    open: bool


def _line(sent: list[Any], main: int) -> list[_Place]:
    """The main exception, then the others from the newest on, each the cause of the one before it."""
    order = [_Place(main, "", 0, True)] if sent else []
    for index in reversed(range(len(sent))):
        if index > main:
            order.append(_Place(index, "also sent", 0, True))
        elif index < main:
            order.append(
                _Place(index, _relation(mapping(mapping(sent[index]).get("mechanism")), {}), 0, True)
            )
    return order


def _tree(sent: list[Any]) -> list[_Place]:
    """Depth first from the root, by the numbers in the mechanisms; empty unless every exception has its own number."""
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
    order: list[_Place] = []
    seen: set[int] = set()
    waiting = [
        (number, "" if index == 0 else "also sent", 0, True) for index, number in enumerate(sorted(roots))
    ]
    waiting.reverse()
    while waiting:
        number, relation, depth, opened = waiting.pop()
        if number in seen:
            continue
        seen.add(number)
        parent = sent[numbers[number]]
        order.append(_Place(numbers[number], relation, depth, opened))
        below = sorted(children.get(number, []))
        members = [child for child in below if _is_member(sent[numbers[child]], parent)]
        nested = []
        for place, child in enumerate(below):
            mechanism = sent[numbers[child]]["mechanism"]
            if child in members:
                position = members.index(child) + 1
                nested.append((child, f"{position} of {len(members)} in the group", depth + 1, position == 1))
                continue
            relation = kind = _relation(mechanism, parent["mechanism"])
            if place > 0:  # another one and what led to it stand between the two
                relation = _OF_ANOTHER[kind].format(line(parent.get("type"), 80) or "the first one")
            nested.append((child, relation, depth + (place > 0 or kind == SUPPRESSED), opened))
        waiting += reversed(nested)
    # Parents that form a ring have no root; their exceptions are shown at the end.
    order += [_Place(index, "also sent", 0, True) for number, index in numbers.items() if number not in seen]
    return order


def _is_member(child: dict[str, Any], parent: dict[str, Any]) -> bool:
    source = child["mechanism"].get("source")
    listed = isinstance(source, str) and _LISTED.search(source) is not None
    return parent["mechanism"].get("is_exception_group") is True and (
        listed or (not source and not _is_suppressed(child["mechanism"]))
    )


def _is_suppressed(mechanism: dict[str, Any]) -> bool:
    """Whether an exception was suppressed while another was thrown: Java's `getSuppressed()`, Kotlin's, PHP's or C++'s."""
    return any(
        string(mechanism.get(name), 80).lower().startswith("suppressed") for name in ("type", "source")
    )


def _relation(mechanism: dict[str, Any], parent: dict[str, Any]) -> str:
    """The words between an exception and the one below it, by their mechanisms."""
    source = string(mechanism.get("source"), 80)
    if _is_suppressed(mechanism):
        return SUPPRESSED
    if source in ("__context__", "context"):
        return HANDLING
    if parent and _LISTED.search(source):
        return TOGETHER
    return CAUSE


def _thrown(sent: object, how: Reading, room: Room) -> Thrown:
    if not isinstance(sent, dict):
        return Thrown("", show(sent, room=room), "", Mechanism(), Stack())
    value = sent.get("value")
    found = payload_stack.sent(sent)
    return Thrown(
        type=line(sent.get("type"), 256),
        value=None if is_empty(value) else show(value, room=room),
        module=line(sent.get("module")),
        mechanism=mechanism(sent.get("mechanism"), room),
        stack=stack(found, how, room),
        is_group=mapping(sent.get("mechanism")).get("is_exception_group") is True,
    )


_SHOWN_ELSEWHERE = {
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


def mechanism(value: object, room: Room | None = None) -> Mechanism:
    """`mechanism` of an exception; members that are not known become rows."""
    if not isinstance(value, dict):
        return Mechanism(type=line(value))
    handled = value.get("handled")
    link = web_address(value.get("help_link"))
    rest = _other_members(value, with_link=not link)
    return Mechanism(
        type=line(value.get("type")),
        handled=handled if isinstance(handled, bool) else None,
        synthetic=value.get("synthetic") is True,
        description=scalar(value.get("description"), 2_000),
        help_link=link,
        fields=rows(rest, room=room or Room(), most=MOST_MEMBERS),
    )


def _other_members(sent: dict[str, Any], with_link: bool) -> Iterator[tuple[object, object]]:
    for name, member in sent.items():
        if name in _SHOWN_ELSEWHERE or is_empty(member):
            continue
        if name in ("data", "meta") and kind_of(member) == "object":
            yield from member.items()
        else:
            yield name, member
    if with_link and sent.get("help_link"):
        yield "help_link", sent["help_link"]
