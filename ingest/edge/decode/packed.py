"""Unpacks a file that is compressed with gzip, xz, bzip2 or zstd, as its bytes arrive. Pure."""

from __future__ import annotations

import bz2
import lzma
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ingest.edge.decode.content_encoding import PIECE, ZSTD_WINDOW_LOG
from ingest.edge.errors import BadEncoding

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# The most memory that xz may take: enough for files compressed with the default settings of the xz program.
XZ_BYTES = 10 * 1024 * 1024
# Opening one of several concatenated streams costs more than sending its few bytes.
MAX_STREAMS = 100


class _Gzip:
    """zlib's decompressor with the interface of the other decompressors."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(31)
        self._full = False

    def decompress(self, data: bytes, max_length: int) -> bytes:
        piece = self._stream.decompress(self._stream.unconsumed_tail + data, max_length)
        self._full = len(piece) == max_length
        return piece

    @property
    def needs_input(self) -> bool:
        return not self._stream.unconsumed_tail and not self._full

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def unused_data(self) -> bytes:
        return self._stream.unused_data


def _xz() -> Any:
    return lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=XZ_BYTES)


def _zstd() -> Any:
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: ZSTD_WINDOW_LOG})


@dataclass(frozen=True, slots=True)
class Packing:
    """A compression format: makes a decompressor, which may take `window` bytes of memory (0: too few to count).

    A byte that it unpacks is `units` of work.
    """

    open: Callable[[], Any]
    window: int
    units: int = 1


# By the first bytes of a file.
_PACKINGS = {
    b"\x1f\x8b": Packing(_Gzip, 0),
    b"\xfd7zXZ\x00": Packing(_xz, XZ_BYTES, units=2),
    b"BZh": Packing(bz2.BZ2Decompressor, 4 * 1024 * 1024, units=2),
    b"\x28\xb5\x2f\xfd": Packing(_zstd, 1 << ZSTD_WINDOW_LOG),
}
# As many bytes as it takes to recognize any of them.
HEAD_BYTES = 6


def packing(head: bytes) -> Packing | None:
    """How a file that starts with `head` is compressed; None if it is not."""
    return next((found for magic, found in _PACKINGS.items() if head.startswith(magic)), None)


class Unpacker:
    """A streaming decompressor. Returns pieces of at most PIECE bytes, so that a decompression bomb costs no more than
    the caller reads of it.
    """

    def __init__(self, packing: Packing) -> None:
        self._packing = packing
        self.units = packing.units
        self._stream: Any = None
        self._streams = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The unpacked pieces of the next bytes. Raises BadEncoding."""
        try:
            while data:
                if self._stream is None:
                    if self._streams and not data.strip(b"\0"):
                        return  # padding
                    self._streams += 1
                    if self._streams > MAX_STREAMS:
                        raise BadEncoding("the compressed file has too many parts")
                    self._stream = self._packing.open()
                piece = self._stream.decompress(data, PIECE)
                while piece or not (self._stream.eof or self._stream.needs_input):
                    if piece:
                        yield piece
                    if self._stream.eof:
                        break
                    piece = self._stream.decompress(b"", PIECE)
                if not self._stream.eof:
                    return
                data, self._stream = self._stream.unused_data, None
        except (
            zlib.error,
            lzma.LZMAError,
            zstd.ZstdError,
            OSError,
            EOFError,
            MemoryError,
            ValueError,
        ) as error:
            raise BadEncoding(f"the compressed file cannot be unpacked: {str(error)[:100]}") from error

    def close(self) -> None:
        """End the file. Raises BadEncoding if it is truncated."""
        if self._stream is not None:
            raise BadEncoding("the compressed file is truncated")
