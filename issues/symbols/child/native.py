"""Debug files of native code: ELF, Mach-O, PDB, PE, WebAssembly, Breakpad."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symbolic._lowlevel import lib
from symbolic.debuginfo import Archive
from symbolic.exceptions import SymbolicError
from symbolic.symcache import SymCache

from issues.symbols.answers import Unreadable
from issues.symbols.child import mangled, text
from issues.symbols.child.contents import Contents, only

MOST_BYTES = 1 << 30
MOST_OBJECTS = 100
_MOST_INLINED = 100
_MOST_NAME = 1000


def load(files: Sequence[Contents | None], question: dict[str, Any]) -> tuple[Any, int]:
    """Of a debug file, the functions of the object with `debug_id`. Raises Unreadable."""
    file = only(files)
    wanted = question["debug_id"].lower()
    try:
        with file.path(MOST_BYTES) as path:
            for object_ in Archive.open(path).iter_objects():
                if object_.debug_id.lower() == wanted:
                    cache: Any = object_.make_symcache()
                    return cache, cache._methodcall(lib.symbolic_symcache_get_size) + 4096
    except SymbolicError as error:
        raise _unreadable(error) from None
    raise Unreadable("The file has nothing with this debug id.")


def answer(cache: SymCache, question: dict[str, Any]) -> list[list[list[Any]]]:
    """The fields of the NativeFrames at each of `addresses`."""
    return [_frames(cache, address) for address in question["addresses"]]


def load_objects(files: Sequence[Contents | None], question: dict[str, Any]) -> tuple[list[list[Any]], int]:
    """The fields of a DebugObject for each object in a debug file. Raises Unreadable when it is none."""
    file = only(files)
    try:
        with file.path(MOST_BYTES) as path:
            archive = Archive.open(path)
            if archive.object_count > MOST_OBJECTS:
                raise Unreadable(f"It has more than {MOST_OBJECTS} objects.")
            found = [_described(object_) for object_ in archive.iter_objects()]
    except SymbolicError as error:
        raise _unreadable(error) from None
    if not found:
        raise Unreadable("It has no object.")
    return found, 1024 * len(found)


def objects(found: list[list[Any]], question: dict[str, Any]) -> list[list[Any]]:
    """What load_objects returned."""
    return found


def _described(object_: Any) -> list[Any]:
    return [
        object_.debug_id.lower(),
        (object_.code_id or "").lower(),
        object_.arch,
        object_.kind,
        object_.file_format,
        sorted(object_.features),
    ]


def _frames(cache: Any, address: int) -> list[list[Any]]:
    if not 0 <= address < 1 << 64:
        return []
    return [
        [
            mangled.readable(found.symbol)[:_MOST_NAME],
            (found.full_path or "")[:_MOST_NAME],
            found.line,
            "" if found.lang == "unknown" else found.lang,
        ]
        for found in cache.lookup(address)[:_MOST_INLINED]
    ]


def _unreadable(error: SymbolicError) -> Unreadable:
    return Unreadable(f"The debug file cannot be read: {text.one_line(error.message)}.")
