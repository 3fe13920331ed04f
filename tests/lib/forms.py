"""Builds multipart forms, as clients upload attachments and crash dumps with them."""

from __future__ import annotations

from tests.lib.minidumps import Dump

BOUNDARY = b"-----Boundary-x"
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY.decode()}"}
BASE = 0x7F00_0000_0000


def a_form(parts: list[tuple[str, bytes]], boundary: bytes = BOUNDARY) -> bytes:
    """The body of a form. `parts` are (headers, content)."""
    body = b"".join(
        b"--%b\r\n%b\r\n\r\n%b\r\n" % (boundary, headers.encode(), content) for headers, content in parts
    )
    return body + b"--%b--\r\n" % boundary


def field(name: str, more: str = "") -> str:
    """The headers of a part; `more` is added to its Content-Disposition."""
    return f'Content-Disposition: form-data; name="{name}"{more}'


def a_file(name: str, content: bytes, filename: str = "app.log") -> tuple[str, bytes]:
    """A part with a text file."""
    return field(name, f'; filename="{filename}"') + "\r\nContent-Type: text/plain", content


def a_dump(padding: int = 0) -> bytes:
    """A small minidump with a thread and a module at BASE, and `padding` more bytes."""
    dump = Dump(threads={7: "main"})
    dump.modules = [("/opt/game/game", BASE, 0x5000, dump.build_id(b"\1" * 20))]
    return bytes(dump) + bytes(padding)


def dump_part(data: bytes, filename: str = "902af510.dmp") -> tuple[str, bytes]:
    """A part with a minidump, named as SDKs name it."""
    disposition = field("upload_file_minidump", f'; filename="{filename}"')
    return disposition + "\r\nContent-Type: application/octet-stream", data
