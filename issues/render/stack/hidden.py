"""Frames that are hidden behind one line: runs of library frames, and calls that repeat in a recursion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from issues.render.stack.frames import Frame

#: Hidden frames that are written to the page; opening the line shows no more than these.
MOST_SHOWN = 60
_LONGEST_CYCLE = 8
_FEWEST_REPEATS = 4


@dataclass(frozen=True)
class HiddenFrames:
    """Frames behind one line. `kind` is `library` for a run of library frames, `recursion` for calls that repeat."""

    kind: str
    frames: tuple[Frame, ...]
    label: str
    open: bool = False

    @property
    def count(self) -> int:
        return len(self.frames)

    @property
    def shown(self) -> tuple[Frame, ...]:
        return self.frames[:MOST_SHOWN]

    @property
    def hidden(self) -> int:
        return max(0, len(self.frames) - MOST_SHOWN)


def hide(frames: list[Frame]) -> list[Frame | HiddenFrames]:
    """`frames`, newest first, with repeated calls and library frames hidden.

    Library frames are only hidden when there are frames of the application as well.
    """
    mixed = any(frame.in_app for frame in frames)
    entries: list[Frame | HiddenFrames] = []
    index = 0
    while index < len(frames):
        cycle, repeats = _cycle(frames, index)
        if repeats:
            entries += frames[index : index + cycle]
            again = tuple(frames[index + cycle : index + cycle * repeats])
            entries.append(HiddenFrames("recursion", again, f"of {frames[index].function}"))
            index += cycle * repeats
            continue
        end = index
        while mixed and end < len(frames) and not frames[end].in_app and not frames[end].open:
            end += 1
        if end > index:
            run = tuple(frames[index:end])
            entries.append(HiddenFrames("library", run, _packages(run)))
            index = end
        else:
            entries.append(frames[index])
            index += 1
    return entries


def _call(frame: Frame) -> tuple[str, str, int | None]:
    return frame.function, frame.full_path, frame.line


def _cycle(frames: Sequence[Frame], start: int) -> tuple[int, int]:
    """The length of the shortest cycle of calls that repeats from `start`, and how often; (0, 0) without one."""
    for length in range(1, _LONGEST_CYCLE + 1):
        first = [_call(frame) for frame in frames[start : start + length]]
        repeats = 1
        while [
            _call(frame) for frame in frames[start + length * repeats : start + length * (repeats + 1)]
        ] == first:
            repeats += 1
        if repeats >= _FEWEST_REPEATS and len(first) == length:
            return length, repeats
    return 0, 0


def _packages(frames: Sequence[Frame]) -> str:
    names = list(dict.fromkeys(frame.package for frame in frames if frame.package))
    shown = ", ".join(names[:4])
    return f"{shown} and {len(names) - 4} more" if len(names) > 4 else shown


def reversed_order(hidden: HiddenFrames) -> HiddenFrames:
    """The same frames in the opposite order."""
    return replace(hidden, frames=tuple(reversed(hidden.frames)))
