"""What the edge reads takes time in proportion to its size, whatever strangers put into it."""

from __future__ import annotations

import base64
import bz2
import gc
import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import brotli
import msgpack
import pytest

from ingest.edge import auth, embed
from ingest.edge.decode import (
    check_in_url,
    content_encoding,
    json_object,
    multipart,
    packed,
    security_reports,
    user_report,
)
from ingest.edge.decode.base64_zlib import Base64Zlib
from ingest.edge.decode.content_encoding import zstd
from ingest.edge.decode.envelope import Parser
from ingest.edge.decode.top_level import TopLevel
from ingest.edge.errors import Refused
from ingest.edge.native import crash_event, form_fields, minidump
from tests.lib.growth import assert_linear

MIB = 1024 * 1024
LARGEST = 1 << 15

#: JSON and what resembles it, of about `n` repetitions.
JSON: dict[str, Callable[[int], bytes]] = {
    "open": lambda n: b'{"a":' + b"[" * n,
    "deep": lambda n: b'{"a":' + b"[" * n + b"]" * n + b"}",
    "nests": lambda n: b'{"a":[' + b"[[[[[[1]]]]]]," * n + b"1]}",
    "ladder": lambda n: b'{"a":' + (b"[" + b"[]," * 100) * (n // 50),
    "lists": lambda n: b'{"a":[' + b"[]," * n + b"1]}",
    "nan": lambda n: b'{"a":[NaN,' + b"[]," * n + b"1]}",
    "nan_text": lambda n: b"NaN" * n,
    "objects": lambda n: b'{"a":[' + b'{"a":{}},' * n + b"1]}",
    "wide": lambda n: b"{" + b",".join(b'"A%d":%d' % (i, i) for i in range(n)) + b"}",
    "same_key": lambda n: b"{" + b'"a":1,' * n + b'"a":2}',
    "digits": lambda n: b'{"a":' + b"7" * n + b"}",
    "many_digits": lambda n: b'{"a":[' + b"7" * 4000 + b",7" * n + b"]}",
    "floats": lambda n: b'{"a":[' + b"1e999," * n + b"1]}",
    "strings": lambda n: b"{" + b'"",' * n + b"}",
    "quotes": lambda n: b'{"' + b'"' * n,
    "escapes": lambda n: b'{"a":"' + b"\\\\" * n + b'"}',
    "escaped_quotes": lambda n: b'{"a":"' + b'\\"' * n,
    "surrogates": lambda n: b'{"a":"' + b"\\ud83d" * n + b'"}',
    "not_utf8": lambda n: b'{"a":"' + b"\xff\xf0" * n + b'"}',
    "nul": lambda n: b'{"a":"' + b"\0" * n + b'"}',
    "blank": lambda n: b" \n" * n + b"{}",
    "utf16": lambda n: ('{"a":"' + "x" * n + '"}').encode("utf-16"),
    "long_name": lambda n: b'{"' + b"aB" * n + b'":1}',
}


@pytest.fixture(autouse=True, scope="module")
def frozen() -> Iterator[None]:
    """As in a web worker: collecting garbage does not look at what was loaded at the start."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def in_pieces(data: bytes, size: int = 65536) -> Iterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


class Sink:
    def write(self, data: bytes) -> None:
        pass


def envelope(data: bytes) -> None:
    parser = Parser(lambda *item: Sink(), lambda *item: None)
    for piece in in_pieces(data):
        parser.feed(piece)
    parser.close()


def top_level(data: bytes) -> None:
    scan = TopLevel({"event_id"})
    for piece in in_pieces(data):
        scan.feed(piece)


def reports(data: bytes) -> None:
    for body in (data, b'{"csp-report":%b}' % data, b'[{"type":"csp-violation","body":%b}]' % data):
        with suppress(Refused):
            for report in security_reports.reports(body):
                if isinstance(report, dict):
                    security_reports.event(report, release="", environment="", user_agent="")


def check_in(data: bytes) -> None:
    for query, body in ((data, b"status=ok"), (b"status=ok", data), (b"duration=" + data, b"status=ok")):
        with suppress(Refused):
            check_in_url.read("nightly", query, body)


def feedback(data: bytes) -> None:
    text = data.decode("latin-1")
    with suppress(Refused):
        user_report.read({"comments": text, "email": text, "name": text}, "a" * 32)


def one_field(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    form_fields.event([("sentry", text), ("sentry__1", text), (f"sentry{text}", text), (text, "1")])


def credentials(data: bytes) -> None:
    for value in (data, b"Sentry " + data, b"Basic " + data, b"DSN " + data, b"Sentry sentry_key " + data):
        auth.credentials({b"x-sentry-auth": value, b"authorization": value}, value)
    auth.key_in_dsn(data.decode("latin-1"))


def dialog(data: bytes) -> None:
    with suppress(Refused):
        embed.script(embed.parameters(b"name=" + data), "https://errors.example.org")
    embed.project_in_dsn(data.decode("latin-1"))


READERS: dict[str, Callable[[bytes], object]] = {
    reader.__name__: reader
    for reader in (
        envelope, top_level, reports, check_in, feedback, one_field, credentials, dialog,
        json_object.parse, json_object.parse_exactly, json_object.tolerated_texts,
    )
}  # fmt: skip


@pytest.mark.parametrize("shape", JSON)
@pytest.mark.parametrize("reader", READERS)
def test_texts(reader: str, shape: str) -> None:
    def work(data: bytes) -> None:
        with suppress(Refused):
            READERS[reader](data)

    assert_linear(JSON[shape], work, smallest=LARGEST // 4, largest=LARGEST)


ENVELOPES: dict[str, Callable[[int], bytes]] = {
    "items": lambda n: b"{}\n" + b'{"type":"x"}\n\n' * n,
    "lines": lambda n: b'{}\n{"type":"event"}\n' + b"\n" * n,
    "headers": lambda n: b"{}\n" + b'{"type":"x","a":"%b"}\n\n' % (b"a" * 100) * n,
    "counted": lambda n: b"{}\n" + b'{"type":"event","length":1}\nx\n' * n,
    "one_header": lambda n: b'{"a":"' + b"x" * n,
    "nan_headers": lambda n: b"{}\n" + b'{"a":[NaN,%b1],"type":"x"}\n\n' % (b"[]," * 1000) * (n // 16),
}


@pytest.mark.parametrize("stride", [13, 65536])
@pytest.mark.parametrize("shape", ENVELOPES)
def test_envelopes(shape: str, stride: int) -> None:
    def work(data: bytes) -> None:
        parser = Parser(lambda *item: Sink(), lambda *item: None)
        with suppress(Refused):
            for piece in in_pieces(data, stride):
                parser.feed(piece)
            parser.close()

    assert_linear(ENVELOPES[shape], work, smallest=LARGEST // 16, largest=LARGEST)


EMPTY_ZSTD = zstd.compress(b"")
WIDE_ZSTD = {zstd.CompressionParameter.window_log: 23}
COMPRESSED: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "members": ("gzip", lambda n: gzip.compress(b"") * n),
    "padding": ("gzip", lambda n: gzip.compress(b"x") + b"\0" * n * 16),
    "empty_blocks": ("gzip", lambda n: b"\x1f\x8b\x08\0\0\0\0\0\0\3" + b"\0\0\0\xff\xff" * n),
    "gzip_bomb": ("gzip", lambda n: gzip.compress(bytes(n * 64))),
    "gzip_name": ("gzip", lambda n: b"\x1f\x8b\x08\x08\0\0\0\0\0\3" + b"a" * n * 16),
    "deflate_bomb": ("deflate", lambda n: zlib.compress(bytes(n * 64))),
    "brotli_bomb": ("br", lambda n: brotli.compress(bytes(n * 64), quality=3)),
    "brotli_blocks": ("br", lambda n: b"\x0b" + b"\x06" * n * 16),
    "frames": ("zstd", lambda n: EMPTY_ZSTD * n),
    "wide_frames": ("zstd", lambda n: zstd.compress(b"x", options=WIDE_ZSTD) * min(n, 1000)),
    "skippable": ("zstd", lambda n: b"\x50\x2a\x4d\x18\0\0\0\0" * n),
    "zstd_blocks": ("zstd", lambda n: b"\x28\xb5\x2f\xfd\x00\x68" + b"\0\0\0" * n * 16),
    "zstd_bomb": ("zstd", lambda n: zstd.compress(bytes(n * 64))),
}


@pytest.mark.parametrize("shape", COMPRESSED)
def test_bodies(shape: str) -> None:
    encoding, make = COMPRESSED[shape]

    def work(data: bytes) -> None:
        stream = content_encoding.Stream(encoding, max_encoded=100 * MIB, max_decoded=100 * MIB)
        with suppress(Refused):
            for piece in in_pieces(data):
                for _ in stream.feed(piece):
                    pass

    assert_linear(make, work, smallest=LARGEST // 16, largest=LARGEST)


FILES: dict[str, Callable[[int], bytes]] = {
    "gzip": lambda n: gzip.compress(bytes(n * 64)),
    "xz": lambda n: lzma.compress(bytes(n * 64)),
    "bzip2": lambda n: bz2.compress(bytes(n * 64)),
    "zstd": lambda n: zstd.compress(bytes(n * 64)),
    "gzip_members": lambda n: gzip.compress(b"") * n,
    "xz_streams": lambda n: lzma.compress(b"") * n,
    "bzip2_streams": lambda n: bz2.compress(b"") * n,
}


@pytest.mark.parametrize("shape", FILES)
def test_packed_files(shape: str) -> None:
    def work(data: bytes) -> None:
        found = packed.packing(data)
        assert found is not None
        unpacker = packed.Unpacker(found)
        with suppress(Refused):
            for piece in in_pieces(data):
                for _ in unpacker.feed(piece):
                    pass

    assert_linear(FILES[shape], work, smallest=1024, largest=LARGEST // 4)


@pytest.mark.parametrize("stride", [7, 65536])
@pytest.mark.parametrize(
    "make",
    [
        lambda n: base64.b64encode(zlib.compress(bytes(n * 64))),
        lambda n: b" " * n + b"{}",
        lambda n: b"eJ" + b"\n" * n,
    ],
    ids=["bomb", "blank", "newlines"],
)
def test_base64(make: Callable[[int], bytes], stride: int) -> None:
    def work(data: bytes) -> None:
        decoder = Base64Zlib()
        with suppress(Refused):
            for piece in in_pieces(data, stride):
                for _ in decoder.feed(piece):
                    pass

    assert_linear(make, work, smallest=LARGEST // 16, largest=LARGEST)


def a_part(headers: bytes, body: bytes = b"1") -> bytes:
    return b'--x\r\nContent-Disposition: form-data; name="a"' + headers + b"\r\n\r\n" + body + b"\r\n"


FORMS: dict[str, Callable[[int], bytes]] = {
    "parts": lambda n: a_part(b"") * n,
    "headers": lambda n: a_part(b"\r\na:b" * n),
    "long_header": lambda n: a_part(b"\r\na:" + b"b" * n),
    "header_of_each": lambda n: a_part(b"\r\na:" + b"b" * 2000) * (n // 64),
    "parameters": lambda n: a_part(b'; a="b"' * n),
    "quoted": lambda n: a_part(b'; filename="' + b'\\"' * n),
    "extended": lambda n: a_part(b"; filename*=" * n),
    "continued": lambda n: a_part(b"".join(b"; filename*%d=a" % i for i in range(n))),
    "preamble": lambda n: b"\r\n" * n,
    "epilogue": lambda n: a_part(b"") + b"--x--\r\n" + b"\r\n" * n,
    "lookalikes": lambda n: a_part(b"", b"\r\n--" * n),
    "dashes": lambda n: a_part(b"", b"-" * n),
    "returns": lambda n: a_part(b"", b"\r" * n),
}


@pytest.mark.parametrize("stride", [9, 65536])
@pytest.mark.parametrize("shape", FORMS)
def test_forms(shape: str, stride: int) -> None:
    def work(data: bytes) -> None:
        with suppress(Refused):
            reader = multipart.Reader(b"x")
            for piece in in_pieces(data, stride):
                reader.feed(piece)

    assert_linear(FORMS[shape], work, smallest=LARGEST // 16, largest=LARGEST)


def test_content_types() -> None:
    for text in ("multipart/form-data; boundary=" + "x" * 7, "; a=b" * 7, '"' * 7, "a/b;" + " " * 7):
        assert_linear(lambda n, text=text: text * n, multipart.boundary, largest=1 << 12)  # type: ignore[misc]


FIELDS: dict[str, Callable[[int], list[tuple[str, str]]]] = {
    "objects": lambda n: [
        ("sentry", '{"w":{%s}}' % ",".join(f'"{i}":1' for i in range(n))),  # noqa: UP031
        *[(f"sentry___{i}", '{"w":{"a":1}}') for i in range(n)],
    ],
    "nested": lambda n: [("sentry" + "[a]" * n, "1")],
    "many_nested": lambda n: [(f"sentry[w][{i}]", "1") for i in range(n)],
    "brackets": lambda n: [("sentry" + "[" * n, "1")],
    "chunks": lambda n: [(f"sentry__{i % 10_000}", '{"a":') for i in range(n)],
    "others": lambda n: [(f"field{i}", "1") for i in range(n)],
    "same": lambda n: [("a", "1")] * n,
}


@pytest.mark.parametrize("shape", FIELDS)
def test_fields(shape: str) -> None:
    assert_linear(FIELDS[shape], form_fields.event, smallest=1024, largest=1 << 14)


def nest(n: int) -> bytes:
    return b"\x81\xa1a" + b"\xdc\x0f\xf0" + (b"\xdc\x00\xf0" + b"\x90" * 240) * min(n, 4080)


PACKED: dict[str, Callable[[int], bytes]] = {
    "lists": nest,
    "values": lambda n: b"\x90" * n,
    "deep": lambda n: b"\x91" * n,
    "maps": lambda n: b"\x81\xa1a" * n,
    "numbers": lambda n: b"\x81\xa1a" + msgpack.packb(list(range(min(n, 4000)))) * min(n, 64),
    "bytes": lambda n: b"\x81\xa1a" + msgpack.packb(b"\xff" * n),
    "text": lambda n: b"\x81\xa1a" + msgpack.packb("x" * n),
    "timestamps": lambda n: b"".join(
        msgpack.packb({"timestamp": "x" * 100, "n": i}) for i in range(min(n, 2000))
    ),
    "extensions": lambda n: b"\x81\xa1a\xdc\x0f\xff" + b"\xd4\x05\x00" * 4095,
}


@pytest.mark.parametrize("shape", PACKED)
def test_msgpack(shape: str) -> None:
    def work(data: bytes) -> None:
        form_fields.unpacked_event(data)
        form_fields.unpacked_breadcrumbs([data, data])

    assert_linear(PACKED[shape], work, smallest=LARGEST // 16, largest=LARGEST)


def a_stream(kind: int, count: int, data: bytes) -> bytes:
    """A minidump with one stream of `count` entries."""
    head = b"MDMP" + (0).to_bytes(4, "little") + (1).to_bytes(4, "little") + (32).to_bytes(4, "little")
    head = head.ljust(32, b"\0")
    directory = b"".join(number.to_bytes(4, "little") for number in (kind, len(data) + 4, 44))
    return head + directory + count.to_bytes(4, "little") + data


@pytest.mark.parametrize("kind", [3, 4, 24])
@pytest.mark.parametrize("byte", [b"\0", b"\x20", b"\xff"])
def test_minidumps(kind: int, byte: bytes) -> None:
    def work(data: bytes) -> Any:
        found = minidump.read(lambda at, length: data[at : at + length], len(data))
        return crash_event.event({}, found)

    assert_linear(lambda n: a_stream(kind, n, byte * 108 * n), work, smallest=64, largest=1 << 13)
