from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections import deque

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.edge.decode import content_encoding
from ingest.edge.decode.content_encoding import Stream, zstd
from ingest.edge.errors import BadEncoding, TooLarge, UnsupportedEncoding
from tests.lib.chunks import cut

MIB = 1024 * 1024


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


ENCODERS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "raw deflate": raw_deflate,
    "br": lambda data: brotli.compress(data, quality=3),
    "zstd": zstd.compress,
    "identity": bytes,
}


def decode(
    encoding: str, chunks: list[bytes], *, max_encoded: int = 64 * MIB, max_decoded: int = 64 * MIB
) -> bytes:
    stream = Stream(encoding.removeprefix("raw "), max_encoded=max_encoded, max_decoded=max_decoded)
    decoded = b"".join(piece for chunk in chunks for piece in stream.feed(chunk))
    stream.close()
    return decoded


@pytest.mark.parametrize("encoding", ENCODERS)
@given(data=st.binary(max_size=4000), sizes=st.lists(st.integers(0, 500), max_size=8))
def test_any_chunking_gives_back_the_data(encoding: str, data: bytes, sizes: list[int]) -> None:
    assert decode(encoding, cut(ENCODERS[encoding](data), sizes)) == data


@pytest.mark.parametrize("encoding", ENCODERS)
def test_a_large_body_gives_back_the_data(encoding: str) -> None:
    data = b"".join(b"%d" % number for number in range(100_000))
    packed = ENCODERS[encoding](data)
    assert decode(encoding, [packed]) == decode(encoding, cut(packed, [70_000, 1])) == data


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_several_parts_end_to_end(encoding: str) -> None:
    packed = ENCODERS[encoding](b"first, ") + ENCODERS[encoding](b"second")
    assert decode(encoding, [packed]) == b"first, second"
    assert decode(encoding, [bytes([byte]) for byte in packed]) == b"first, second"


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_thousands_of_tiny_parts_are_refused(encoding: str) -> None:
    with pytest.raises(BadEncoding):
        decode(encoding, [ENCODERS[encoding](b"") * (content_encoding.MAX_MEMBERS + 1)])


@pytest.mark.parametrize("name", ["", "identity", "UTF-8", " Identity "])
def test_names_of_no_encoding(name: str) -> None:
    assert decode(name, [b"as ", b"it is"]) == b"as it is"


def test_names_are_matched_in_any_case() -> None:
    assert decode("GZIP", [gzip.compress(b"x")]) == b"x"


@pytest.mark.parametrize("name", ["lzma", "gzip, br", "compress"])
def test_an_unknown_encoding_is_refused(name: str) -> None:
    with pytest.raises(UnsupportedEncoding):
        decode(name, [b""])


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "raw deflate", "br", "zstd"])
def test_a_truncated_body_is_refused(encoding: str) -> None:
    packed = ENCODERS[encoding](bytes(range(256)) * 20)
    for end in (1, 2, len(packed) // 2, len(packed) - 1):
        with pytest.raises(BadEncoding):
            decode(encoding, [packed[:end]])


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_nonsense_is_refused(encoding: str) -> None:
    with pytest.raises(BadEncoding):
        decode(encoding, [b"\xff\xfe this is no compressed data \xff" * 10])


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "raw deflate", "br", "zstd"])
def test_bytes_after_the_end_are_refused(encoding: str) -> None:
    with pytest.raises(BadEncoding):
        decode(encoding, [ENCODERS[encoding](b"data"), b"and more"])
    with pytest.raises(BadEncoding):
        decode(encoding, [ENCODERS[encoding](b"data") + b"and more"])


@given(encoding=st.sampled_from(["gzip", "deflate", "br", "zstd"]), data=st.binary(max_size=300))
def test_garbage_raises_nothing_but_bad_encoding(encoding: str, data: bytes) -> None:
    try:
        decode(encoding, [data])
    except BadEncoding:
        pass


def reference(encoding: str, data: bytes) -> bytes | None:
    """What the libraries' own one-shot decoders return; None if they fail or if there are bytes after the end."""
    try:
        if encoding == "gzip":
            return gzip.decompress(data)
        if encoding == "br":
            return brotli.decompress(data)
        if encoding == "zstd":
            return zstd.decompress(data)
        stream = zlib.decompressobj(15 if encoding == "deflate" else -15)
        decoded = stream.decompress(data)
        return decoded if stream.eof and not stream.unused_data else None
    except (zlib.error, OSError, EOFError, brotli.error, zstd.ZstdError):
        return None


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "raw deflate", "br", "zstd"])
@given(
    data=st.binary(max_size=300),
    changes=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=3),
    end=st.none() | st.integers(0, 300),
    more=st.sampled_from([b"", b"x", b"again"]),
    sizes=st.lists(st.integers(0, 40), max_size=8),
)
def test_damage_is_detected_like_by_the_reference_decoders(
    encoding: str,
    data: bytes,
    changes: list[tuple[int, int]],
    end: int | None,
    more: bytes,
    sizes: list[int],
) -> None:
    packed = bytearray(ENCODERS[encoding](data))
    for at, value in changes:
        packed[at % len(packed)] = value
    damaged = bytes(packed[:end]) + (ENCODERS[encoding](data) if more == b"again" else more)
    if encoding == "raw deflate" and streams_reads_zlib(damaged):
        return  # the two bytes that tell raw from zlib were made to say the other
    expected = reference(encoding, damaged) if damaged else b""
    try:
        found = decode(encoding, cut(damaged, sizes))
    except (BadEncoding, TooLarge):
        assert expected is None or (encoding == "deflate" and not streams_reads_zlib(damaged))
    else:
        assert found == expected or (encoding == "deflate" and not streams_reads_zlib(damaged))


def streams_reads_zlib(data: bytes) -> bool:
    return len(data) >= 2 and data[0] & 15 == 8 and int.from_bytes(data[:2], "big") % 31 == 0


@pytest.mark.parametrize("encoding", ENCODERS)
def test_the_limits_are_exact(encoding: str) -> None:
    data = b"0123456789" * 1000
    packed = ENCODERS[encoding](data)
    assert decode(encoding, [packed], max_encoded=len(packed), max_decoded=len(data)) == data
    with pytest.raises(TooLarge):
        decode(encoding, [packed], max_decoded=len(data) - 1)
    with pytest.raises(TooLarge):
        decode(encoding, [packed[:50], packed[50:]], max_encoded=len(packed) - 1)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_is_never_unpacked_beyond_the_limit(encoding: str) -> None:
    bomb = ENCODERS[encoding](bytes(64 * MIB))
    stream = Stream(encoding, max_encoded=MIB, max_decoded=MIB)
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            deque(stream.feed(bomb), maxlen=0)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert stream.decoded <= MIB + 2 * content_encoding.PIECE
    assert peak < 2 * MIB


def test_a_frame_that_demands_much_memory_is_refused() -> None:
    # A zstd frame header that declares a window of 128 MiB, and nothing else.
    with pytest.raises(BadEncoding):
        decode("zstd", [bytes.fromhex("28b52ffd0088") + bytes(20)])
