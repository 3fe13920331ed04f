"""Makes exceptions and threads small enough: variables are left out first, then source lines, then frames. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from issues.payload import access
from issues.payload.cut.shrink import shrunk, size, text
from issues.payload.notes import Notes, What, path

# The last exceptions or threads are kept, because the last exception names the event.
MOST_HOLDERS = 50
_MOST_TYPE, _MOST_VALUE, _MOST_OTHER = 1024, 16 * 1024, 4 * 1024
_TEXTS = ("function", "raw_function", "symbol", "module", "package", "filename", "abs_path", "context_line")
_SOURCE = ("pre_context", "post_context")
# Of an exception, a thread, a stack or a frame. The protocol knows fewer than twenty of each.
_MOST_FIELDS = 100
_KNOWN = frozenset({
    *_TEXTS, *_SOURCE, "type", "value", "module", "mechanism", "thread_id", "id", "name", "crashed", "current", "state",
    "stacktrace", "raw_stacktrace", "frames", "registers", "vars", "lineno", "colno", "in_app", "instruction_addr",
    "addr_mode", "platform",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Measure:
    """How much of a stack is kept: how many of its oldest and newest frames, and how many of these in full.

    The newest `source_of` keep their source lines, the newest `variables_of` their variables, of at most `variables`
    bytes for each frame. `text` is the limit for one text or line, in characters.
    """

    oldest: int
    newest: int
    source_of: int
    variables_of: int
    variables: int
    text: int


# The first is Sentry's own limit (docs/protocol.md, "Event payload", stacktrace); each is smaller than the one before.
_MEASURES = (
    _Measure(50, 200, 250, 250, 65536, 4096),
    _Measure(50, 200, 250, 250, 8192, 1024),
    _Measure(50, 200, 250, 50, 2048, 512),
    _Measure(50, 200, 20, 10, 1024, 512),
    _Measure(20, 80, 5, 3, 512, 256),
    _Measure(5, 20, 1, 0, 0, 200),
    _Measure(1, 5, 0, 0, 0, 100),
    _Measure(0, 0, 0, 0, 0, 0),
)


def cut_stacks(
    holders: list[dict[str, Any]],
    room: int,
    notes: Notes,
    keys: tuple[str | int, ...],
    *,
    whole: bool = False,
) -> list[dict[str, Any]]:
    """`holders` (exceptions or threads) cut to at most `room` bytes of JSON; they are not changed themselves.

    Types and values are kept as far as a grouping key uses them. `keys` lead to the list of holders, or, with `whole`,
    to the stack of the only one.
    """
    if size(holders) <= room:
        return holders
    dropped = max(0, len(holders) - MOST_HOLDERS)
    for measure in _MEASURES:
        cuts = Notes()
        if dropped:
            cuts.add(path(*keys), What.ENTRIES_CUT, f"{len(holders)} {MOST_HOLDERS}")
        kept = [
            _holder(holder, measure, cuts, keys if whole else (*keys, dropped + index))
            for index, holder in enumerate(holders[dropped:])
        ]
        if size(kept) <= room:
            notes.extend(cuts)
            return kept
    notes.extend(cuts)
    while len(kept) > 1 and size(kept) > room:
        kept = kept[len(kept) // 2 :]
    if size(kept) > room:
        kept = shrunk(kept, max(64, room), notes, *keys, newest=True)
    return kept


def _holder(
    holder: dict[str, Any], to: _Measure, notes: Notes, keys: tuple[str | int, ...]
) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in _fields(holder, notes, keys):
        if name == "stacktrace":
            kept[name] = _stack(value, to, notes, keys)
        elif name == "raw_stacktrace" and "stacktrace" in holder:
            notes.add(path(*keys, name), What.DROPPED, str(size(value)))
        elif name in ("type", "value"):
            kept[name] = _said(value, _MOST_TYPE if name == "type" else _MOST_VALUE, notes, (*keys, name))
        else:
            kept[name] = shrunk(value, _MOST_OTHER, notes, *keys, name)
    return kept


def _fields(part: dict[str, Any], notes: Notes, keys: tuple[str | int, ...]) -> Iterable[tuple[str, Any]]:
    """The fields of `part`; of very many those that are known, and as many others as there is room for."""
    if len(part) <= _MOST_FIELDS:
        return part.items()
    kept = {name: part[name] for name in _KNOWN if name in part}
    for name in part:
        if len(kept) >= _MOST_FIELDS:
            break
        kept.setdefault(name, part[name])
    notes.add(path(*keys), What.ENTRIES_CUT, f"{len(part)} {len(kept)}")
    return kept.items()


def _said(value: Any, most: int, notes: Notes, keys: tuple[str | int, ...]) -> Any:
    """A value that is read as text, cut to `most` bytes as text."""
    if size(value) <= most:
        return value
    long = access.whole(value)
    kept = text(long, most)
    notes.add(path(*keys), What.CUT, f"{len(long)} {len(kept)}")
    return kept


def _stack(stack: Any, to: _Measure, notes: Notes, keys: tuple[str | int, ...]) -> Any:
    frames = stack.get("frames") if isinstance(stack, dict) else None
    if not isinstance(frames, list):
        return shrunk(stack, _MOST_OTHER, notes, *keys, "stacktrace")
    count = len(frames)
    kept_at = [*range(count)]
    if count > to.oldest + to.newest:
        kept_at = [*range(to.oldest), *range(count - to.newest, count)]
        notes.add(path(*keys, "stacktrace", "frames"), What.FRAMES_CUT, f"{count} {len(kept_at)}")
    cutter = _Frames(to, notes, (*keys, "stacktrace", "frames"))
    kept = {
        name: shrunk(value, _MOST_OTHER, notes, *keys, "stacktrace", name)
        for name, value in _fields(stack, notes, (*keys, "stacktrace"))
        if name != "frames"
    }
    kept["frames"] = [
        cutter.frame(frames[index], index, len(kept_at) - number) for number, index in enumerate(kept_at)
    ]
    cutter.close()
    return kept


class _Frames:
    """Cuts the frames of one stack, and notes once in how many of them something was left out."""

    def __init__(self, to: _Measure, notes: Notes, keys: tuple[str | int, ...]) -> None:
        self._to = to
        self._notes = notes
        self._keys = keys
        self._without_variables = self._without_source = 0

    def frame(self, frame: Any, index: int, from_newest: int) -> Any:
        """The frame at `index`; it is the `from_newest`-th of those that are kept, counted from the newest."""
        to, keys = self._to, (*self._keys, index)
        if not isinstance(frame, dict):
            return shrunk(frame, 64, self._notes, *keys)
        kept: dict[str, Any] = {}
        without_source = False
        for name, value in _fields(frame, self._notes, keys):
            if name == "vars":
                if from_newest > to.variables_of:
                    self._without_variables += bool(value)
                else:
                    kept[name] = shrunk(value, to.variables, self._notes, *keys, name)
            elif name in _SOURCE:
                if from_newest > to.source_of:
                    without_source = without_source or bool(value)
                else:
                    kept[name] = (
                        [self._line(line) for line in value[:20]] if isinstance(value, list) else None
                    )
            elif name in _TEXTS:
                kept[name] = self._line(value)
            elif isinstance(value, str | list | dict):
                kept[name] = shrunk(value, max(64, to.text), self._notes, *keys, name)
            else:
                kept[name] = value
        self._without_source += without_source
        return kept

    def _line(self, value: Any) -> Any:
        return text(value, self._to.text + 2) if isinstance(value, str) else None

    def close(self) -> None:
        if self._without_variables:
            self._notes.add(path(*self._keys), What.VARIABLES_CUT, str(self._without_variables))
        if self._without_source:
            self._notes.add(path(*self._keys), What.SOURCE_CUT, str(self._without_source))
