"""A streaming reader of multipart/form-data with limits, around python-multipart. Pure."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from urllib.parse import unquote

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from ingest.edge.errors import BadEnvelope, TooLarge

# It logs a warning for each malformed form, which any client may send; the error answer says the same.
logging.getLogger("python_multipart").setLevel(logging.CRITICAL)

MAX_PARTS = 1000
MAX_HEADERS_BYTES = 16 * 1024
# Of the headers of all parts together. Parts have two or three, of a hundred bytes.
MAX_ALL_HEADERS_BYTES = 256 * 1024
_MAX_HEADERS = 16
# About how many bytes can be read slowly in the time that a part and one of its headers take.
_PART_BYTES, _HEADER_BYTES = 200, 40
# The syntax of RFC 5987, which RFC 7578 forbids in forms; urllib3 before 2.0 sends it nevertheless.
_EXTENDED_NAME = re.compile(r"""filename\*\s*=\s*"?(?:utf-8|iso-8859-1)'[^']*'([^;"]*)""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """The start of a part. Its bytes follow, then an End. `filename` is None for a plain field."""

    name: str
    filename: str | None
    content_type: str


@dataclass(frozen=True, slots=True)
class End:
    """The end of a part."""


Piece = Part | bytes | End
_END = End()


def boundary(content_type: str) -> bytes | None:
    """The boundary in a Content-Type of multipart/form-data; None for other types, or if there is none."""
    kind, options = parse_options_header(content_type)
    return (options.get(b"boundary") or None) if kind == b"multipart/form-data" else None


class Reader:
    """Splits a body into parts, whatever chunks it comes in.

    Raises BadEnvelope for a malformed form, and TooLarge for more than MAX_PARTS parts, MAX_HEADERS_BYTES of headers
    in one of them, or MAX_ALL_HEADERS_BYTES in all of them.

    `slow_bytes` is how many bytes were read slowly so far, or could have been in the time that was spent.
    """

    def __init__(self, boundary: bytes) -> None:
        self._pieces: list[Piece] = []
        self._headers: dict[bytes, bytes] = {}
        self._name = self._value = b""
        self._size = self._all_sizes = self._parts = 0
        self.slow_bytes = 0
        self._ended = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._part_begin,
                    "on_header_field": self._field_name,
                    "on_header_value": self._field_value,
                    "on_header_end": self._header_end,
                    "on_headers_finished": self._headers_end,
                    "on_part_data": self._part_data,
                    "on_part_end": self._part_end,
                    "on_end": self._form_end,
                },
                max_header_count=_MAX_HEADERS,
            )
        except FormParserError as error:
            raise BadEnvelope(f"the form's boundary is invalid: {error}") from None

    def feed(self, data: bytes) -> list[Piece]:
        """What the next bytes contain: starts and ends of parts, and the bytes between them."""
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise BadEnvelope(f"the form is malformed: {str(error)[:200]}") from None
        pieces, self._pieces = self._pieces, []
        return pieces

    def close(self) -> None:
        """End the body. Raises BadEnvelope if the end of the form is missing."""
        if not self._ended:
            raise BadEnvelope("the form is truncated")

    def _part_begin(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise TooLarge(f"the form has more than {MAX_PARTS} parts")
        self.slow_bytes += _PART_BYTES
        self._headers = {}
        self._size = 0

    def _field_name(self, data: bytes, start: int, end: int) -> None:
        self._name += self._taken(data, start, end)

    def _field_value(self, data: bytes, start: int, end: int) -> None:
        self._value += self._taken(data, start, end)

    def _taken(self, data: bytes, start: int, end: int) -> bytes:
        self._size += end - start
        if self._size > MAX_HEADERS_BYTES:
            raise TooLarge.than(MAX_HEADERS_BYTES, "the header of a part")
        self._all_sizes += end - start
        if self._all_sizes > MAX_ALL_HEADERS_BYTES:
            raise TooLarge.than(MAX_ALL_HEADERS_BYTES, "the header of all parts together")
        return data[start:end]

    def _header_end(self) -> None:
        self.slow_bytes += _HEADER_BYTES
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def _headers_end(self) -> None:
        disposition = self._headers.get(b"content-disposition", b"")
        _, options = parse_options_header(disposition)
        filename = options.get(b"filename")
        name = None if filename is None else _text(filename)
        if extended := _EXTENDED_NAME.search(disposition.decode("latin-1")):
            name = unquote(extended[1], errors="replace")
        content_type = self._headers.get(b"content-type", b"").strip()
        self._pieces.append(Part(_text(options.get(b"name", b"")), name, _text(content_type)))

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        self._pieces.append(data[start:end])

    def _part_end(self) -> None:
        self._pieces.append(_END)

    def _form_end(self) -> None:
        self._ended = True


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
