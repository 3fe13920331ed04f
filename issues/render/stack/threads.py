"""Threads of an event: the one that crashed first, then the current one, then as they were sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from issues.payload import stack as payload_stack
from issues.payload.access import items, mapping
from issues.render.room import Room
from issues.render.stack.reading import Reading
from issues.render.stack.trace import Stack, stack
from issues.render.tables import Field, Value, fields, has_no_items, is_empty, show
from issues.render.values import line

MOST = 60
# The one that crashed is looked for among these.
MOST_RANKED = 5_000


@dataclass(frozen=True)
class Thread:
    """One thread; `facts` are words such as `crashed`. `is_above`: its stack is the one of the event, which shows it."""

    name: str
    facts: tuple[str, ...]
    stack: Stack
    fields: tuple[Field, ...]
    open: bool = False
    is_above: bool = False


@dataclass(frozen=True)
class Threads:
    """The threads to show; `more` were left out. `stray` is what was sent in place of threads."""

    threads: tuple[Thread, ...] = ()
    more: int = 0
    stray: Value | None = None

    def __bool__(self) -> bool:
        return bool(self.threads or self.stray)

    @property
    def has_stack(self) -> bool:
        """Whether a thread has a stack that is not shown above."""
        return any(thread.stack for thread in self.threads)


_SHOWN_ELSEWHERE = {"id", "name", "crashed", "current", "main", "stacktrace", "state"}


def threads(
    value: object, how: Reading | None = None, room: Room | None = None, *, above: object = None
) -> Threads:
    """`threads` of an event, a list or `{"values": […]}`. The stack of the thread that is `above` is shown there."""
    how, room = how or Reading(), room or Room()
    sent = [entry for entry in items(value) if not is_empty(entry)]
    if not sent:
        return Threads() if has_no_items(value) else Threads(stray=show(value, room=room))
    ranked = sorted(
        sent[:MOST_RANKED], key=lambda entry: (not _is(entry, "crashed"), not _is(entry, "current"))
    )
    shown = tuple(
        _thread(entry, how, room, opened=index == 0, is_above=entry is above)
        for index, entry in enumerate(ranked[:MOST])
    )
    return Threads(shown, max(0, len(sent) - MOST))


def _is(entry: object, fact: str) -> bool:
    return mapping(entry).get(fact) is True


def _thread(sent: Any, how: Reading, room: Room, *, opened: bool, is_above: bool) -> Thread:
    if not isinstance(sent, dict):
        return Thread("Thread", (), Stack(stray=show(sent, room=room)), (), open=opened)
    facts = [fact for fact in ("crashed", "current", "main") if sent.get(fact) is True]
    state = line(sent.get("state"), 60)
    rest = {
        name: member for name, member in sent.items() if name not in _SHOWN_ELSEWHERE and not is_empty(member)
    }
    return Thread(
        name=name_of(sent),
        facts=tuple([*facts, state] if state else facts),
        stack=Stack()
        if is_above
        else stack(payload_stack.sent(sent), how, room, raising=sent.get("crashed") is True),
        fields=fields(rest, room=room),
        open=opened or how.expand_all,
        is_above=is_above,
    )


def name_of(sent: object) -> str:
    """What a thread is called on the page: its name and number, as far as they are known."""
    thread = mapping(sent)
    name, number = line(thread.get("name"), 120), line(thread.get("id"), 40)
    if name:
        return f"{name} ({number})" if number else name
    return f"Thread {number}" if number else "Thread"
