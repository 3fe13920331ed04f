"""A stack trace: which frames to open, which to fold.

The frame that raised stands first and is open, so is the topmost frame of the application; runs of library frames
and of recursion are folded to one line with their count. SDKs send frames oldest first (protocol.md, 1.8).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from issues.render.stack.source import CodeLine, code_lines
from issues.render.stack.variables import NO_VARIABLES, Variables, variables
from issues.render.values import (
    Field,
    Value,
    fields,
    line,
    mapping,
    scalar,
    show,
    string,
    web_address,
    whole_number,
)

BODIES = 60
LONGEST_CYCLE = 8
FEWEST_REPEATS = 4
MOST_FRAMES = 1_000

_ADDRESSES = (
    "instruction_addr", "symbol", "symbol_addr", "image_addr", "package", "trust", "addr_mode", "raw_function", "lock", "data",
)  # fmt: skip

_BODY = ("pre_context", "context_line", "post_context", "vars", *_ADDRESSES)
_EMPTY: tuple[object, ...] = (None, "", {}, [])


@dataclass(frozen=True)
class Frame:
    """One call. `path` is short, `full_path` whole; `raised` marks the newest frame of a trace."""

    function: str
    path: str
    full_path: str
    module: str
    line: int | None
    column: int | None
    in_app: bool
    package: str
    link: str = ""
    code: tuple[CodeLine, ...] = ()
    variables: Variables = NO_VARIABLES
    native: tuple[Field, ...] = ()
    stray: Value | None = None
    raised: bool = False
    open: bool = False
    bare: bool = False

    kind = "frame"

    @property
    def has_body(self) -> bool:
        return bool(self.code or self.variables.fields or self.native or self.stray)


@dataclass(frozen=True)
class Fold:
    """Frames behind one line: a run of `library` frames, or the repeats of a `recursion`."""

    kind: str
    frames: tuple[Frame, ...]
    label: str
    open: bool = False

    @property
    def count(self) -> int:
        return len(self.frames)

    @property
    def shown(self) -> tuple[Frame, ...]:
        return self.frames[:BODIES]

    @property
    def hidden(self) -> int:
        return max(0, len(self.frames) - BODIES)


@dataclass(frozen=True)
class Stack:
    """A trace in the order it is shown. `stray` is what was sent instead of frames; `bare` counts frames whose
    source and variables were left out to keep the page small."""

    entries: tuple[Frame | Fold, ...] = ()
    count: int = 0
    bare: int = 0
    omitted: str = ""
    registers: tuple[Field, ...] = ()
    stray: Value | None = None

    def __bool__(self) -> bool:
        return bool(self.entries or self.stray or self.registers)

    @property
    def frames(self) -> tuple[Frame, ...]:
        """All frames in the order shown, folded or not."""
        return tuple(
            frame
            for entry in self.entries
            for frame in ((entry,) if isinstance(entry, Frame) else entry.frames)
        )


def stack(value: object, platform: str, *, every: bool = False, oldest_first: bool = False) -> Stack:
    """`stacktrace` of an exception, a thread or an event. `every` opens all frames and folds nothing."""
    if value in (None, "", {}, []):
        return Stack()
    sent = value if isinstance(value, list) else mapping(value).get("frames")
    if not isinstance(sent, list):
        registers = fields(mapping(value).get("registers"))
        return Stack(registers=registers) if registers and sent is None else Stack(stray=show(value))
    newest_first = [frame for frame in reversed(sent[-MOST_FRAMES:]) if frame not in (None, {})]
    frames = _opened(newest_first, platform, every)
    entries = tuple(frames if every else _folded(frames))
    if oldest_first:
        entries = tuple(
            entry if isinstance(entry, Frame) else _reversed(entry) for entry in reversed(entries)
        )
    return Stack(
        entries=entries,
        count=len(frames),
        bare=sum(frame.bare for frame in frames),
        omitted=_omitted(mapping(value).get("frames_omitted"), len(sent) - MOST_FRAMES),
        registers=fields(mapping(value).get("registers")),
    )


def _omitted(sent: object, ours: int) -> str:
    parts = []
    if isinstance(sent, list) and len(sent) == 2:
        parts.append(f"The SDK left out frames {scalar(sent[0])} to {scalar(sent[1])}.")
    elif sent:
        parts.append(f"The SDK left out frames: {line(sent)}.")
    if ours > 0:
        parts.append(f"The {ours:,} oldest frames are only in the JSON.")
    return " ".join(parts)


def _frame(sent: object, platform: str, bare: bool) -> Frame:
    if not isinstance(sent, dict):
        return Frame(line(sent), "", "", "", None, None, in_app=True, package="", stray=show(sent))
    full = string(sent.get("abs_path")) or string(sent.get("filename"))
    path = string(sent.get("filename")) or full.replace("\\", "/").rsplit("/", 1)[-1]
    module = string(sent.get("module"))
    language = string(sent.get("platform")) or platform
    local = sent.get("vars")
    strange = [
        name
        for name in ("function", "filename", "lineno", "pre_context")
        if _is_strange(name, sent.get(name))
    ]
    bare = bare and any(sent.get(name) not in _EMPTY for name in _BODY)
    return Frame(
        function=_function(sent),
        path=_shortened(path),
        full_path=full[:2_000],
        module=module,
        line=whole_number(sent.get("lineno")),
        column=whole_number(sent.get("colno")),
        in_app=sent.get("in_app") is not False,
        package=_package(sent, full or path, module),
        link=web_address(full),
        code=() if bare else code_lines(sent, language),
        variables=NO_VARIABLES if bare or local in (None, {}, []) else variables(local, language),
        native=()
        if bare
        else fields({name: sent[name] for name in _ADDRESSES if sent.get(name) not in _EMPTY}),
        stray=show({name: sent[name] for name in strange}) if strange else None,
        bare=bare,
    )


def _is_strange(name: str, value: object) -> bool:
    if value is None:
        return False
    if name == "pre_context":
        return not isinstance(value, list)
    return whole_number(value) is None if name == "lineno" else not isinstance(value, str)


def _function(sent: dict[str, Any]) -> str:
    for name in ("function", "raw_function", "symbol"):
        if (text := line(sent.get(name), 240)) and text != "?":
            return text
    if sent.get("function") == "?":
        return "anonymous"
    return line(sent.get("instruction_addr"), 40) or "unknown function"


def _shortened(path: str, limit: int = 80) -> str:
    """The middle of a long path left out; the whole one is in `full_path`."""
    if len(path) <= limit:
        return path
    return f"{path[: limit // 3]}…{path[-(limit - limit // 3 - 1) :]}"


def _package(sent: dict[str, Any], path: str, module: str) -> str:
    """The library a frame belongs to, as people call it."""
    path = path.replace("\\", "/")
    if found := re.search(r".*/(?:site|dist)-packages/([^/]+)", path):
        return found[1].removesuffix(".py")
    if found := re.search(r".*node_modules/(@[^/]+/[^/]+|[^/]+)", path):
        return found[1]
    if found := re.search(r".*/gems/([^/]+?)(?:-\d[^/]*)?/", path):
        return found[1]
    if path.startswith("node:"):
        return "node"
    if image := string(sent.get("package")):
        return image.replace("\\", "/").rsplit("/", 1)[-1]
    return module.split(".")[0]


def _opened(sent: list[Any], platform: str, every: bool) -> list[Frame]:
    """Marks and opens the frame that raised and the application's topmost; keeps BODIES bodies, its own first."""
    in_app = [not isinstance(frame, dict) or frame.get("in_app") is not False for frame in sent]
    own = in_app.index(True) if True in in_app else 0
    ranked = sorted(range(len(sent)), key=lambda index: (index not in (0, own), not in_app[index], index))
    kept = set(ranked if every else ranked[:BODIES])
    return [
        replace(
            _frame(frame, platform, bare=index not in kept),
            raised=index == 0,
            open=every or index in (0, own),
        )
        for index, frame in enumerate(sent)
    ]


