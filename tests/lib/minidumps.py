"""Builds minidumps in either byte order, as Breakpad, Crashpad and Windows write them."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from uuid import UUID

LINUX, WINDOWS, MACOS = 0x8201, 2, 0x8101
X86, ARM, X86_64, ARM64 = 0, 5, 9, 12
# By processor: offset and size of the instruction pointer in a thread's context, and the context's size.
_POINTERS = {X86: (0xB8, 4, 716), ARM: (0x40, 4, 368), X86_64: (0xF8, 8, 1232), ARM64: (0x108, 8, 912)}
GUID = UUID("11223344-5566-7788-99aa-bbccddeeff00")


@dataclass
class Dump:
    """The contents of a minidump; `bytes(dump)` builds it. `modules` are (name, address, size, CodeView record)."""

    order: str = "<"
    platform: int = LINUX
    processor: int = X86_64
    version: tuple[int, int, int] = (6, 1, 7)
    build: str = ""
    timestamp: int = 1_795_000_000
    # thread, code, flags, address, information
    exception: tuple[int, int, int, int, tuple[int, ...]] | None = (7, 11, 1, 0xDEAD, ())
    instruction: int = 0x7F00_0000_1234
    modules: list[tuple[str, int, int, bytes]] = field(default_factory=list)
    threads: dict[int, str] = field(default_factory=dict)
    aligned: bool = False

    def __bytes__(self) -> bytes:
        streams = {7: self._system}
        if self.exception:
            streams[6] = self._exception
        if self.modules:
            streams[4] = self._modules
        if self.threads:
            streams |= {3: self._threads, 24: self._thread_names}
        head = 32 + 12 * len(streams)
        self._data = bytearray(head)
        directory = [(kind, *reversed(self._put(make()))) for kind, make in streams.items()]
        signature = b"MDMP" if self.order == "<" else b"PMDM"
        self._data[:32] = signature + self._pack("IIIIIQ", 0xA793, len(streams), 32, 0, self.timestamp, 0)
        self._data[32:head] = b"".join(self._pack("III", *entry) for entry in directory)
        return bytes(self._data)

    def rsds(self, file: str = "game.pdb", age: int = 1) -> bytes:
        """A CodeView record that identifies the module by GUID and age."""
        guid = GUID.bytes_le if self.order == "<" else GUID.bytes
        return self._pack("I", 0x53445352) + guid + self._pack("I", age) + file.encode() + b"\0"

    def build_id(self, build_id: bytes) -> bytes:
        """A CodeView record of Breakpad with an ELF build id."""
        return self._pack("I", 0x4270454C) + build_id

    def _pack(self, layout: str, *values: int) -> bytes:
        return struct.pack(self.order + layout, *values)

    def _put(self, data: bytes) -> tuple[int, int]:
        place = len(self._data)
        self._data += data
        return place, len(data)

    def _string(self, text: str) -> int:
        data = text.encode("utf-16-le" if self.order == "<" else "utf-16-be")
        return self._put(self._pack("I", len(data)) + data + b"\0\0")[0]

    def _system(self) -> bytes:
        build = self._string(self.build) if self.build else 0
        return (
            self._pack("HHHBBIIIII", self.processor, 6, 0, 8, 1, *self.version, self.platform, build)
            + b"\0" * 28
        )

    def _exception(self) -> bytes:
        assert self.exception
        thread, code, flags, address, information = self.exception
        offset, width, size = _POINTERS[self.processor]
        context = bytearray(size)
        context[offset : offset + width] = self._pack("I" if width == 4 else "Q", self.instruction)
        place, length = self._put(bytes(context))
        numbers = [*information, *[0] * (15 - len(information))]
        return self._pack(
            "IIIIQQII15QII", thread, 0, code, flags, 0, address, len(information), 0, *numbers, length, place
        )

    def _modules(self) -> bytes:
        entries = b""
        for name, address, size, record in self.modules:
            place, length = self._put(record)
            entries += self._pack("QIIII", address, size, 0, 0x5AB38077, self._string(name)) + b"\0" * 52
            entries += self._pack("IIIIQQ", length, place, 0, 0, 0, 0)
        return self._pack("I", len(self.modules)) + (b"\0" * 4 if self.aligned else b"") + entries

    def _threads(self) -> bytes:
        return self._pack("I", len(self.threads)) + b"".join(
            self._pack("I", thread) + b"\0" * 44 for thread in self.threads
        )

    def _thread_names(self) -> bytes:
        named = {thread: self._string(name) for thread, name in self.threads.items() if name}
        return self._pack("I", len(named)) + b"".join(self._pack("IQ", *pair) for pair in named.items())
