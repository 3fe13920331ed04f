"""A bounded push reader of multipart/form-data around python-multipart. Pure: bytes in, parts out, any chunking."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from urllib.parse import unquote

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from ingest.edge.errors import BadEnvelope, TooLarge

# It warns of every broken form, which any client can send at will; the refusal says as much.
logging.getLogger("python_multipart").setLevel(logging.CRITICAL)

MAX_PARTS = 1000
MAX_HEADERS_BYTES = 16 * 1024
# RFC 5987's spelling, which RFC 7578 forbids in forms and urllib3 before 2.0 sends all the same.
_EXTENDED_NAME = re.compile(r"""filename\*\s*=\s*"?(?:utf-8|iso-8859-1)'[^']*'([^;"]*)""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """Where a part begins: bytes of it follow, then an End. `filename` is None for a plain field."""

    name: str
    filename: str | None
    content_type: str


@dataclass(frozen=True, slots=True)
class End:
    """Where a part ends."""


Piece = Part | bytes | End
_END = End()


def boundary(content_type: str) -> bytes | None:
    """The boundary that a Content-Type of multipart/form-data names; None of other types or without one."""
    kind, options = parse_options_header(content_type)
    return (options.get(b"boundary") or None) if kind == b"multipart/form-data" else None


class Reader:
    """Feed it a body's bytes; it returns what they are of which part.

    Raises BadEnvelope on broken grammar and TooLarge past MAX_PARTS or MAX_HEADERS_BYTES of a part.
    """

    def __init__(self, boundary: bytes) -> None:
        self._pieces: list[Piece] = []
        self._headers: dict[bytes, bytes] = {}
        self._name = self._value = b""
        self._size = self._parts = 0
        self._ended = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._field,
                    "on_header_value": self._of_field,
                    "on_header_end": self._header,
                    "on_headers_finished": self._started,
                    "on_part_data": self._data,
                    "on_part_end": self._finished,
                    "on_end": self._all,
                },
                max_header_count=32,
            )
        except FormParserError as error:
            raise BadEnvelope(f"the form's boundary cannot be used: {error}") from None

    def feed(self, data: bytes) -> list[Piece]:
        """Takes the next bytes, returns what they complete."""
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise BadEnvelope(f"the form is broken: {str(error)[:200]}") from None
        pieces, self._pieces = self._pieces, []
        return pieces

    def close(self) -> None:
        """Says that no more comes. Raises BadEnvelope when the form's end is missing."""
        if not self._ended:
            raise BadEnvelope("the form is cut short")

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise TooLarge(f"the form has more than {MAX_PARTS} parts")
        self._headers = {}
        self._size = 0

    def _field(self, data: bytes, start: int, end: int) -> None:
        self._name += self._taken(data, start, end)

    def _of_field(self, data: bytes, start: int, end: int) -> None:
        self._value += self._taken(data, start, end)

    def _taken(self, data: bytes, start: int, end: int) -> bytes:
        self._size += end - start
        if self._size > MAX_HEADERS_BYTES:
            raise TooLarge(f"the headers of a form's part are larger than {MAX_HEADERS_BYTES} bytes")
        return data[start:end]

    def _header(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def _started(self) -> None:
        disposition = self._headers.get(b"content-disposition", b"")
        _, options = parse_options_header(disposition)
        filename = options.get(b"filename")
        name = None if filename is None else _text(filename)
        if extended := _EXTENDED_NAME.search(disposition.decode("latin-1")):
            name = unquote(extended[1], errors="replace")
        content_type = self._headers.get(b"content-type", b"").strip()
        self._pieces.append(Part(_text(options.get(b"name", b"")), name, _text(content_type)))

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._pieces.append(data[start:end])

    def _finished(self) -> None:
        self._pieces.append(_END)

    def _all(self) -> None:
        self._ended = True


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
