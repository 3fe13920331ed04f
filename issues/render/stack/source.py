"""The source lines of a frame, numbered and highlighted.

All lines are highlighted as one text, so that strings and comments of several lines are recognized, and then split
(issues.render.code.excerpt).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from html import escape
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from issues.render.code.excerpt import marked_excerpt
from issues.render.code.languages import LANGUAGES
from issues.render.room import Room
from issues.render.values import scalar, string, visible, whole_number
from rustrak.lib.sized_cache import SizedCache

LONGEST_LINE = 2_000
MOST_LINES = 60
# In characters. A page shows many texts; of so much code a person reads only the line that was running.
MOST_HIGHLIGHTED = 20_000
# Events of an issue mostly have the same source. An entry takes some bytes besides its texts.
_CACHED_BYTES = 2 * 1024 * 1024
_ENTRY_BYTES = 400

_BY_EXTENSION = {
    "py": "python", "pyx": "cython", "js": "javascript", "mjs": "javascript", "cjs": "javascript", "jsx": "jsx",
    "ts": "typescript", "tsx": "tsx", "vue": "javascript", "svelte": "javascript", "rb": "ruby", "rake": "ruby", "erb": "erb",
    "php": "php", "go": "go", "java": "java", "kt": "kotlin", "kts": "kotlin", "scala": "scala", "groovy": "groovy",
    "cs": "csharp", "fs": "fsharp", "vb": "vbnet", "rs": "rust", "swift": "swift", "m": "objective-c",
    "mm": "objective-c++", "c": "c", "h": "c", "cc": "cpp", "cpp": "cpp", "hpp": "cpp", "dart": "dart", "ex": "elixir",
    "exs": "elixir", "erl": "erlang", "lua": "lua", "pl": "perl", "clj": "clojure", "html": "html",
    "jinja": "html", "sql": "sql", "sh": "bash", "ps1": "powershell", "zig": "zig", "nim": "nim", "hs": "haskell",
}  # fmt: skip
_BY_PLATFORM = {
    "python": "python", "javascript": "javascript", "node": "javascript", "ruby": "ruby", "php": "php", "go": "go",
    "java": "java", "csharp": "csharp", "rust": "rust", "dart": "dart", "elixir": "elixir", "cocoa": "swift",
    "objc": "objective-c", "native": "cpp", "c": "c", "perl": "perl", "haskell": "haskell", "groovy": "groovy",
}  # fmt: skip

_marked: SizedCache[tuple[str, str], list[str]] = SizedCache(_CACHED_BYTES)


@dataclass(frozen=True)
class CodeLine:
    """One line of source. `hit` is the line that was running; `number` is None when the SDK did not send it."""

    number: int | None
    html: SafeString
    text: str
    hit: bool = False


def code_lines(frame: dict[str, Any], platform: str, room: Room | None = None) -> tuple[CodeLine, ...]:
    """The lines in `pre_context`, `context_line` and `post_context` of a frame; empty without any, or without `room`."""
    before, after = _context(frame.get("pre_context"), 0), _context(frame.get("post_context"), -1)
    hit = frame.get("context_line")
    here = [] if hit is None else [_clean(hit)]
    if here and not here[0].strip() and not before and not after:
        return ()
    lines = before + here + after
    if not lines or (room is not None and not room.code(len(lines))):
        return ()
    at = whole_number(frame.get("lineno"))
    known = at is not None and 0 < at < 10**9
    first = (at or 0) - len(before)
    html = highlight("\n".join(lines), language(frame, platform))
    skip = 0 if here else 1
    if room is not None:
        for each in html:
            room.write(each)
    return tuple(
        CodeLine(
            number=first + index + (skip if index >= len(before) else 0) if known and first > 0 else None,
            html=mark_safe(html[index]),
            text=text,
            hit=bool(here) and index == len(before),
        )
        for index, text in enumerate(lines)
    )


def _context(value: object, far_end: int) -> list[str]:
    """The MOST_LINES lines of a context next to the frame's own, without the nulls at its `far_end` (0 or -1), which are
    beyond the file."""
    lines = value if isinstance(value, list) else ([] if value in (None, "") else [value])
    lines = lines[:MOST_LINES] if far_end else lines[-MOST_LINES:]
    while lines and lines[far_end] is None:
        lines.pop(far_end)
    return [_clean(line) for line in lines]


def _clean(line: object) -> str:
    text = line[:LONGEST_LINE] if isinstance(line, str) else scalar(line, LONGEST_LINE)
    return visible(text.rstrip("\r\n")).replace("\n", "␊")


def language(frame: dict[str, Any], platform: str) -> str:
    """The name of the lexer for a frame: by the extension of its file, else by the platform; empty for unknown ones."""
    name = string(frame.get("filename")) or string(frame.get("abs_path"))
    ending = name.split("?")[0].rsplit("/", 1)[-1].rsplit(".", 1)[-1].lower()
    if ending in _BY_EXTENSION:
        return _BY_EXTENSION[ending]
    return _BY_PLATFORM.get(string(frame.get("platform")) or platform, "")


def highlight(text: str, name: str) -> list[str]:
    """`text` as escaped lines of HTML, marked where `name` is one of LANGUAGES and the text is not too long."""
    if name not in LANGUAGES or len(text) > MOST_HIGHLIGHTED:
        return escape(text).split("\n")
    if (known := _marked.get((name, text))) is not None:
        return known
    lines = marked_excerpt(text, name)
    _marked.put((name, text), lines, sys.getsizeof(text) + sum(map(sys.getsizeof, lines)) + _ENTRY_BYTES)
    return lines
