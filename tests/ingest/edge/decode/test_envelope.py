from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.edge.decode import envelope
from ingest.edge.decode.envelope import Parser
from ingest.edge.errors import BadEnvelope, Refused, TooLarge
from tests.lib.chunks import cut

KEEP = {"event"}


@dataclass
class Item:
    """A sink that keeps everything."""

    type: str
    headers: dict[str, Any]
    length: int | None
    pieces: list[bytes] = field(default_factory=list)

    def write(self, data: bytes) -> None:
        assert data
        self.pieces.append(data)

    @property
    def payload(self) -> bytes:
        return b"".join(self.pieces)


def parse(data: bytes, sizes: list[int] | None = None) -> tuple[dict[str, Any], list[Item], dict[str, int]]:
    """(the header, the items whose type is in KEEP, the number of others by type)"""
    items: list[Item] = []
    skipped: Counter[str] = Counter()

    def begin(header: dict[str, Any], kind: str, headers: dict[str, Any], length: int | None) -> Item | None:
        if kind not in KEEP:
            skipped[kind] += 1
            return None
        items.append(Item(kind, headers, length))
        return items[-1]

    parser = Parser(begin)
    for chunk in cut(data, sizes or []):
        parser.feed(chunk)
    parser.close()
    assert parser.header is not None
    return parser.header, items, dict(skipped)


text = st.text(st.characters(codec="utf-8"), max_size=20)
values = st.dictionaries(text, text | st.integers(-(2**53), 2**53) | st.booleans() | st.none(), max_size=3)


@st.composite
def an_item(draw: st.DrawFn) -> tuple[str, bytes, bytes]:
    """(type, payload, the item as it is written)"""
    kind = draw(st.sampled_from(["event", "session", "attachment", "étrange"]))
    counted = draw(st.booleans())
    payload = draw(st.binary(max_size=200))
    header: dict[str, Any] = {**draw(values), "type": kind}
    if counted:
        header["length"] = len(payload)
    else:
        header.pop("length", None)
        payload = payload.replace(b"\n", b" ")
    written = json.dumps(header, ensure_ascii=draw(st.booleans())).encode() + b"\n" + payload
    return kind, payload, written


@given(
    header=values,
    items=st.lists(an_item(), max_size=5),
    final=st.booleans(),
    blank=st.sampled_from([b"", b"\n", b" \n\t"]),
    sizes=st.lists(st.integers(0, 60), max_size=40),
)
def test_round_trip_in_any_chunking(
    header: dict[str, Any], items: list[Any], final: bool, blank: bytes, sizes: list[int]
) -> None:
    data = json.dumps(header).encode() + b"\n" + (b"\n" + blank).join(written for _, _, written in items)
    if final and items:
        data += b"\n"
    found, kept, skipped = parse(data, sizes)
    assert found == header
    assert [item.payload for item in kept] == [payload for kind, payload, _ in items if kind == "event"]
    assert sum(skipped.values()) == sum(kind != "event" for kind, _, _ in items)


@given(
    data=st.binary(max_size=300),
    prefix=st.sampled_from([b"", b"{}\n", b'{}\n{"type":"event"}\n']),
    cut=st.integers(0, 300),
)
def test_chunking_never_changes_the_verdict(data: bytes, prefix: bytes, cut: int) -> None:
    def verdict(sizes: list[int]) -> object:
        try:
            header, items, skipped = parse(prefix + data, sizes)
            return header, [(item.headers, item.payload) for item in items], skipped
        except Refused as refusal:
            return type(refusal)

    assert verdict([]) == verdict([cut]) == verdict([1] * 320)


def test_an_empty_body_is_not_an_envelope() -> None:
    for body in (b"", b"\n", b"  \n "):
        with pytest.raises(BadEnvelope):
            parse(body)


@pytest.mark.parametrize("header", [b"{}", b"{}\n", b'{"event_id":null}', b"\n\n{}"])
def test_a_header_alone_is_an_envelope(header: bytes) -> None:
    assert parse(header)[1:] == ([], {})


@pytest.mark.parametrize(
    "header", [b"[]", b"null", b"text", b"{} \n", b"{}\r\n", b"{", b'{"a":}\n', b"{}{}\n", b'"{}"', b"\xff\n"]
)
def test_a_header_is_one_object_on_a_line_of_its_own(header: bytes) -> None:
    with pytest.raises(BadEnvelope):
        parse(header)


