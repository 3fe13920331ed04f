"""Reads stack traces: the one that says where an event happened, and the frame that names it. Pure.

Frames are the oldest call first. Source: docs/protocol.md, "Event payload", stacktrace.
"""

from __future__ import annotations

from typing import Any

from issues.payload import exception
from issues.payload.access import entries, interface, text

LONGEST_CULPRIT = 200
_NAMES = ("stacktrace", "raw_stacktrace", "sentry.interfaces.Stacktrace")


def sent(holder: dict[str, Any]) -> Any:
    """The stack trace of an exception, a thread or the event itself, as it was sent: the first that has frames.

    It is an object with `frames`, or a list of frames. When none has frames, it is the first value that was sent.
    """
    first: Any = None
    for name in _NAMES:
        if stack := holder.get(name):
            if _frames_in(stack):
                return stack
            first = first or stack
    return first


def frames(holder: Any) -> list[dict[str, Any]]:
    """The frames of `sent(holder)` that are objects; empty when `holder` is not an object."""
    if not isinstance(holder, dict):
        return []
    for name in _NAMES:
        if (stack := holder.get(name)) and (found := _frames_in(stack)):
            return found
    return []


def _frames_in(stack: Any) -> list[dict[str, Any]]:
    return entries(stack.get("frames") if isinstance(stack, dict) else stack)


def main_frames(event: dict[str, Any]) -> list[dict[str, Any]]:
    """The stack that best says where it happened: of the last exception, the event, or the thread that crashed."""
    thrown = exception.listed(event)
    if thrown and (stack := frames(thrown[-1]) or frames(interface(event, "exception"))):
        return stack
    if stack := frames(event):
        return stack
    threads = entries(event.get("threads"))
    for wanted in ("crashed", "current"):
        for thread in threads:
            if thread.get(wanted) is True and (stack := frames(thread)):
                return stack
    return frames(threads[0]) if len(threads) == 1 else []


def top_frame(stack: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The newest frame that is marked as the application's; else the newest that is not marked as a library's.

    Where all are a library's it is the newest one.
    """
    unmarked: dict[str, Any] | None = None
    for frame in stack[::-1]:
        in_app = frame.get("in_app")
        if in_app is True:
            return frame
        if in_app is not False and unmarked is None:
            unmarked = frame
    return unmarked or next((frame for frame in stack[::-1] if frame), None)


def culprit(event: dict[str, Any]) -> str:
    """`module.function` or `file in function` of the top frame; what an old SDK calls the culprit comes last."""
    frame = top_frame(main_frames(event))
    return (named(frame) if frame is not None else "") or text(event.get("culprit"))[:LONGEST_CULPRIT]


def named(frame: dict[str, Any]) -> str:
    """`module.function`, `file in function` or what is known of these; empty for a frame without a name."""
    function = text(frame.get("function"))
    if module := text(frame.get("module")):
        return f"{module}.{function}"[:LONGEST_CULPRIT] if function else module[:LONGEST_CULPRIT]
    if file := text(frame.get("filename")) or text(frame.get("abs_path")):
        return f"{file} in {function}"[:LONGEST_CULPRIT] if function else file[:LONGEST_CULPRIT]
    return function[:LONGEST_CULPRIT]
