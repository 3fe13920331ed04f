"""Reads stack traces: the one that says where an event happened, and the frame that names it. Pure.

Frames are the oldest call first. Source: docs/protocol.md, "Event payload", stacktrace.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from issues.payload.access import entries, interface, interface_key, text
from issues.payload.frames.in_app import in_app, leads_to_sdk
from issues.payload.frames.name import NAMELESS

LONGEST_CULPRIT = 200
# Of Go: a closure in a function of the name of its package.
_CLOSURE = re.compile(r"\w+\.func\d")
# Of a stack without a marked frame so many are looked at; a page shows no more.
_MOST_RANKED = 1_000
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


Keys = tuple[str | int, ...]


def places(event: dict[str, Any]) -> Iterator[tuple[Keys, list[Any]]]:
    """Each list of frames that `frames` reads in the event, as it was sent, with the keys that lead to it: first those of
    exceptions, the oldest cause first, then the event's own and those of threads."""
    for keys, holder in (*thrown_at(event), *_others(event)):
        for name in _NAMES:
            stack = holder.get(name)
            if stack and _frames_in(stack):
                at: Keys = (*keys, name)
                if isinstance(stack, dict):
                    at, stack = (*at, "frames"), stack.get("frames")
                if isinstance(stack, dict):
                    at, stack = (*at, "values"), stack.get("values")
                if isinstance(stack, list):
                    yield at, stack
                break


def thrown_at(event: dict[str, Any]) -> Iterator[tuple[Keys, dict[str, Any]]]:
    """The exceptions of the event, each with the keys that lead to it, the oldest cause first."""
    yield from _members(event, interface_key(event, "exception"))


def _others(event: dict[str, Any]) -> Iterator[tuple[Keys, dict[str, Any]]]:
    """What else may hold a stack trace."""
    key = interface_key(event, "exception")
    part = event.get(key)
    if isinstance(part, dict) and "values" in part:
        yield (key,), part
    yield (), event
    yield from _members(event, "threads")


def _members(event: dict[str, Any], key: str) -> Iterator[tuple[Keys, dict[str, Any]]]:
    """As access.entries, with keys."""
    part = event.get(key)
    at: Keys = (key,)
    if isinstance(part, dict) and "values" in part:
        part, at = part["values"], (key, "values")
    if isinstance(part, list):
        for index, entry in enumerate(part):
            if isinstance(entry, dict):
                yield (*at, index), entry
    elif part and isinstance(part, dict):
        yield at, part


def main_holder(event: dict[str, Any]) -> dict[str, Any] | None:
    """What holds the stack that best says where it happened: an exception, `exception` itself, the event or a thread.

    It is the last exception, else the event, else a thread: the one that the exception names, that crashed, that is
    current or the main one, or the only one with frames. Failing all of them it is the newest exception with a stack.
    """
    return _main(event)[0]


def main_frames(event: dict[str, Any]) -> list[dict[str, Any]]:
    """The frames of `main_holder(event)`; empty without one."""
    return _main(event)[1]


_Main = tuple[dict[str, Any] | None, list[dict[str, Any]]]


def _main(event: dict[str, Any]) -> _Main:
    """The main holder and its frames."""
    part = interface(event, "exception")
    thrown = entries(part)
    if thrown:
        if found := frames(thrown[-1]):
            return thrown[-1], found
        if isinstance(part, dict) and (found := frames(part)):
            return part, found
    if found := frames(event):
        return event, found
    if threads := entries(event.get("threads")):
        wanted = thrown[-1].get("thread_id") if thrown else None
        main = _thread(threads, text(wanted) if isinstance(wanted, int | str) else "")
        if main[1]:
            return main
    return next(((one, found) for one in thrown[::-1] if (found := frames(one))), (None, []))


def _thread(threads: list[dict[str, Any]], wanted: str) -> _Main:
    """The thread whose stack says where it happened; `wanted` is the id that the exception names, or empty."""
    if wanted:
        for thread in threads:
            number = thread.get("id")
            if isinstance(number, int | str) and text(number) == wanted and (found := frames(thread)):
                return thread, found
    for fact in ("crashed", "current", "main"):
        for thread in threads:
            if thread.get(fact) is True and (found := frames(thread)):
                return thread, found
    with_frames = [(thread, found) for thread in threads if (found := frames(thread))]
    return with_frames[0] if len(with_frames) == 1 else (None, [])


def has_marks(event: dict[str, Any]) -> bool:
    """Whether any frame of the event is marked as in-app."""
    part = interface(event, "exception")
    holders = [*entries(part), part, event, *entries(event.get("threads"))]
    return any(frame.get("in_app") is True for holder in holders for frame in frames(holder))


def top_frame(
    stack: list[dict[str, Any]], platform: str = "", *, flagged: bool | None = None
) -> dict[str, Any] | None:
    """The newest frame that is the application's own (issues.payload.frames.in_app).

    Where none is, it is the newest that does not belong to the SDK, to a logger that called it, or to what reads
    stacks; else the newest. `flagged` says that a frame of the event is marked as in-app; None: look at `stack` only.
    """
    if flagged is None:
        flagged = any(frame.get("in_app") is True for frame in stack)
    newest = [frame for frame in stack[: -_MOST_RANKED - 1 : -1] if frame]
    for frame in newest:
        if in_app(frame, platform, flagged=flagged):
            return frame
    return next(
        (frame for frame in newest if not leads_to_sdk(frame, platform)), newest[0] if newest else None
    )


def main_frame(event: dict[str, Any]) -> dict[str, Any] | None:
    """The frame that names where the event happened: the top frame of its main stack."""
    if not (stack := main_frames(event)):
        return None
    sent = event.get("platform")
    platform = sent if isinstance(sent, str) else ""
    for frame in stack[::-1]:
        said = frame.get("in_app")
        if said is True and in_app(frame, platform, flagged=True):
            return frame
        if said is not True and said is not False:
            # Only for a frame without a mark are the other stacks searched for one.
            return top_frame(stack, platform, flagged=has_marks(event))
    return top_frame(stack, platform, flagged=False)


def culprit(event: dict[str, Any]) -> str:
    """`module.function` or `file in function` of the main frame; what an old SDK calls the culprit comes last."""
    frame = main_frame(event)
    return (named(frame) if frame is not None else "") or text(event.get("culprit"))[:LONGEST_CULPRIT]


def named(frame: dict[str, Any]) -> str:
    """`module.function`, `file in function` or what is known of these; empty for a frame without a name."""
    function = text(frame.get("function"))
    if module := text(frame.get("module")):
        # Some SDKs repeat the module in the function: Elixir's `Shop.Cart.add/2` in `Elixir.Shop.Cart`, `:lists.map/2`,
        # PHP's and Perl's `Shop::add`.
        bare = module.removeprefix("Elixir.")
        starts = (f"{bare}.", f":{bare}.", f"{bare}::", f"{bare}->")
        repeats = function.startswith(starts) and not _CLOSURE.match(function)
        if repeats:
            return function[:LONGEST_CULPRIT]
        return f"{module}.{function}"[:LONGEST_CULPRIT] if function else module[:LONGEST_CULPRIT]
    if file := text(frame.get("filename")) or text(frame.get("abs_path")):
        return f"{file} in {function}"[:LONGEST_CULPRIT] if function else file[:LONGEST_CULPRIT]
    return "" if function in NAMELESS else function[:LONGEST_CULPRIT]
