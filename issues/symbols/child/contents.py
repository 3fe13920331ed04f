"""The bytes of a file that a process has passed to the child."""

from __future__ import annotations

import mmap
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from issues.symbols.answers import Unreadable

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_BLOCK_BYTES = 1 << 20
_DESCRIPTORS = "/proc/self/fd" if sys.platform.startswith("linux") else "/dev/fd"
_DAMAGED = "The stored file is damaged."


@dataclass(frozen=True, slots=True)
class Contents:
    """An open file: `size` is the length of what is in it without compression, `is_compressed` says that it is zstd."""

    descriptor: int
    size: int
    is_compressed: bool

    def read(self, most: int) -> bytes:
        """Everything. Raises Unreadable for more than `most` bytes, and when the file is not as long as it should be."""
        self._check(most)
        if not self.is_compressed:
            found = b"".join(self._blocks())
        else:
            found = b"".join(self._decompressed())
        if len(found) != self.size:
            raise Unreadable(_DAMAGED)
        return found

    @contextmanager
    def path(self, most: int) -> Iterator[str]:
        """A path at which the file can be opened while inside, without compression. As `read`, it raises Unreadable."""
        self._check(most)
        if not self.is_compressed:
            yield f"{_DESCRIPTORS}/{self.descriptor}"
            return
        with tempfile.TemporaryFile() as whole:
            self._copy(whole)
            yield f"{_DESCRIPTORS}/{whole.fileno()}"

    def _copy(self, whole: IO[bytes]) -> None:
        length = 0
        try:
            for block in self._decompressed():
                length += len(block)
                whole.write(block)
            whole.flush()
        except OSError as error:
            raise OSError(error.errno, f"a temporary file cannot be written: {error.strerror}") from None
        if length != self.size:
            raise Unreadable(_DAMAGED)

    def _check(self, most: int) -> None:
        if self.size > most:
            raise Unreadable(f"It is larger than {most >> 20} MiB.")

    def _blocks(self) -> Iterator[bytes]:
        at = 0
        while at <= self.size and (block := os.pread(self.descriptor, _BLOCK_BYTES, at)):
            at += len(block)
            yield block

    def _decompressed(self) -> Iterator[bytes]:
        """Pieces of at most _BLOCK_BYTES; never more than one byte past `size` in all."""
        if not (length := os.fstat(self.descriptor).st_size):
            return
        left = self.size + 1
        with mmap.mmap(self.descriptor, length, access=mmap.ACCESS_READ) as stored:
            decompressor = zstd.ZstdDecompressor()
            at = 0
            try:
                while left > 0:
                    given = b""
                    if decompressor.needs_input:
                        given = stored[at : at + _BLOCK_BYTES]
                        at += len(given)
                    block = decompressor.decompress(given, min(_BLOCK_BYTES, left))
                    left -= len(block)
                    if block:
                        yield block
                    if decompressor.eof:
                        if not (rest := len(decompressor.unused_data)) and at >= length:
                            return
                        at -= rest
                        decompressor = zstd.ZstdDecompressor()
                    elif at >= length and not block and decompressor.needs_input:
                        raise Unreadable(_DAMAGED)
            except zstd.ZstdError:
                raise Unreadable(_DAMAGED) from None


def only(files: Sequence[Contents | None]) -> Contents:
    """The one file of a question. Raises ValueError for a question that has another number of them."""
    if len(files) != 1 or files[0] is None:
        raise ValueError("a question about one file")
    return files[0]