def test_a_header_may_hold_half_a_surrogate() -> None:
    data = b'{}\n{"type":"attachment","filename":"\\ud83d","length":1}\nx'
    assert parse(data)[2] == {"attachment": 1}


@pytest.mark.parametrize(
    ("written", "payload"),
    [
        (b'{"type":"event","length":3}\nabc', b"abc"),
        (b'{"type":"event","length":3}\nabc\n', b"abc"),
        (b'{"type":"event","length":3}\na\nc\n', b"a\nc"),
        (b'{"type":"event"}\nabc\n', b"abc"),
        (b'{"type":"event"}\nabc', b"abc"),
        (b'{"type":"event"}\nabc\r\n', b"abc\r"),
        (b'{"type":"event","length":null}\nabc', b"abc"),
        (b'{"type":"event"}', b""),
        (b'{"type":"event"}\n', b""),
        (b'{"type":"event","length":0}', b""),
        (b'{"type":"event","length":0}\n\n', b""),
    ],
)
def test_where_a_payload_ends(written: bytes, payload: bytes) -> None:
    for sizes in ([], [1] * 60):
        assert [item.payload for item in parse(b"{}\n" + written, sizes)[1]] == [payload]


@pytest.mark.parametrize(
    "written",
    [
        b'{"type":"event","length":4}\nabc',
        b'{"type":"session","length":4}\nabc',
        b'{"type":"event","length":2}\nabc\n',
        b'{"type":"event","length":3}\nabc\r\n',
        b'{"type":"event","length":3}',
        b'{"type":"event","length":-1}\nabc',
        b'{"type":"event","length":"3"}\nabc',
        b'{"type":"event","length":3.0}\nabc',
        b'{"type":"event","length":true}\na',
        b'{"type":"session","length":1180591620717411303424}\nabc',
        b'{"length":3}\nabc',
        b'{"type":7}\nabc',
        b'{"type":null}\nabc',
        b"[]\nabc",
        b'{"type":"event"}\r\nabc',
        b'{"type":"event","length":3}\nabc\n\n',
        b'{"type":"event"}\nabc\nnonsense',
    ],
)
def test_malformed_items_make_the_envelope_malformed(written: bytes) -> None:
    for sizes in ([], [1] * 60):
        with pytest.raises(BadEnvelope):
            parse(b"{}\n" + written, sizes)


def test_too_many_items() -> None:
    item = b'{"type":"session"}\n{}\n'
    assert parse(b"{}\n" + item * envelope.MAX_ITEMS)[2] == {"session": envelope.MAX_ITEMS}
    with pytest.raises(BadEnvelope):
        parse(b"{}\n" + item * (envelope.MAX_ITEMS + 1))


def test_a_sink_may_refuse_after_it_has_seen_the_headers() -> None:
    class Full(Exception):
        pass

    class Small:
        size = 0

        def write(self, data: bytes) -> None:
            self.size += len(data)
            if self.size > 1000:
                raise Full

    asked: list[tuple[Any, ...]] = []

    def begin(*item: Any) -> Small:
        asked.append(item)
        return Small()

    for header in (b'{"type":"event","a":1}', b'{"type":"event","a":1,"length":1001}'):
        parser = Parser(begin)
        parser.feed(b"{}\n" + header + b"\n" + b"x" * 1000)
        with pytest.raises(Full):
            parser.feed(b"x")
    assert asked == [
        ({}, "event", {"type": "event", "a": 1}, None),
        ({}, "event", {"type": "event", "a": 1, "length": 1001}, 1001),
    ]


def test_the_parser_keeps_no_payload() -> None:
    for sink in (None, Counting()):
        parser = Parser(lambda *item, sink=sink: sink)
        parser.feed(b'{}\n{"type":"attachment","length":100000000}\n')
        for _ in range(100):
            parser.feed(b"x" * 1_000_000)
        assert parser._parts == []
        parser.close()
        assert sink is None or sink.size == 100_000_000


class Counting:
    size = 0

    def write(self, data: bytes) -> None:
        self.size += len(data)


@pytest.mark.parametrize("before", [b"", b"{}\n"])
def test_a_header_has_a_limit(before: bytes) -> None:
    header = b'{"a":"' + b"x" * envelope.MAX_HEADER_BYTES
    for sizes in ([], [1000] * 70):
        with pytest.raises(TooLarge):
            parse(before + header, sizes)
