"""Source maps: plain ones, with sections, and those of Hermes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from symbolic._lowlevel import ffi, lib
from symbolic.exceptions import SymbolicError
from symbolic.sourcemap import SourceMapView
from symbolic.sourcemapcache import SourceMapCache

from issues.symbols.answers import Unreadable
from issues.symbols.child import text
from issues.symbols.child.contents import Contents, only

MOST_MAP_BYTES = 192 << 20
MOST_SOURCE_BYTES = 32 << 20
#: What is read past a name: names of sources are paths, functions may be whole expressions.
MOST_NAME = 1000
_BOM = b"\xef\xbb\xbf"
_UNKNOWN = "<unknown>"
# A quote within a string of JSON has a backslash before it, so this is a key.
_IGNORED = re.compile(rb'"(?:x_google_)?ignoreList"\s{0,100}:\s{0,100}\[([0-9,\s]{0,1000000})\]')
_MOST_IGNORED = 100_000
# What symbolic keeps of a byte of the map and of the script, measured: docs/decisions/0049.
_KEPT_OF_MAP, _KEPT_BYTES = 1.0, 4096
# The line of a position is cut around it when it is longer than that; past it, where the column is in bytes is a guess.
_LONG_LINE = 1 << 20


@dataclass(frozen=True, slots=True)
class Loaded:
    """A map with its script. `ends` are the lengths of the script's lines, empty where it is not known."""

    cache: Any
    ignored: frozenset[str]
    ends: Sequence[int]


def load(files: Sequence[Contents | None], question: dict[str, Any]) -> tuple[Loaded, int]:
    """Of a script, which may be missing, and its map. Raises Unreadable."""
    source = files[0]
    script = source.read(MOST_SOURCE_BYTES) if source is not None else b""
    data = only(files[1:]).read(MOST_MAP_BYTES).removeprefix(_BOM)
    return loaded(script, data)


def loaded(script: bytes, data: bytes) -> tuple[Loaded, int]:
    """Of the bytes of a script and of its map."""
    if not data.strip():
        raise Unreadable("The source map is empty.")
    try:
        cache = SourceMapCache.from_bytes(script, data)
    except SymbolicError as error:
        raise Unreadable(_reason(error.message, data)) from None
    size = int(len(data) * _KEPT_OF_MAP) + _KEPT_BYTES
    # Columns of Hermes are offsets into bytecode, whatever was uploaded beside the map.
    is_hermes = b'"x_hermes_function_offsets"' in data or b'"x_facebook_' in data or b"\0" in script[:4096]
    return Loaded(cache, _ignored(data), () if is_hermes else text.lengths(script)), size


def answer(loaded: Loaded, question: dict[str, Any]) -> list[list[Any] | None]:
    """The fields of an Original for each of `positions`, with `context` lines around."""
    context = question["context"]
    return [_original(loaded, line, column, context) for line, column in question["positions"]]


def _original(loaded: Loaded, line: int, column: int, context: int) -> list[Any] | None:
    if not (0 < line < 1 << 32 and 0 < column < 1 << 32):
        return None
    if loaded.ends and (line > len(loaded.ends) or column > loaded.ends[line - 1] + 1):
        return None
    # As SourceMapCache.lookup does it, which decodes whole lines: one of them may have megabytes.
    found = loaded.cache._methodcall(lib.symbolic_sourcemapcache_lookup_token, line, column, context)
    if found == ffi.NULL:
        return None
    try:
        source = _text(found.src, MOST_NAME)
        function = _text(found.function_name, MOST_NAME)
        before, after = _lines(found.pre_context), _lines(found.post_context)
        # Lines have their ends: an empty one is the last of its source, or there is no source.
        has_contents = bool(found.context_line.len or before or after)
        return [
            source,
            found.line,
            found.col,
            "" if function == _UNKNOWN else function,
            _text(found.name, MOST_NAME),
            _around(found.context_line, found.col) if has_contents else None,
            before,
            after,
            source in loaded.ignored,
        ]
    finally:
        lib.symbolic_sourcemapcache_token_match_free(found)


def _bytes(value: Any, most: int) -> bytes:
    length = min(value.len, most)
    return bytes(ffi.buffer(value.data, length)) if length else b""


def _text(value: Any, most: int) -> str:
    return _bytes(value, 4 * most).decode("utf-8", "ignore")[:most]


def _lines(values: Any) -> list[str]:
    return [
        text.cut(_bytes(values.strs[at], text.MOST_LINE * 4 + 4).decode("utf-8", "ignore"))
        for at in range(values.len)
    ]


def _around(value: Any, column: int) -> str:
    """The line, cut around the column, which counts from 1."""
    if value.len <= _LONG_LINE:
        return text.cut_around(_bytes(value, _LONG_LINE).decode("utf-8", "ignore"), column - 1)
    start = max(0, min(column, value.len) - text.MOST_LINE)
    part = bytes(ffi.buffer(value.data + start, min(value.len - start, 4 * text.MOST_LINE)))
    return text.cut_around(part.decode("utf-8", "ignore"), min(column - 1, text.MOST_LINE), is_part=start > 0)


def _ignored(data: bytes) -> frozenset[str]:
    """The sources that the map lists as somebody else's. A map with sections has a list in each, which are not read."""
    if (found := _IGNORED.search(data)) is None or not found[1].strip() or b'"sections"' in data:
        return frozenset()
    numbers = [int(number) for number in found[1].split(b",")[:_MOST_IGNORED] if number.strip().isdigit()]
    try:
        view = SourceMapView.from_json_bytes(data)
        count = view.source_count
        names = (view.get_source_name(number) for number in numbers if number < count)
        return frozenset(name for name in names if name)
    except SymbolicError:
        return frozenset()


def _reason(message: str, data: bytes) -> str:
    """Why a map cannot be read, for people."""
    said = text.one_line(message)
    if "unresolved sourcemap" in said:
        return "One of its sections is in another file (url), which is not supported: sections must have their maps in them."
    if "bad json" in said:
        if data.lstrip()[:1] == b"<":
            return "It is a web page or XML, not a source map."
        return f"It is not the JSON of a source map: {said.removeprefix('bad json: ')}."
    return f"The source map is broken: {said}."