def _folded(frames: list[Frame]) -> list[Frame | Fold]:
    mixed = any(frame.in_app for frame in frames)
    entries: list[Frame | Fold] = []
    index = 0
    while index < len(frames):
        cycle, repeats = _cycle(frames, index)
        if repeats:
            entries += frames[index : index + cycle]
            again = tuple(frames[index + cycle : index + cycle * repeats])
            entries.append(Fold("recursion", again, f"of {frames[index].function}"))
            index += cycle * repeats
            continue
        end = index
        while mixed and end < len(frames) and not frames[end].in_app and not frames[end].open:
            end += 1
        if end > index:
            run = tuple(frames[index:end])
            entries.append(Fold("library", run, _packages(run)))
            index = end
        else:
            entries.append(frames[index])
            index += 1
    return entries


def _place(frame: Frame) -> tuple[str, str, int | None]:
    return frame.function, frame.full_path, frame.line


def _cycle(frames: Sequence[Frame], start: int) -> tuple[int, int]:
    """The length of the shortest cycle of calls that repeats from `start`, and how often; (0, 0) without one."""
    for length in range(1, LONGEST_CYCLE + 1):
        first = [_place(frame) for frame in frames[start : start + length]]
        repeats = 1
        while [
            _place(frame) for frame in frames[start + length * repeats : start + length * (repeats + 1)]
        ] == first:
            repeats += 1
        if repeats >= FEWEST_REPEATS and len(first) == length:
            return length, repeats
    return 0, 0


def _packages(frames: Sequence[Frame]) -> str:
    names = list(dict.fromkeys(frame.package for frame in frames if frame.package))
    shown = ", ".join(names[:4])
    return f"{shown} and {len(names) - 4} more" if len(names) > 4 else shown


def _reversed(fold: Fold) -> Fold:
    return replace(fold, frames=tuple(reversed(fold.frames)))
