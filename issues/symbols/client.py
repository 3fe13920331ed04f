"""Asks the child, and starts it where none runs. The only way to symbolic for other rooms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO, Protocol

from issues.symbols.answers import DebugObject, JavaFrame, NativeFrame, Original


class File(Protocol):
    """Content to look up in. `sha256` names it; `open()` returns its bytes, compressed with zstd where `is_compressed`; `size` is the number
    of bytes without compression."""

    sha256: str
    size: int
    is_compressed: bool

    def open(self) -> BinaryIO: ...


#: The lines before, at and after a line.
Excerpt = tuple[tuple[str, ...], str, tuple[str, ...]]
#: Seconds that a question waits for its answer. A file that is read for the first time may take that long.
PATIENCE = 15.0


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
    raise NotImplementedError


def source_line(source: File, line: int, context: int = 5, *, patience: float = PATIENCE) -> Excerpt | None:
    """The lines before, at and after a line (from 1) of a text; None where it has no such line. Raises Unreadable and Unavailable."""
    raise NotImplementedError


def bundled_line(
    bundle: File, path: str, line: int, context: int = 5, *, patience: float = PATIENCE
) -> Excerpt | None:
    """As source_line, of the file that a source bundle (of native code) has for `path`; None where it has none. Raises Unreadable and
    Unavailable."""
    raise NotImplementedError


def java_frames(
    mapping: File,
    frames: Sequence[tuple[str, str, int]],
    classes: Sequence[str] = (),
    *,
    patience: float = PATIENCE,
) -> tuple[list[list[JavaFrame]], dict[str, str]]:
    """The real frames of (class, method, line) each, innermost first, empty where nothing is known; and the real names of `classes`,
    of those that are known. Raises Unreadable and Unavailable."""
    raise NotImplementedError


def dart_names(symbols: File, names: Sequence[str], *, patience: float = PATIENCE) -> dict[str, str]:
    """The real names of obfuscated ones, for those that are known. Raises Unreadable and Unavailable."""
    raise NotImplementedError


def native_frames(
    file: File, debug_id: str, addresses: Sequence[int], *, patience: float = PATIENCE
) -> list[list[NativeFrame]]:
    """The functions at addresses relative to the image, innermost first, empty where nothing is known. Raises Unreadable and
    Unavailable."""
    raise NotImplementedError


def objects(file: File, *, patience: float = PATIENCE) -> list[DebugObject]:
    """The objects in a debug file. Raises Unreadable when it is none, and Unavailable."""
    raise NotImplementedError
