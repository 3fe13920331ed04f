"""Reads a minidump: the exception, the registers of the thread that crashed, the system, the modules. Pure.

Layout: Microsoft's "Minidump Files" (minidumpapiset.h) with the values that Breakpad and Crashpad add. The numbers in
a dump are not trusted: each read is checked against the size of the file, and the number of reads is limited.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar
from uuid import UUID

from ingest.edge.native import crash_codes

MAX_STREAMS = 256
MAX_MODULES = 2000
MAX_THREADS = 1000
MAX_NAME_BYTES = 1024
# Of all reads of one dump together, so that streams that overlap are not read without end.
MAX_READ_BYTES = 8 * 1024 * 1024

_THREADS, _MODULES, _EXCEPTION, _SYSTEM, _THREAD_NAMES = 3, 4, 6, 7, 24
_ACCESS_VIOLATIONS = {"EXCEPTION_ACCESS_VIOLATION", "EXCEPTION_IN_PAGE_ERROR"}

T = TypeVar("T")
Read = Callable[[int, int], bytes]


class NotMinidump(ValueError):
    """The file is not a minidump, or its directory of streams is damaged."""


class _Damaged(Exception):
    """An offset is outside of the file, or MAX_READ_BYTES were read."""


@dataclass(frozen=True, slots=True)
class Crash:
    """Why the process crashed: the exception's `name` (SIGSEGV …) and its `code_name` (SEGV_MAPERR …) if it has one.

    `address` is the one that was accessed if the system records it, otherwise that of the exception. `thread_id` is the
    thread that crashed.
    """

    thread_id: int
    code: int
    flags: int
    name: str
    code_name: str | None
    address: int


@dataclass(frozen=True, slots=True)
class Module:
    """A loaded executable or library. `debug_id` and `code_id` identify it, in the form used by symbol servers."""

    name: str
    address: int
    size: int
    kind: str
    debug_id: str | None
    code_id: str | None
    debug_file: str | None


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread of the process."""

    id: int
    name: str | None


@dataclass(frozen=True, slots=True)
class Minidump:
    """Everything that could be read; what is damaged or missing is None or empty."""

    # Unix time.
    timestamp: int
    system: str | None = None
    system_version: str | None = None
    system_build: str | None = None
    processor: str | None = None
    crash: Crash | None = None
    registers: dict[str, int] = field(default_factory=dict)
    modules: tuple[Module, ...] = ()
    threads: tuple[Thread, ...] = ()

    @property
    def instruction(self) -> int | None:
        """The address of the instruction that the crashed thread was at."""
        return next(
            (self.registers[name] for name in crash_codes.INSTRUCTION_POINTERS if name in self.registers),
            None,
        )

    def module_at(self, address: int) -> Module | None:
        """The module that contains `address`."""
        return next((one for one in self.modules if one.address <= address < one.address + one.size), None)


def is_minidump(head: bytes) -> bool:
    """Whether a file that starts with `head` claims to be a minidump, in either byte order."""
    return head[:4] in (b"MDMP", b"PMDM")


def read(source: Read, size: int) -> Minidump:
    """Read the dump of `size` bytes; `source(offset, length)` returns its bytes. Raises NotMinidump and what `source`
    raises."""
    return _Dump(source, size).minidump()


