"""Bounded decoding of request bodies, as the bytes arrive: gzip, deflate (zlib and raw), br, zstd. Pure.

No decoder ever hands out more than a piece at a time, so a bomb costs what it has unpacked up to the limit.
"""

from __future__ import annotations

import binascii
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import brotli

from ingest.edge.errors import BadEncoding, BadEnvelope, TooLarge, UnsupportedEncoding
from ingest.ledger.outcomes import Reason

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PIECE = 64 * 1024
# What RFC 9659 asks of zstd as a Content-Encoding: a frame may not demand more memory than this.
ZSTD_WINDOW_LOG = 23
# A member or frame costs more to open than its bytes to send; nobody sends many.
MAX_MEMBERS = 1000


class Decoder(Protocol):
    """Turns input pieces of at most PIECE bytes into output pieces of about PIECE bytes."""

    def decode(self, data: bytes) -> Iterator[bytes]: ...

    def finished(self) -> bool: ...


class _Identity:
    def decode(self, data: bytes) -> Iterator[bytes]:
        yield data

    def finished(self) -> bool:
        return True


class _Members:
    """Streams that may be several compressed streams end to end, the way gzip and zstd define it."""

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
                    data = data.lstrip(b"\0")  # padding of block devices, which gzip allows too
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
            # A full piece may leave output behind inside zlib even when all input was taken.
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
    """`deflate` is zlib by the standard and raw by habit: the first two bytes tell."""

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
            raise BadEncoding("the body goes on after its compressed data")

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
            raise BadEncoding("the body goes on after its compressed data")
        piece = stream.process(data, output_buffer_limit=PIECE)
        while True:
            if piece:
                yield piece
            # With all input taken there may still be output inside, until nothing more comes.
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
    "utf-8": _Identity,  # old clients name the charset here
    "gzip": lambda: _Zlib(lambda: zlib.decompressobj(31)),
    "x-gzip": lambda: _Zlib(lambda: zlib.decompressobj(31)),
    "deflate": _Deflate,
    "br": _Brotli,
    "zstd": _zstd,
}


def plain(encoding: str) -> bool:
    """Whether a Content-Encoding of this value leaves the body as it is."""
    return _DECODERS.get(encoding.strip().lower()) is _Identity


def window(encoding: str, first: int) -> int:
    """Bytes that the decoder of a body with this first byte may come to hold, as far as that is worth counting."""
    if not encoding:
        return 0
    decoder = _DECODERS.get(encoding.strip().lower())
    if decoder is _Brotli:
        return _brotli_window(first)
    return 1 << ZSTD_WINDOW_LOG if decoder is _zstd else 0


def _brotli_window(first: int) -> int:
    """What a brotli stream asks for in its first bits (RFC 7932, 9.1)."""
    if not first & 1:
        return 1 << 16
    if bits := first >> 1 & 7:
        return 1 << 17 + bits
    return 1 << (8 + more if (more := first >> 4 & 7) > 1 else 17)


class Stream:
    """A body on its way in.

    `encoding` is the Content-Encoding's value; unknown ones raise UnsupportedEncoding. `max_encoded` and
    `max_decoded` bound what `feed` takes and hands out in all; past either it raises TooLarge.
    """

    def __init__(self, encoding: str, *, max_encoded: int, max_decoded: int) -> None:
        try:
            self._decoder = _DECODERS[encoding.strip().lower()]()
        except KeyError:
            raise UnsupportedEncoding(
                "this Content-Encoding is not supported: use gzip, deflate, br or zstd"
            ) from None
        self._max_encoded = max_encoded
        self._max_decoded = max_decoded
        self.encoded = 0
        self.decoded = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The decoded pieces of the next bytes. Raises BadEncoding on bytes that cannot be decoded."""
        self.encoded += len(data)
        if self.encoded > self._max_encoded:
            raise TooLarge(f"the body is larger than {self._max_encoded} bytes")
        # Decoders copy what they have not taken yet, each time: small pieces keep that cheap.
        pieces = (
            (data,) if len(data) <= PIECE else (data[at : at + PIECE] for at in range(0, len(data), PIECE))
        )
        try:
            for piece in pieces:
                for decoded in self._decoder.decode(piece):
                    self.decoded += len(decoded)
                    if self.decoded > self._max_decoded:
                        raise TooLarge(f"the decompressed body is larger than {self._max_decoded} bytes")
                    yield decoded
        except (zlib.error, brotli.error, zstd.ZstdError, EOFError) as error:
            raise BadEncoding("the body cannot be decompressed as its Content-Encoding says") from error

    def close(self) -> None:
        """Says that no more comes. Raises BadEncoding when the compressed data is cut short."""
        if not self._decoder.finished() and self.encoded:
            raise BadEncoding("the compressed body is cut short")


class Base64Zlib:
    """JSON as it is, or out of base64(zlib(JSON)) as old clients send it: the first byte that is no blank tells.

    `feed` hands out pieces as Stream does. Raises BadEnvelope on what is neither.
    """

    def __init__(self) -> None:
        self._plain: bool | None = None
        self._blanks = b""
        self._quartet = b""
        self._stream = zlib.decompressobj()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The JSON in the next bytes."""
        if self._plain is None:
            data = self._blanks + data
            start = data.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")[:1]
            if not start:
                if len(data) > PIECE:
                    raise self._refusal()
                self._blanks = data
                return
            self._plain = start == b"{"
        if self._plain:
            yield data
            return
        text = self._quartet + data.translate(None, b" \t\r\n")
        end = len(text) & ~3
        self._quartet = text[end:]
        try:
            packed = binascii.a2b_base64(text[:end], strict_mode=True)
            while not self._stream.eof:
                piece = self._stream.decompress(packed, PIECE)
                if piece:
                    yield piece
                packed = self._stream.unconsumed_tail
                if not packed and len(piece) < PIECE:
                    return
        except (binascii.Error, zlib.error):
            raise self._refusal() from None

    def close(self) -> None:
        """Says that no more comes. Raises BadEnvelope when it is cut short."""
        if self._plain is None or (not self._plain and (self._quartet or not self._stream.eof)):
            raise self._refusal()

    @staticmethod
    def _refusal() -> BadEnvelope:
        return BadEnvelope("the body is no JSON object", Reason.MALFORMED_JSON)
