"""Asks the child, and starts it where none runs. Other packages use symbolic only through this module."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from issues.symbols.answers import DebugObject, JavaFrame, NativeFrame, Original, Unreadable
from issues.symbols.asking import File, ask

__all__ = [
    "PATIENCE", "Excerpt", "File", "bundled_line", "dart_names", "java_frames", "native_frames", "objects", "originals",
    "source_line",
]  # fmt: skip

#: The lines before, at and after a line.
Excerpt = tuple[tuple[str, ...], str, tuple[str, ...]]
#: Seconds that a question waits for its answer. A file that is read for the first time may take that long. Starting the child, a tenth
#: of a second mostly, may take up to ten seconds besides on a machine that is very busy.
PATIENCE = 15.0
#: Lines around a position or a line, at most.
MOST_CONTEXT = 10
# How many positions, frames or names one message has.
_AT_ONCE = 250
_MOST_NAME = 2000

T = TypeVar("T")


def originals(
    source: File | None,
    map_: File,
    positions: Sequence[tuple[int, int]],
    context: int = 5,
    *,
    patience: float = PATIENCE,
) -> list[Original | None]:
    """Where each position, (line from 1, column from 1), of a script comes from; None where the map does not say. `context` is how
    many lines around it are returned. Raises Unreadable and Unavailable."""
    context = min(max(context, 0), MOST_CONTEXT)
    left = _left(patience)
    found: list[Original | None] = []
    for part in _parts(positions):
        question = {
            "positions": [[_number(line), _number(column)] for line, column in part],
            "context": context,
        }
        try:
            answer = ask("javascript", [source, map_], question, left())
        except Unreadable:
            # The script only adds the names of functions. Deeply nested code cannot be read.
            if source is None:
                raise
            source = None
            answer = ask("javascript", [source, map_], question, left())
        found += [None if fields is None else _original(fields) for fields in answer]
    return found


def source_line(source: File, line: int, context: int = 5, *, patience: float = PATIENCE) -> Excerpt | None:
    """The lines before, at and after a line (from 1) of a text; None where it has no such line. Raises Unreadable and Unavailable."""
    question = {"line": _number(line), "context": min(max(context, 0), MOST_CONTEXT)}
    return _excerpt(ask("text", [source], question, patience))


def bundled_line(
    bundle: File, path: str, line: int, context: int = 5, *, patience: float = PATIENCE
) -> Excerpt | None:
    """As source_line, of the file that a source bundle (of native code) has for `path`; None where it has none. Raises Unreadable and
    Unavailable."""
    question = {"path": _text(path), "line": _number(line), "context": min(max(context, 0), MOST_CONTEXT)}
    return _excerpt(ask("bundle", [bundle], question, patience))


def java_frames(
    mapping: File,
    frames: Sequence[tuple[str, str, int]],
    classes: Sequence[str] = (),
    *,
    patience: float = PATIENCE,
) -> tuple[list[list[JavaFrame]], dict[str, str]]:
    """The real frames of (class, method, line) each, innermost first, empty where nothing is known; and the real names of `classes`,
    of those that are known. Raises Unreadable and Unavailable."""
    left = _left(patience)
    found: list[list[JavaFrame]] = []
    for part in _parts(frames):
        question: dict[str, list[Any]] = {
            "frames": [[_text(name), _text(method), _number(line)] for name, method, line in part],
            "classes": [],
        }
        found += [[JavaFrame(*frame) for frame in one] for one in ask("java", [mapping], question, left())[0]]
    real: dict[str, str] = {}
    for names in _parts(classes):
        question = {"frames": [], "classes": [_text(name) for name in names]}
        real |= ask("java", [mapping], question, left())[1]
    return found, real


def dart_names(symbols: File, names: Sequence[str], *, patience: float = PATIENCE) -> dict[str, str]:
    """The real names of obfuscated ones, for those that are known. Raises Unreadable and Unavailable."""
    left = _left(patience)
    found: dict[str, str] = {}
    for part in _parts(names):
        found |= ask("dart", [symbols], {"names": [_text(name) for name in part]}, left())
    return found


def native_frames(
    file: File, debug_id: str, addresses: Sequence[int], *, patience: float = PATIENCE
) -> list[list[NativeFrame]]:
    """The functions at addresses relative to the image, innermost first, empty where nothing is known. Raises Unreadable and
    Unavailable."""
    left = _left(patience)
    found: list[list[NativeFrame]] = []
    debug_id = _text(debug_id)
    for part in _parts(addresses):
        question = {"debug_id": debug_id, "addresses": [_number(address) for address in part]}
        answer = ask("native", [file], question, left(), part=debug_id)
        found += [[NativeFrame(*frame) for frame in one] for one in answer]
    return found


def objects(file: File, *, patience: float = PATIENCE) -> list[DebugObject]:
    """The objects in a debug file. Raises Unreadable when it is none, and Unavailable."""
    return [
        DebugObject(debug_id, code_id, arch, kind, form, tuple(features))
        for debug_id, code_id, arch, kind, form, features in ask("objects", [file], {}, patience)
    ]


def _parts(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for at in range(0, len(values), _AT_ONCE):
        yield values[at : at + _AT_ONCE]


def _left(patience: float) -> Callable[[], float]:
    """How much of the time is left for the next of several messages."""
    ends = time.monotonic() + patience
    return lambda: ends - time.monotonic()


def _number(value: int) -> int:
    """A number that JSON can have; others are those of no line and no address."""
    return value if 0 <= value < 1 << 64 else 0


def _text(value: str) -> str:
    """A text that JSON can have: strangers' may have lone surrogates."""
    return value[:_MOST_NAME].encode("utf-8", "replace").decode()


def _original(fields: Sequence[Any]) -> Original:
    source, line, column, function, name, context, before, after, is_ignored = fields
    return Original(source, line, column, function, name, context, tuple(before), tuple(after), is_ignored)


def _excerpt(found: Sequence[Any] | None) -> Excerpt | None:
    return None if found is None else (tuple(found[0]), found[1], tuple(found[2]))
