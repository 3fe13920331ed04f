"""Decodes request bodies as they arrive: gzip, deflate (zlib and raw), br, zstd. Pure.

No decoder returns more than a piece at a time, so a decompression bomb costs no more than unpacking up to the limit.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import brotli

from ingest.edge.errors import BadEncoding, TooLarge, UnsupportedEncoding

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PIECE = 64 * 1024
# The largest window that RFC 9659 allows zstd as a Content-Encoding (as a power of two): 8 MiB.
ZSTD_WINDOW_LOG = 23
# Opening a member or frame costs more than sending its few bytes, and no client needs many.
MAX_MEMBERS = 100


class Decoder(Protocol):
    """Decodes pieces of at most PIECE bytes into pieces of about PIECE bytes."""

    def decode(self, data: bytes) -> Iterator[bytes]: ...

    def finished(self) -> bool: ...


class _Identity:
    def decode(self, data: bytes) -> Iterator[bytes]:
        yield data

    def finished(self) -> bool:
        return True


class _Members:
    """Several compressed streams one after the other, which gzip and zstd allow."""

    def __init__(self, opener: Callable[[], Any]) -> None:
        self._opener = opener
        self._stream: Any = None
        self._members = 0

    def _pieces(self, data: bytes) -> Iterator[bytes]:
        raise NotImplementedError

    def decode(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._stream is None:
                if self._members:
                    data = data.lstrip(b"\0")  # zero padding after a member, which gzip(1) accepts, too
                    if not data:
                        return
                self._members += 1
                if self._members > MAX_MEMBERS:
                    raise BadEncoding("the body has too many compressed parts")
                self._stream = self._opener()
            yield from self._pieces(data)
            if not self._stream.eof:
                return
            data = self._stream.unused_data
            self._stream = None

    def finished(self) -> bool:
        return self._stream is None and self._members > 0


class _Zlib(_Members):
    def _pieces(self, data: bytes) -> Iterator[bytes]:
        stream = self._stream
        while True:
            piece = stream.decompress(data, PIECE)
            if piece:
                yield piece
            data = stream.unconsumed_tail
            # After a full piece zlib may hold more output, even if it has consumed all input.
            if stream.eof or (not data and len(piece) < PIECE):
                return


class _Zstd(_Members):
    def _pieces(self, data: bytes) -> Iterator[bytes]:
        stream = self._stream
        while True:
            piece = stream.decompress(data, PIECE)
            if piece:
                yield piece
            if stream.eof or stream.needs_input:
                return
            data = b""


class _Deflate:
    """`deflate` is zlib by the standard, but some clients send it raw: the first two bytes tell which it is."""

    def __init__(self) -> None:
        self._head = b""
        self._stream: Any = None

    def decode(self, data: bytes) -> Iterator[bytes]:
        if self._stream is None:
            self._head += data
            if len(self._head) < 2:
                return
            data, self._head = self._head, b""
            zlib_header = data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0
            self._stream = zlib.decompressobj(15 if zlib_header else -15)
        stream = self._stream
        while not stream.eof:
            piece = stream.decompress(data, PIECE)
            if piece:
                yield piece
            data = stream.unconsumed_tail
            if not data and len(piece) < PIECE:
                break
        if stream.eof and (data or stream.unused_data):
            raise BadEncoding("the body continues after its compressed data")

    def finished(self) -> bool:
        return self._stream is not None and self._stream.eof


class _Brotli:
    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    def decode(self, data: bytes) -> Iterator[bytes]:
        stream = self._stream
        if not data:
            return
        if stream.is_finished():
            raise BadEncoding("the body continues after its compressed data")
        piece = stream.process(data, output_buffer_limit=PIECE)
        while True:
            if piece:
                yield piece
            # All input is consumed, but there is output left until an empty piece.
            if stream.is_finished() or (stream.can_accept_more_data() and not piece):
                return
            piece = stream.process(b"", output_buffer_limit=PIECE)

    def finished(self) -> bool:
        return bool(self._stream.is_finished())


def _zstd() -> Decoder:
    limit: dict[int, int] = {zstd.DecompressionParameter.window_log_max: ZSTD_WINDOW_LOG}
    return _Zstd(lambda: zstd.ZstdDecompressor(options=limit))


_DECODERS: dict[str, Callable[[], Decoder]] = {
    "": _Identity,
    "identity": _Identity,
    "utf-8": _Identity,  # old clients send the charset here
    "gzip": lambda: _Zlib(lambda: zlib.decompressobj(31)),
    "x-gzip": lambda: _Zlib(lambda: zlib.decompressobj(31)),
    "deflate": _Deflate,
    "br": _Brotli,
    "zstd": _zstd,
}


def plain(encoding: str) -> bool:
    """Whether a Content-Encoding of this value does not change the body."""
    return _DECODERS.get(encoding.strip().lower()) is _Identity


def window(encoding: str, first: int) -> int:
    """Bytes of memory that the decoder of a body with this first byte may take; 0 if they are too few to count."""
    if not encoding:
        return 0
    decoder = _DECODERS.get(encoding.strip().lower())
    if decoder is _Brotli:
        return _brotli_window(first)
    return 1 << ZSTD_WINDOW_LOG if decoder is _zstd else 0


def _brotli_window(first: int) -> int:
    """The window size in the first bits of a brotli stream (RFC 7932, 9.1)."""
    if not first & 1:
        return 1 << 16
    if bits := first >> 1 & 7:
        return 1 << 17 + bits
    return 1 << (8 + more if (more := first >> 4 & 7) > 1 else 17)


class Stream:
    """Decodes one body.

    `encoding` is the value of its Content-Encoding; an unknown one raises UnsupportedEncoding. `max_encoded` and
    `max_decoded` are the most bytes that `feed` accepts and returns in total; beyond either it raises TooLarge.
    """

    def __init__(self, encoding: str, *, max_encoded: int, max_decoded: int) -> None:
        try:
            self._decoder = _DECODERS[encoding.strip().lower()]()
            #: Whether the bytes stay as they are.
            self.plain = type(self._decoder) is _Identity
        except KeyError:
            raise UnsupportedEncoding(
                "this Content-Encoding is not supported: use gzip, deflate, br or zstd"
            ) from None
        self._max_encoded = max_encoded
        self._max_decoded = max_decoded
        self.encoded = 0
        self.decoded = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The decoded pieces of the next bytes. Raises BadEncoding if they cannot be decoded."""
        self.encoded += len(data)
        if self.encoded > self._max_encoded:
            raise TooLarge.than(self._max_encoded, "the body")
        # Decoders copy their unconsumed input at each call: small pieces keep that cheap.
        pieces = (
            (data,) if len(data) <= PIECE else (data[at : at + PIECE] for at in range(0, len(data), PIECE))
        )
        try:
            for piece in pieces:
                for decoded in self._decoder.decode(piece):
                    self.decoded += len(decoded)
                    if self.decoded > self._max_decoded:
                        raise TooLarge.than(self._max_decoded, "the decompressed body")
                    yield decoded
        except (zlib.error, brotli.error, zstd.ZstdError, EOFError) as error:
            raise BadEncoding("the body cannot be decoded with its Content-Encoding") from error

    def close(self) -> None:
        """End the body. Raises BadEncoding if the compressed data is truncated."""
        if not self._decoder.finished() and self.encoded:
            raise BadEncoding("the compressed body is truncated")
