"""Reads zip files that strangers made: bounded in entries, bytes and ratio, and never to a path on a disk."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from issues.artifacts.content import BadUpload
from rustrak.lib import wording

#: What a zip file may have: its directory is read into memory.
MOST_ENTRIES = 20_000
#: What its files may take, one and all of them.
MOST_BYTES_OF_ONE, MOST_BYTES = 256 * 1024 * 1024, 1024 * 1024 * 1024
#: So much may unpack from any zip file, and beyond that so many times its size: text packs to a tenth or less, a bomb to a thousandth.
_SMALL, _MOST_RATIO = 64 * 1024 * 1024, 200
_BLOCK = 64 * 1024
# APPNOTE.TXT 6.3.10, sections 4.3.16, 4.3.15 and 4.3.12.
_END, _END_SIZE = b"PK\x05\x06", 22
_LOCATOR, _LOCATOR_SIZE = b"PK\x06\x07", 20
_ENTRY, _ENTRY_SIZE = b"PK\x01\x02", 46
# Of the names, times and places of all entries, in bytes.
_MOST_DIRECTORY = 16 * 1024 * 1024


class ZipFiles:
    """The files in a zip file, by their names."""

    def __init__(self, archive: zipfile.ZipFile, size: int) -> None:
        self._archive = archive
        self._left = min(MOST_BYTES, max(_SMALL, size * _MOST_RATIO))
        self._entries: dict[str, zipfile.ZipInfo] = {}
        for entry in archive.infolist():
            if entry.is_dir():
                continue
            if entry.filename in self._entries:
                raise BadUpload(f"The zip file has two files with the name “{_shown(entry.filename)}”.")
            self._entries[entry.filename] = entry

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def size(self, name: str) -> int:
        """In bytes, as the zip file says: `copy` writes so many or raises."""
        return self._entries[name].file_size

    def read(self, name: str, most: int) -> bytes:
        """The bytes of a file of at most `most` bytes. Raises BadUpload."""
        entry = self._checked(name, most)
        with _damage(name), self._archive.open(entry) as file:
            return file.read()

    def copy(self, name: str, into: IO[bytes]) -> int:
        """Write the bytes of a file, and return how many. Raises BadUpload."""
        entry = self._checked(name, MOST_BYTES_OF_ONE)
        written = 0
        with _damage(name), self._archive.open(entry) as file:
            while block := file.read(_BLOCK):
                into.write(block)
                written += len(block)
        return written

    def _checked(self, name: str, most: int) -> zipfile.ZipInfo:
        """The entry of a file that may be read. Its size is what the directory says: zipfile reads no more than that of any file."""
        entry = self._entries[name]
        shown = _shown(name)
        if entry.flag_bits & 0x41:
            raise BadUpload(f"“{shown}” in the zip file is encrypted.")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise BadUpload(
                f"“{shown}” in the zip file is compressed with method {entry.compress_type}. Only deflate is supported."
            )
        if entry.external_attr >> 28 == 0o12:
            raise BadUpload(f"“{shown}” in the zip file is a symbolic link.")
        if entry.file_size > most:
            raise BadUpload(
                f"“{shown}” in the zip file has {wording.size(entry.file_size)}. At most {wording.size(most)} are allowed."
            )
        self._left -= entry.file_size
        if self._left < 0:
            raise BadUpload(
                f"The files in the zip file take too much space: at most {wording.size(MOST_BYTES)}, and at most {_MOST_RATIO} times "
                f"the size of the zip file where they take more than {wording.size(_SMALL)}."
            )
        return entry


@contextmanager
def opened(file: IO[bytes], what: str) -> Iterator[ZipFiles]:
    """The files in a zip file, which may have anything before it. `what` names it in the reasons of BadUpload: “The bundle”."""
    size = file.seek(0, 2)
    _check_directory(file, size, what)
    try:
        # Names are UTF-8 whether the flag says so or not: the build plugins do not set it.
        archive = zipfile.ZipFile(file, metadata_encoding="utf-8")
    except UnicodeDecodeError:
        raise BadUpload(f"{what} has a file whose name is not UTF-8.") from None
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, struct.error) as error:
        raise BadUpload(f"{what} is not a zip file that can be read: {_reason(error)}.") from error
    with archive:
        yield ZipFiles(archive, size)


def is_zip(file: IO[bytes]) -> bool:
    """Whether a file begins as zip files do that have something in them."""
    file.seek(0)
    return file.read(4) == b"PK\x03\x04"


def _check_directory(file: IO[bytes], size: int, what: str) -> None:
    """Raise BadUpload for a zip file whose directory takes too much memory. What its end says of it may be a lie: entries are counted.

    Comments at the end and zip64 are refused: no client needs them, and without them zipfile reads exactly the directory that is
    checked here.
    """
    cut = f"{what} is cut off, or is not a zip file: its end is missing."
    too_many = f"{what} has too many files: {wording.number(MOST_ENTRIES)} are allowed."
    start = max(0, size - _END_SIZE - _LOCATOR_SIZE)
    file.seek(start)
    end = file.read()[-_END_SIZE:]
    if len(end) != _END_SIZE or end[:4] != _END or end[-2:] != b"\0\0":
        raise BadUpload(cut)
    count, length = struct.unpack_from("<HL", end, 10)
    if count > MOST_ENTRIES or length > _MOST_DIRECTORY:
        raise BadUpload(too_many)
    file.seek(start)
    if file.read(len(_LOCATOR)) == _LOCATOR:
        raise BadUpload(f"{what} is in the format zip64, which is not supported.")
    if length > size - _END_SIZE:
        raise BadUpload(cut)
    file.seek(size - _END_SIZE - length)
    directory = file.read(length)
    at = count = 0
    while directory[at : at + 4] == _ENTRY and at + _ENTRY_SIZE <= length:
        at += _ENTRY_SIZE + sum(struct.unpack_from("<HHH", directory, at + 28))
        count += 1
        if count > MOST_ENTRIES:
            raise BadUpload(too_many)


@contextmanager
def _damage(name: str) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, struct.error) as error:
        raise BadUpload(
            f"“{_shown(name)}” in the zip file cannot be read: {_reason(error)}. Was it cut off?"
        ) from error


def _reason(error: Exception) -> str:
    return str(error).replace("\n", " ")[:150].rstrip(".") or type(error).__name__


def _shown(name: str) -> str:
    return name if len(name) <= 120 else f"{name[:119]}…"
