"""Decodes the body of a store request: JSON, or base64(zlib(JSON)) as old SDKs send it. Pure."""

from __future__ import annotations

import binascii
import zlib
from collections.abc import Iterator

from ingest.edge.decode.content_encoding import PIECE
from ingest.edge.errors import BadEnvelope
from ingest.ledger.outcomes import Reason

_MARK = b"\xef\xbb\xbf"


class Base64Zlib:
    """A streaming decoder. The first byte that is not blank decides whether the body is JSON or packed.

    Raises BadEnvelope if the body is neither.
    """

    def __init__(self) -> None:
        self._plain: bool | None = None
        # The beginning of a body that is blank so far, of which a byte order mark matters; and its size.
        self._start = b""
        self._blank = 0
        self._quartet = b""
        self._stream = zlib.decompressobj()

    @property
    def packed(self) -> bool:
        """Whether the body is packed, as far as its first byte tells."""
        return self._plain is False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The JSON in the next bytes, in pieces of at most PIECE bytes if it was packed."""
        if self._plain is None:
            data = self._start + data
            start = data.removeprefix(_MARK).lstrip(b" \t\r\n")[:1]
            if not start or _MARK.startswith(data):
                self._blank += len(data) - len(self._start)
                if self._blank > PIECE:
                    raise self._refusal()
                self._start = data[:4]
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
        """End the body. Raises BadEnvelope if it is truncated."""
        if self._plain is None or (not self._plain and (self._quartet or not self._stream.eof)):
            raise self._refusal()

    @staticmethod
    def _refusal() -> BadEnvelope:
        return BadEnvelope("the body is not a JSON object", Reason.MALFORMED_JSON)
