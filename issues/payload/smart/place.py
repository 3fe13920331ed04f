"""Where an event happened, for its smart key: the function of the application that was called last. Pure.

Line numbers are not used, nor the calls that led there: one bug is reached in many ways. The caller is used too where the
function only throws what its callers found. Frames are the oldest call first.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from issues.payload.frames.in_app import in_app, is_sdk
from issues.payload.smart import names
from issues.payload.stack import top_frame

# Frames of a stack that are looked at, the newest.
_MOST_FRAMES = 1_000
# In-app frames that are looked at until one has a name that can be used.
_MOST_LOOKED_AT = 12
# Functions that one place is made of, and the longest circle of calls that is recognised.
_MOST_NAMED, _LONGEST_CIRCLE = 3, 8
# So often a circle has to be gone round.
_ROUNDS = 2


class Place(NamedTuple):
    """`names` are the functions, the innermost first, and `indexes` the frames that they are of.

    `is_circle`: the functions call one another, and stand in the order of their names. `line` is the source line that
    was executed, if the function that threw is the first of `names`.
    """

    names: tuple[str, ...]
    indexes: tuple[int, ...]
    is_circle: bool = False
    line: str = ""


NOWHERE = Place((), ())


class Named(NamedTuple):
    """What is known of a frame by its names: `name` is that of names.function_of."""

    name: str
    is_sdk: bool
    throws_for_others: bool


# Of the latest frames: events of one issue have the same.
_known: dict[tuple[Any, ...], Named] = {}
_MOST_KNOWN, _LONGEST_KNOWN = 1000, 600


def place(frames: list[dict[str, Any]], platform: str, *, flagged: bool) -> Place:
    """The place that a stack trace names; NOWHERE where no function of it has a name that can be relied on.

    `flagged` says that a frame of the event is marked as in-app (issues.payload.frames.in_app).
    """
    start = _newest_in_app(frames, len(frames), platform, flagged)
    if start is None:
        # No frame is the application's own: what it called last.
        frame = top_frame(frames, platform, flagged=flagged)
        name = "" if frame is None else named(frame, platform).name
        return Place((name,), (_index(frames, frame),)) if name and frame is not None else NOWHERE
    if circle := _circle(frames, start, platform):
        return circle
    found: list[str] = []
    indexes: list[int] = []
    index: int | None = start
    for _ in range(_MOST_LOOKED_AT):
        if index is None:
            break
        name, _, throws = named(frames[index], platform)
        if name and name not in found:
            found.append(name)
            indexes.append(index)
            if len(found) == _MOST_NAMED or not throws:
                break
        index = _newest_in_app(frames, index, platform, flagged)
    line = ""
    if indexes and indexes[0] == len(frames) - 1:
        source = frames[-1].get("context_line")
        line = source if isinstance(source, str) else ""
    return Place(tuple(found), tuple(indexes), line=line)


def _newest_in_app(frames: list[dict[str, Any]], end: int, platform: str, flagged: bool) -> int | None:
    """The index of the newest in-app frame before `end`."""
    for index in range(end - 1, max(-1, len(frames) - _MOST_FRAMES), -1):
        frame = frames[index]
        said = frame.get("in_app")
        if said is True:
            if not named(frame, platform).is_sdk:
                return index
        elif said is not False and not flagged and in_app(frame, platform, flagged=flagged):
            return index
    return None


def _index(frames: list[dict[str, Any]], wanted: dict[str, Any]) -> int:
    return next(index for index in range(len(frames) - 1, -1, -1) if frames[index] is wanted)


def _circle(frames: list[dict[str, Any]], start: int, platform: str) -> Place | None:
    """The functions that call one another until the stack is full or the data ends, in the order of their names.

    Which of them was called last is chance. A function that only calls itself is no circle: its name is enough.
    """
    length = circle_length(frames, start)
    if not length:
        return None
    found: dict[str, int] = {}
    for index in range(start, start - length, -1):
        if name := named(frames[index], platform).name:
            found.setdefault(name, index)
    if len(found) < 2:
        return None
    ordered = sorted(found)[:_MOST_NAMED]
    return Place(tuple(ordered), tuple(found[name] for name in ordered), is_circle=True)


def circle_length(frames: list[dict[str, Any]], start: int) -> int:
    """How many functions call one another round and round until the frame `start`; 0 where none do."""
    function = frames[start].get("function")
    for length in range(2, min(_LONGEST_CIRCLE, (start + 1) // _ROUNDS) + 1):
        if frames[start - length].get("function") == function and all(
            _is_same(frames[start - step], frames[start - step - length]) for step in range(length)
        ):
            return length
    return 0


def _is_same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.get("function") == other.get("function") and one.get("module") == other.get("module")


def named(frame: dict[str, Any], platform: str) -> Named:
    """What is known of a frame, from a cache."""
    column = frame.get("colno")
    is_far = isinstance(column, int) and column > names.MINIFIED_COLUMN
    get = frame.get
    own: tuple[Any, ...] = (
        get("function"),
        get("module"),
        get("filename"),
        get("abs_path"),
        platform,
        is_far,
    )
    if "package" in frame or "platform" in frame or "raw_function" in frame:
        own += (get("package"), get("platform"), get("raw_function"))
    try:
        found = _known.get(own)
    except TypeError:
        # A value is an array or object.
        return _named(frame, platform)
    if found is None:
        found = _named(frame, platform)
        if sum(len(one) for one in own if isinstance(one, str)) <= _LONGEST_KNOWN:
            if len(_known) >= _MOST_KNOWN:
                _known.clear()
            _known[own] = found
    return found


def _named(frame: dict[str, Any], platform: str) -> Named:
    name = names.function_of(frame, platform)
    return Named(name, is_sdk(frame, platform), names.throws_for_others(name))
