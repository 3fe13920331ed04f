"""Threads of an event: the one that crashed first, then the current one, then as they were sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from issues.payload import stack as payload_stack
from issues.payload.access import items, mapping
from issues.render.room import Room
from issues.render.stack.trace import Stack, stack
from issues.render.tables import Field, Value, fields, has_no_items, is_empty, show
from issues.render.values import line

MOST = 60
# The one that crashed is looked for among these.
MOST_RANKED = 5_000


@dataclass(frozen=True)
class Thread:
    """One thread; `facts` are words such as `crashed`."""

    name: str
    facts: tuple[str, ...]
    stack: Stack
    fields: tuple[Field, ...]
    open: bool = False


@dataclass(frozen=True)
class Threads:
    """The threads to show; `more` were left out. `stray` is what was sent in place of threads."""

    threads: tuple[Thread, ...] = ()
    more: int = 0
    stray: Value | None = None

    def __bool__(self) -> bool:
        return bool(self.threads or self.stray)


_SHOWN_ELSEWHERE = {"id", "name", "crashed", "current", "main", "stacktrace", "state"}


def threads(
    value: object,
    platform: str,
    room: Room | None = None,
    *,
    expand_all: bool = False,
    oldest_first: bool = False,
) -> Threads:
    """`threads` of an event, a list or `{"values": […]}`."""
    room = room or Room()
    sent = [entry for entry in items(value) if not is_empty(entry)]
    if not sent:
        return Threads() if has_no_items(value) else Threads(stray=show(value, room=room))
    ranked = sorted(
        sent[:MOST_RANKED], key=lambda entry: (not _is(entry, "crashed"), not _is(entry, "current"))
    )
    shown = tuple(
        _thread(entry, platform, room, expand_all, oldest_first, opened=index == 0)
        for index, entry in enumerate(ranked[:MOST])
    )
    return Threads(shown, max(0, len(sent) - MOST))


def _is(entry: object, fact: str) -> bool:
    return mapping(entry).get(fact) is True


def _thread(
    sent: Any, platform: str, room: Room, expand_all: bool, oldest_first: bool, opened: bool
) -> Thread:
    if not isinstance(sent, dict):
        return Thread("Thread", (), Stack(stray=show(sent, room=room)), (), open=opened)
    facts = [fact for fact in ("crashed", "current", "main") if sent.get(fact) is True]
    state = line(sent.get("state"), 60)
    rest = {
        name: member for name, member in sent.items() if name not in _SHOWN_ELSEWHERE and not is_empty(member)
    }
    name, number = line(sent.get("name"), 120), line(sent.get("id"), 40)
    title = name or (f"Thread {number}" if number else "Thread")
    return Thread(
        name=f"{title} ({number})" if name and number else title,
        facts=tuple([*facts, state] if state else facts),
        stack=stack(
            payload_stack.sent(sent), platform, room, expand_all=expand_all, oldest_first=oldest_first
        ),
        fields=fields(rest, room=room),
        open=opened or expand_all,
    )
