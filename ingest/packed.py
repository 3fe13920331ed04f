"""A file that may itself be packed (gzip, xz, bzip2, zstd), unpacked as its bytes arrive. Pure."""

from __future__ import annotations

import bz2
import lzma
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from ingest.errors import BadEncoding
from ingest.streams import PIECE, ZSTD_WINDOW_LOG

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# What a decoder may look back on: enough for xz and zstd as their programs pack by default.
XZ_BYTES = 10 * 1024 * 1024
# Streams end to end: each costs more to open than its bytes to send.
MAX_STREAMS = 1000
_LONGEST_MAGIC = 6


class _Gzip:
    """zlib's decompressor with the interface that the others share."""

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


# How such a file starts -> what reads it, and what that needs to look back on.
_PACKINGS: dict[bytes, tuple[Callable[[], Any], int]] = {
    b"\x1f\x8b": (_Gzip, 0),
    b"\xfd7zXZ\x00": (_xz, XZ_BYTES),
    b"BZh": (bz2.BZ2Decompressor, 4 * 1024 * 1024),
    b"\x28\xb5\x2f\xfd": (_zstd, 1 << ZSTD_WINDOW_LOG),
}


class Unpacker:
    """Feed it a file's bytes; it hands out what is in there, or the bytes themselves when they are not packed.

    No piece is larger than PIECE or what was fed, so that a bomb costs what its taker takes. Raises BadEncoding.
    """

    def __init__(self) -> None:
        #: Memory that the decoder needs at most, in bytes; it takes no more than it has handed out.
        self.window = 0
        #: Bytes handed out.
        self.unpacked = 0
        self._head = b""
        self._opener: Callable[[], Any] | None = None
        self._known = False
        self._stream: Any = None
        self._streams = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What the next bytes unpack to."""
        if not self._known:
            self._head += data
            if len(self._head) < _LONGEST_MAGIC:
                return
            data = self._recognised()
        yield from self._unpacked(data)

    def close(self) -> Iterator[bytes]:
        """Says that no more comes; what was held back until now. Raises BadEncoding when the file is cut short."""
        if not self._known:
            yield from self._unpacked(self._recognised())
        if self._stream is not None:
            raise BadEncoding("the packed file is cut short")

    def _recognised(self) -> bytes:
        data, self._head = self._head, b""
        self._known = True
        for magic, (opener, window) in _PACKINGS.items():
            if data.startswith(magic):
                self._opener, self.window = opener, window
        return data

    def _unpacked(self, data: bytes) -> Iterator[bytes]:
        if self._opener is None:
            if data:
                yield data
            return
        try:
            while data:
                if self._stream is None:
                    if self._streams and not data.strip(b"\0"):
                        return  # padding
                    self._streams += 1
                    if self._streams > MAX_STREAMS:
                        raise BadEncoding("the packed file has too many parts")
                    self._stream = self._opener()
                piece = self._stream.decompress(data, PIECE)
                while piece or not (self._stream.eof or self._stream.needs_input):
                    if piece:
                        self.unpacked += len(piece)
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
            raise BadEncoding("the packed file cannot be unpacked") from error
