from __future__ import annotations

import base64
import zlib

from hypothesis import given
from hypothesis import strategies as st

from ingest.edge.decode.base64_zlib import Base64Zlib
from ingest.edge.errors import BadEnvelope
from tests.lib.chunks import cut


@given(
    data=st.binary(max_size=500),
    blanks=st.lists(st.integers(0, 800), max_size=5),
    sizes=st.lists(st.integers(0, 90), max_size=10),
)
def test_base64_of_zlib_in_any_chunking(data: bytes, blanks: list[int], sizes: list[int]) -> None:
    for event in (b'{"a":' + data, b"[" + data):
        text = base64.b64encode(zlib.compress(event))
        for at in blanks:
            text = text[: at % len(text)] + b"\n" + text[at % len(text) :]
        assert unpacked(cut(text, sizes)) == event
    assert unpacked(cut(b" {" + data, sizes)) == b" {" + data


@given(
    data=st.binary(max_size=200) | st.from_regex(rb"[A-Za-z0-9+/= ]{0,40}", fullmatch=True),
    size=st.integers(1, 50),
)
def test_what_is_neither_is_refused_in_any_chunking(data: bytes, size: int) -> None:
    def verdict(chunks: list[bytes]) -> object:
        try:
            return unpacked(chunks)
        except BadEnvelope:
            return BadEnvelope

    assert verdict([data]) == verdict([data[at : at + size] for at in range(0, len(data), size)])


def unpacked(chunks: list[bytes]) -> bytes:
    stream = Base64Zlib()
    found = b"".join(piece for chunk in chunks for piece in stream.feed(chunk))
    stream.close()
    return found
