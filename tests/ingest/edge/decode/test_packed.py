from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.edge.decode.content_encoding import PIECE, zstd
from ingest.edge.decode.packed import Unpacker, packing
from ingest.edge.errors import BadEncoding

PACKERS: list[Callable[[bytes], bytes]] = [gzip.compress, lzma.compress, bz2.compress, zstd.compress]
MIB = 1024 * 1024


def unpacked(data: bytes, size: int = 0) -> bytes:
    found = packing(data)
    assert found is not None
    unpacker = Unpacker(found)
    pieces = []
    for at in range(0, len(data), size or len(data)):
        pieces += list(unpacker.feed(data[at : at + size] if size else data))
    unpacker.close()
    assert all(len(piece) <= PIECE for piece in pieces)
    return b"".join(pieces)


@given(st.sampled_from(PACKERS), st.binary(max_size=200), st.integers(1, 50), st.booleans())
def test_any_chunking(pack: Callable[[bytes], bytes], content: bytes, size: int, twice: bool) -> None:
    content = b"MDMP" + content
    packed = pack(content)
    if twice:
        packed, content = packed * 2, content * 2
    assert unpacked(packed, size) == unpacked(packed) == content


@pytest.mark.parametrize("pack", PACKERS)
def test_a_bomb_is_unpacked_in_pieces(pack: Callable[[bytes], bytes]) -> None:
    assert len(unpacked(pack(bytes(8 * MIB)))) == 8 * MIB


@pytest.mark.parametrize("pack", PACKERS)
def test_truncated_and_damaged_files(pack: Callable[[bytes], bytes]) -> None:
    packed = pack(b"MDMP" * 100)
    with pytest.raises(BadEncoding):
        unpacked(packed[:-3])
    with pytest.raises(BadEncoding):
        unpacked(packed[:8] + b"\xff" * 50)
    with pytest.raises(BadEncoding):
        unpacked(packed + b"more")
    assert unpacked(packed + b"\0" * 512) == b"MDMP" * 100


def test_xz_that_needs_too_much_memory() -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 512 * MIB}]
    with pytest.raises(BadEncoding):
        unpacked(lzma.compress(b"MDMP", filters=filters))


@given(st.sampled_from([b"\x1f\x8b", b"\xfd7zXZ\0", b"BZh9", b"\x28\xb5\x2f\xfd"]), st.binary(max_size=100), st.integers(1, 20))  # fmt: skip
def test_garbage(magic: bytes, data: bytes, size: int) -> None:
    try:
        unpacked(magic + data, size)
    except BadEncoding:
        pass


def test_what_is_packed() -> None:
    assert all(packing(pack(b"MDMP")) is not None for pack in PACKERS)
    assert all(packing(head) is None for head in (b"", b"M", b"MDMP", b"BZ", b"\x1f"))
