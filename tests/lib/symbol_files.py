"""Files for issues.symbols: source maps and what else is looked up in, as bytes in memory."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

from issues.record.codec import zstd
from issues.symbols.child.contents import Contents

DATA = Path(__file__).parents[1] / "data/symbols"
#: Of `outer.so`: lib.c is `inner`, which is inlined in line 2 of `outer`, compiled with gcc -g -O1.
ELF = DATA / "outer.so"
ELF_ID = "67452301-ab89-efcd-0123-456789abcdef"
PROGUARD = b"""# compiler: R8
com.example.Main -> a.b.c:
    1:3:void com.example.Helper.inlined(int):10:12 -> a
    1:3:void run():20 -> a
    4:4:void run():25:25 -> a
    void other() -> b
    void other(int) -> b
com.example.Sync$Inner -> a.b.d:
# {"id":"sourceFile","fileName":"Sync.kt"}
    1:1:void go():7:7 -> a
"""


def of_format(name: str) -> bytes:
    """A debug file of data/symbols/formats, where README.md lists them."""
    with tarfile.open(DATA / "formats/till.tar.xz") as archive:
        file = archive.extractfile(name)
        assert file is not None
        return file.read()


def source_map(**members: Any) -> bytes:
    """A map of one source of three lines: column 1 of line 1 is `foo` in line 1, column 6 is line 2, line 2 is line 3."""
    whole = {"version": 3, "sources": ["src/a.js"], "names": ["foo"], "mappings": "AAAAA,KACA;AACA"}
    return json.dumps(whole | members).encode()


def source_bundle(files: dict[str, object], method: int = zipfile.ZIP_DEFLATED, **entries: bytes) -> bytes:
    """As sentry-cli writes it: `SYSB` and a version before the zip file."""
    whole = io.BytesIO()
    whole.write(b"SYSB\x02\0\0\0")
    with zipfile.ZipFile(whole, "a", method) as archive:
        archive.writestr("manifest.json", json.dumps({"files": files}))
        for name, data in entries.items():
            archive.writestr(name, data)
    return whole.getvalue()


class Stored:
    """A file of an upload, as issues.symbols.client takes it."""

    def __init__(self, data: bytes, *, is_compressed: bool = True, in_memory: bool = False) -> None:
        self.sha256 = hashlib.sha256(data).hexdigest()
        self.size = len(data)
        self.is_compressed = is_compressed
        self.bytes = zstd.compress(data) if is_compressed else data
        self.in_memory = in_memory
        self.opened = 0

    def open(self) -> BinaryIO:
        self.opened += 1
        if self.in_memory:
            return io.BytesIO(self.bytes)
        file = tempfile.TemporaryFile()  # noqa: SIM115
        file.write(self.bytes)
        file.flush()
        return file  # type: ignore[return-value]


def contents(data: bytes, *, is_compressed: bool = False) -> Contents:
    """As the child gets it: open, in a file of its own. The descriptor is left to the end of the process."""
    descriptor = os.memfd_create("file")
    os.write(descriptor, zstd.compress(data) if is_compressed else data)
    return Contents(descriptor, len(data), is_compressed)