class _Dump:
    def __init__(self, source: Read, size: int) -> None:
        self._source, self._size, self._left = source, size, MAX_READ_BYTES
        self._order = "<"
        self._streams: dict[int, tuple[int, int]] = {}

    def minidump(self) -> Minidump:
        try:
            head = self._bytes(0, 32)
            if not is_minidump(head):
                raise NotMinidump("the file does not start like a minidump")
            self._order = "<" if head[:4] == b"MDMP" else ">"
            _, _, count, directory, _, timestamp = self._unpack("6I", head[:24])
            entries = self._bytes(directory, 12 * min(count, MAX_STREAMS))
        except _Damaged:
            raise NotMinidump("the minidump's directory is damaged") from None
        for at in range(0, len(entries), 12):
            kind, length, offset = self._unpack("3I", entries[at : at + 12])
            self._streams.setdefault(kind, (offset, length))
        processor, system, version, build = self._try(self._system) or (None, None, None, None)
        crash, registers = self._try(lambda: self._crash(system, processor)) or (None, {})
        names = self._try(self._thread_names) or {}
        return Minidump(
            timestamp=timestamp,
            system=system,
            system_version=version,
            system_build=build,
            processor=processor,
            crash=crash,
            registers=registers,
            modules=self._modules(system),
            threads=tuple(Thread(id, names.get(id)) for id in self._try(self._thread_ids) or []),
        )

    def _system(self) -> tuple[str | None, str | None, str | None, str | None]:
        info = self._stream(_SYSTEM, 32)
        processor, _, _, _, _, major, minor, build, platform, extra = self._unpack("HHHBBIIIII", info[:28])
        version = f"{major}.{minor}.{build}" if major or minor or build else None
        more = self._try(lambda: self._string(extra)) if extra else None
        return (
            crash_codes.PROCESSORS.get(processor),
            crash_codes.PLATFORMS.get(platform),
            version,
            more or None,
        )

    def _crash(self, system: str | None, processor: str | None) -> tuple[Crash | None, dict[str, int]]:
        stream = self._stream(_EXCEPTION, 168)
        thread, _, code, flags, _, address, count, _ = self._unpack("IIIIQQII", stream[:40])
        information = self._unpack("15Q", stream[40:160])[: min(count, 15)]
        context_size, context = self._unpack("II", stream[160:168])
        name, code_name = _named(system, code, flags, information)
        if name.startswith("EXCEPTION_ACCESS_VIOLATION") and len(information) > 1:
            address = information[1]
        registers = self._try(lambda: self._registers(processor, context, context_size))
        return Crash(thread, code, flags, name, code_name, address), registers or {}

    def _registers(self, processor: str | None, offset: int, size: int) -> dict[str, int]:
        width, offsets = crash_codes.REGISTERS.get(processor or "", (8, {}))
        if not offsets or size < max(offsets.values()) + width:
            return {}
        context = self._bytes(offset, max(offsets.values()) + width)
        kind = "I" if width == 4 else "Q"
        return {name: self._unpack(kind, context[at : at + width])[0] for name, at in offsets.items()}

    def _modules(self, system: str | None) -> tuple[Module, ...]:
        found: list[Module] = []
        for entry in self._try(lambda: self._entries(_MODULES, 108, MAX_MODULES)) or []:
            try:
                found.append(self._module(entry, system))
            except _Damaged:
                continue
        return tuple(found)

    def _module(self, entry: bytes, system: str | None) -> Module:
        address, size, _, timestamp, name_at = self._unpack("QIIII", entry[:24])
        identity_size, identity_at = self._unpack("II", entry[76:84])
        name = self._string(name_at)
        identity = self._try(lambda: self._bytes(identity_at, min(identity_size, MAX_NAME_BYTES)))
        kind = {"Windows": "pe", "macOS": "macho", "iOS": "macho"}.get(system or "", "elf")
        debug_id, code_id, debug_file = self._identity(identity or b"", kind)
        if kind == "pe":
            code_id = f"{timestamp:08x}{size:x}"
        return Module(name, address, size, kind, debug_id, code_id, debug_file)

    def _identity(self, record: bytes, kind: str) -> tuple[str | None, str | None, str | None]:
        """(debug id, code id, debug file) of a CodeView record: RSDS with a GUID, or Breakpad's ELF build id."""
        magic = record[:4] if self._order == "<" else record[:4][::-1]
        if magic == b"RSDS" and len(record) >= 24:
            guid = UUID(bytes_le=record[4:20]) if self._order == "<" else UUID(bytes=record[4:20])
            if not guid.int:
                return None, None, None
            (age,) = self._unpack("I", record[20:24])
            file = record[24:].partition(b"\0")[0].decode("utf-8", "replace") or None
            if kind == "pe":
                return f"{guid}-{age:x}" if age else str(guid), None, file
            return str(guid), guid.hex if kind == "macho" else None, file
        if magic == b"LEpB" and any(record[4:]):
            build_id = record[4:36]
            return str(UUID(bytes_le=build_id[:16].ljust(16, b"\0"))), build_id.hex(), None
        return None, None, None

    def _thread_ids(self) -> list[int]:
        return [self._unpack("I", entry[:4])[0] for entry in self._entries(_THREADS, 48, MAX_THREADS)]

    def _thread_names(self) -> dict[int, str]:
        names: dict[int, str] = {}
        for entry in self._entries(_THREAD_NAMES, 12, MAX_THREADS):
            thread, offset = self._unpack("IQ", entry)
            if name := self._try(partial(self._string, offset)):
                names[thread] = name
        return names

    # Reading of bytes, each bounded.

    def _entries(self, kind: int, size: int, most: int) -> list[bytes]:
        """The fixed-size entries of a list stream."""
        offset, length = self._streams.get(kind, (0, 0))
        (count,) = self._unpack("I", self._stream(kind, 4))
        # Some writers align the first entry to eight bytes.
        start = 8 if length == 8 + count * size else 4
        count = min(count, most)
        data = self._bytes(offset + start, count * size)
        return [data[at : at + size] for at in range(0, len(data), size)]

    def _stream(self, kind: int, size: int) -> bytes:
        """The first `size` bytes of a stream."""
        offset, length = self._streams.get(kind, (0, 0))
        if length < size:
            raise _Damaged
        return self._bytes(offset, size)

    def _string(self, offset: int) -> str:
        (length,) = self._unpack("I", self._bytes(offset, 4))
        data = self._bytes(offset + 4, min(length, MAX_NAME_BYTES) & ~1)
        return data.decode("utf-16-le" if self._order == "<" else "utf-16-be", "replace").rstrip("\0")

    def _bytes(self, offset: int, size: int) -> bytes:
        self._left -= size
        if offset + size > self._size or self._left < 0:
            raise _Damaged
        data = self._source(offset, size)
        if len(data) != size:
            raise _Damaged
        return data

    def _unpack(self, layout: str, data: bytes) -> tuple[int, ...]:
        return struct.unpack(self._order + layout, data)

    def _try(self, part: Callable[[], T]) -> T | None:
        try:
            return part()
        except _Damaged:
            return None


def _named(system: str | None, code: int, flags: int, information: tuple[int, ...]) -> tuple[str, str | None]:
    """The name of the exception, and that of its code if it has one."""
    if system in {"macOS", "iOS"}:
        name = crash_codes.MACH.get(code, f"0x{code:08x}")
        return name, crash_codes.MACH_CODES.get((name, flags))
    if system and not system.startswith("Windows"):
        name = crash_codes.SIGNALS.get(code, f"signal {code}")
        return name, crash_codes.SIGNAL_CODES.get((name, flags)) or crash_codes.ANY_SIGNAL_CODES.get(flags)
    name = crash_codes.WINDOWS.get(code, f"0x{code:08x}")
    if name in _ACCESS_VIOLATIONS and information and information[0] in crash_codes.WINDOWS_ACCESS:
        name = f"{name}_{crash_codes.WINDOWS_ACCESS[information[0]]}"
    return name, None
