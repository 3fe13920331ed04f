"""What the child answers: plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Original:
    """Where a position of a minified script comes from. `line` counts from 1, `column` from 1; `function` is the name of the function
    around it, `name` that of the thing at the position; both may be empty. Of a source without contents `context` is None. Lines are
    cut; that of the position is cut around it. `is_ignored`: the map lists the source as somebody else's code (`ignoreList`)."""

    source: str
    line: int
    column: int
    function: str
    name: str
    context: str | None
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    is_ignored: bool = False


@dataclass(frozen=True, slots=True)
class JavaFrame:
    """A frame of the JVM with its real names. `line` is 0 where it is not known."""

    module: str
    function: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class NativeFrame:
    """A function at an address. One address has several where calls were inlined, the innermost first."""

    function: str
    file: str
    line: int
    language: str


@dataclass(frozen=True, slots=True)
class DebugObject:
    """One object in a debug file: an architecture of a dSYM, an ELF file … Ids are normalised."""

    debug_id: str
    code_id: str
    arch: str
    kind: str
    format: str
    features: tuple[str, ...]


class Unreadable(Exception):
    """The file cannot be used: `reason` says why, for people. It is remembered, so that the file is not tried again with every event."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unavailable(Exception):
    """The child could not answer now: it may later. The file is not to blame."""
