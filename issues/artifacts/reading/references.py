"""What scripts and source maps say of themselves: where the map is, and their debug id.

Scripts are of any size, and what they say stands at their end: they are read backwards, in blocks, and never parsed.
Source: ECMA-426, "Extracting source map URLs" without parsing, and its proposal "Debug ID".
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO
from urllib.parse import unquote_to_bytes

from issues.artifacts import names

#: What Artifact.source_map says of a script with its map inside.
INLINE = "inline"
#: Of a reference; a longer one is no name of anything.
LONGEST_REFERENCE = 1000

_BLOCK = 64 * 1024
# Of what may follow a reference: empty lines and comments.
_LONGEST_REST = 4096
# Where a debug id is looked for: from the end of the file, and around the reference.
_NEAR = 4096
_URL = b"sourceMappingURL="
_BEGINS = re.compile(rb"//[#@][ \t]*\Z")
_LONGEST_BEGINNING = 16
_COMMENT = re.compile(rb"[ \t]*(?://[^\n]*|/\*[^\n]*\*/)?[ \t\r]*\Z")
_DEBUG_ID = re.compile(rb"//[#@][ \t]*debugId=([0-9A-Fa-f-]{32,36})(?=\s|\Z)")
# A quote inside a JSON string has a backslash before it: this one is a key's.
_DEBUG_ID_OF_MAP = re.compile(rb'(?<!\\)"debug_?[iI]d"\s{0,8}:\s{0,8}"([0-9A-Fa-f-]{32,36})"')
_DATA = re.compile(rb"data:application/json((?:;[^,;]{0,64}){0,4}),", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reference:
    """What a script says at its end: `url` names its map as it stands there, or is INLINE; then the map's bytes are behind the comma
    of a `data:` URL that is at `start` of the file and ends before `end`."""

    url: str
    start: int = 0
    end: int = 0


def of_script(file: IO[bytes]) -> Reference | None:
    """The map that the last comment of a script refers to. Takes time in proportion to its size and memory for one block."""
    size = file.seek(0, 2)
    at = _last(file, _URL, size)
    if at < 0:
        return None
    before = _read(file, max(0, at - _LONGEST_BEGINNING), at)
    if not _BEGINS.search(before):
        return None
    start = at + len(_URL)
    end = _end_of_line(file, start, size)
    if not _is_rest(file, end, size):
        return None
    beginning = _read(file, start, min(end, start + LONGEST_REFERENCE + 1))
    if _DATA.match(beginning):
        return Reference(INLINE, start, end)
    url = beginning.strip()
    if not url or len(url) > LONGEST_REFERENCE or re.search(rb"[\s\"'`\x00-\x1f]", url):
        return None
    return Reference(url.decode(errors="replace"))


def debug_id_of_script(file: IO[bytes], reference: Reference | None) -> str:
    """The debug id that a script says at its end, normalised; empty without one."""
    size = file.seek(0, 2)
    parts = [_read(file, max(0, size - _NEAR), size)]
    if reference is not None and reference.start and reference.start < size - _NEAR:
        parts.append(_read(file, max(0, reference.start - _NEAR), reference.start))
    for part in parts:
        if found := _DEBUG_ID.findall(part):
            return names.debug_id(found[-1].decode())
    return ""


def debug_id_of_map(file: IO[bytes]) -> str:
    """The debug id that a source map says at its beginning or end, normalised; empty without one."""
    size = file.seek(0, 2)
    for start in {0, max(0, size - _NEAR)}:
        if found := _DEBUG_ID_OF_MAP.search(_read(file, start, start + _NEAR)):
            return names.debug_id(found[1].decode())
    return ""


def write_inline(file: IO[bytes], reference: Reference, into: IO[bytes]) -> bool:
    """Write the map inside a script. Returns whether there is one; what was written before that was clear is to be forgotten."""
    head = _read(file, reference.start, min(reference.end, reference.start + 512))
    found = _DATA.match(head)
    if found is None:
        return False
    start, is_base64 = reference.start + found.end(), found[1].lower().endswith(b";base64")
    try:
        for block in _blocks(file, start, reference.end):
            data = unquote_to_bytes(block) if b"%" in block else block
            into.write(binascii.a2b_base64(data) if is_base64 else data)
    except binascii.Error:
        return False
    into.seek(0)
    return into.read(1) == b"{"


def _blocks(file: IO[bytes], start: int, end: int) -> Iterator[bytes]:
    """The bytes between, in blocks that break neither four digits of base64 nor an escape of a URL."""
    rest = b""
    while start < end:
        block = rest + _read(file, start, min(end, start + _BLOCK)).rstrip()
        start += _BLOCK
        cut = len(block) if start >= end else len(block) - len(block) % 4
        if start < end and b"%" in block[cut - 2 : cut]:
            cut = block.rindex(b"%")
        rest = block[cut:]
        yield block[:cut]


def _last(file: IO[bytes], text: bytes, end: int) -> int:
    """Where `text` begins for the last time before `end`; -1 where it is not there."""
    after = b""
    while end > 0:
        start = max(0, end - _BLOCK)
        block = _read(file, start, end) + after
        if (found := block.rfind(text)) >= 0:
            return start + found
        after, end = block[: len(text) - 1], start
    return -1


def _end_of_line(file: IO[bytes], start: int, size: int) -> int:
    while start < size:
        block = _read(file, start, min(size, start + _BLOCK))
        if found := re.search(rb"[\r\n]", block):
            return start + found.start()
        start += len(block)
    return size


def _is_rest(file: IO[bytes], start: int, size: int) -> bool:
    """Whether nothing but comments follows: otherwise the reference is text inside a program."""
    if size - start > _LONGEST_REST:
        return False
    return all(_COMMENT.match(line) for line in _read(file, start, size).split(b"\n"))


def _read(file: IO[bytes], start: int, end: int) -> bytes:
    file.seek(start)
    return file.read(end - start)
