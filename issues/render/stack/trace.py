"""A stack trace: which of its frames are open, which are hidden, and their order on the page.

The application's topmost frame is open, and marked as the one where it was raised. SDKs send frames oldest first (docs/protocol.md, "Event
payload", stacktrace).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from issues.payload.access import items, mapping
from issues.payload.frames.in_app import in_app
from issues.payload.stack import top_frame
from issues.render.room import Room
from issues.render.stack.frames import Frame, frame
from issues.render.stack.hidden import HiddenFrames, hide, reversed_order
from issues.render.stack.reading import Reading
from issues.render.tables import Field, Value, fields, is_empty, show
from issues.render.values import line, scalar

#: Frames that keep their source and variables; the others are bare, to keep the page small.
MOST_WITH_BODY = 60
MOST_FRAMES = 1_000


@dataclass(frozen=True)
class Stack:
    """A trace in the order it is shown. `count` is of its frames, `bare` of those without source and variables.

    `omitted` says in a sentence which frames are missing; `stray` is what was sent in place of frames.
    """

    entries: tuple[Frame | HiddenFrames, ...] = ()
    count: int = 0
    bare: int = 0
    omitted: str = ""
    registers: tuple[Field, ...] = ()
    stray: Value | None = None

    def __bool__(self) -> bool:
        return bool(self.entries or self.stray or self.registers or self.omitted)

    def or_else(self, other: Stack) -> Stack:
        """`other` with the registers of this trace, which has no frames, and what was sent in place of them."""
        return replace(other, registers=self.registers or other.registers, stray=self.stray or other.stray)

    @property
    def frames(self) -> tuple[Frame, ...]:
        """All frames in the order they are shown, hidden or not."""
        return tuple(
            frame
            for entry in self.entries
            for frame in ((entry,) if isinstance(entry, Frame) else entry.frames)
        )


def stack(
    value: object, how: Reading | None = None, room: Room | None = None, *, raising: bool = True
) -> Stack:
    """A stack trace as it was sent (issues.payload.stack.sent).

    `raising` says that it was raised in this trace: what a thread was waiting in when another crashed is not marked.
    """
    if is_empty(value):
        return Stack()
    how, room = how or Reading(), room or Room()
    within: dict[str, Any] = value if isinstance(value, dict) else {}
    registers = fields(mapping(within.get("registers")), room=room)
    sent = items(within.get("frames") if within else value)
    if not sent and not (within and _is_valid_without_frames(within, registers)):
        return Stack(stray=show(value, room=room))
    most = room.some_frames(min(len(sent), MOST_FRAMES))
    newest_first = [one for one in reversed(sent[len(sent) - most :]) if not is_empty(one)]
    frames = _opened(newest_first, how, room, raising)
    entries = tuple(frames if how.expand_all else hide(frames))
    if how.oldest_first:
        entries = tuple(
            entry if isinstance(entry, Frame) else reversed_order(entry) for entry in reversed(entries)
        )
    return Stack(
        entries=entries,
        count=len(frames),
        bare=sum(one.bare for one in frames),
        omitted=_omitted(within.get("frames_omitted"), len(sent) - most),
        registers=registers,
    )


def _is_valid_without_frames(value: dict[str, Any], registers: tuple[Field, ...]) -> bool:
    """Whether a trace without frames is valid: it has an empty list of frames, or only registers."""
    frames = value.get("frames")
    return frames == [] or (frames is None and bool(registers))


def _opened(sent: list[Any], how: Reading, room: Room, raising: bool) -> list[Frame]:
    """`sent`, newest first, as frames. The top frame is open; where nothing was raised, only if it is in-app.

    It gets a body first, then the application's other frames, then those of libraries.
    """
    top = top_frame([one for one in sent[::-1] if isinstance(one, dict)], how.platform, flagged=how.flagged)
    own = next((index for index, one in enumerate(sent) if one is top), 0)
    is_own = [not isinstance(one, dict) or in_app(one, how.platform, flagged=how.flagged) for one in sent]
    ranked = sorted(range(len(sent)), key=lambda index: (index != own, not is_own[index], index))
    with_body = len(sent) if how.expand_all else MOST_WITH_BODY
    found = {
        index: frame(sent[index], how, room, bare=rank >= with_body) for rank, index in enumerate(ranked)
    }
    return [
        replace(
            found[index],
            raised=raising and index == own,
            open=how.expand_all or (index == own and (raising or is_own[own])),
        )
        for index in range(len(sent))
    ]


def _omitted(sent: object, ours: int) -> str:
    parts = []
    if isinstance(sent, list) and len(sent) == 2:
        parts.append(f"The SDK left out frames {scalar(sent[0])} to {scalar(sent[1])}.")
    elif sent:
        parts.append(f"The SDK left out frames: {line(sent)}.")
    if ours > 0:
        parts.append(f"The {ours:,} oldest frames are only in the JSON.")
    return " ".join(parts)
