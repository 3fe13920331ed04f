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
from tests.lib.growth import assert_linear

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


Lost = list[tuple[str, str]]


def parse(data: bytes, sizes: list[int] | None = None) -> tuple[dict[str, Any], list[Item], dict[str, int]]:
    """(the header, the items whose type is in KEEP, the number of others by type), if all of them can be read"""
    header, items, skipped, lost = read(data, sizes)
    if lost:
        raise BadEnvelope(lost[0][1])
    return header, items, skipped


def read(
    data: bytes, sizes: list[int] | None = None
) -> tuple[dict[str, Any], list[Item], dict[str, int], Lost]:
    """As `parse`, with (type, why) of each item that cannot be read."""
    items: list[Item] = []
    skipped: Counter[str] = Counter()
    lost: Lost = []
    begun: list[str] = []

    def unreadable(kind: str, why: Refused, is_begun: bool) -> None:
        assert why.__traceback__ is None
        lost.append((kind, why.detail))
        if is_begun:
            assert begun[-1] == kind
            if kind in KEEP:
                items.pop()
            else:
                skipped[kind] -= 1

    def begin(header: dict[str, Any], kind: str, headers: dict[str, Any], length: int | None) -> Item | None:
        begun.append(kind)
        if kind not in KEEP:
            skipped[kind] += 1
            return None
        items.append(Item(kind, headers, length))
        return items[-1]

    parser = Parser(begin, unreadable)
    for chunk in cut(data, sizes or []):
        parser.feed(chunk)
    parser.close()
    assert parser.header is not None
    return parser.header, items, dict(+skipped), lost


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
            header, items, skipped, lost = read(prefix + data, sizes)
            return header, [(item.headers, item.payload) for item in items], skipped, lost
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
        b'{"type":"event"}\nabc\nnonsense',
    ],
)
def test_an_item_that_cannot_be_read_is_reported_once(written: bytes) -> None:
    for sizes in ([], [1] * 60):
        assert len(read(b"{}\n" + written, sizes)[3]) == 1


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
        parser = Parser(begin, unreadable)
        parser.feed(b"{}\n" + header + b"\n" + b"x" * 1000)
        with pytest.raises(Full):
            parser.feed(b"x")
    assert asked == [
        ({}, "event", {"type": "event", "a": 1}, None),
        ({}, "event", {"type": "event", "a": 1, "length": 1001}, 1001),
    ]


def test_the_parser_keeps_no_payload() -> None:
    for sink in (None, Counting()):
        parser = Parser(lambda *item, sink=sink: sink, unreadable)
        parser.feed(b'{}\n{"type":"attachment","length":100000000}\n')
        for _ in range(100):
            parser.feed(b"x" * 1_000_000)
        assert parser._parts == []
        parser.close()
        assert sink is None or sink.size == 100_000_000


def unreadable(kind: str, why: Refused, begun: bool) -> None:
    raise why


class Counting:
    size = 0

    def write(self, data: bytes) -> None:
        self.size += len(data)


def test_a_header_has_a_limit() -> None:
    header = b'{"a":"' + b"x" * envelope.MAX_HEADER_BYTES
    for sizes in ([], [1000] * 70):
        with pytest.raises(TooLarge):
            parse(header, sizes)
        ((kind, why),) = read(b"{}\n" + header, sizes)[3]
        assert (kind, why) == ("", "a header is larger than 65536 bytes")


BEFORE = b'{"type":"event","n":1}\n{"before":1}\n'
AFTER = b'{"type":"event"}\n{"after":1}\n'
LONG = b'{"type":"session","a":"' + b"x" * envelope.MAX_HEADER_BYTES + b'"}'


@pytest.mark.parametrize(
    ("bad", "kind"),
    [
        (b"not json\n{}\n", ""),
        (b"[]\n{}\n", ""),
        (b"null\n{}\n", ""),
        (b'"text"\n{}\n', ""),
        (b"{}\n{}\n", ""),
        (b'{"type":"session","length":NaN}\n{}\n', "session"),
        (b'{"type": "check_in", "length": 1e}\n{}\n', "check_in"),
        (b'{"type":"session","length":Infinity}\n{}\n', "session"),
        (b'{"type":"session","length":}\n{}\n', "session"),
        (b'{"type":"sess', ""),
        (b'{"type":"session"} \n{}\n', "session"),
        (b'{"type":"session"}\r\n{}\r\n', "session"),
        (b'{"type":"session"\0}\n{}\n', "session"),
        (b'\xef\xbb\xbf{"type":"session"}\n{}\n', ""),
        (b'{"length":2}\n{}\n', ""),
        (b'{"length":12}\n{\n"a":\n"b"}\n\n', ""),
        (b'{"type":7}\n{}\n', ""),
        (b'{"type":null,"length":2}\n{}\n', ""),
        (b'{"type":["event"]}\n{}\n', ""),
        (b'{"type":"session","length":-1}\n{}\n', "session"),
        (b'{"type":"session","length":"2"}\n{}\n', "session"),
        (b'{"type":"session","length":2.0}\n{}\n', "session"),
        (b'{"type":"session","length":1e3}\n{}\n', "session"),
        (b'{"type":"session","length":true}\n{}\n', "session"),
        (b'{"type":"session","length":[]}\n{}\n', "session"),
        (b'{"type":"session","length":18446744073709551616}\n{}\n', "session"),
        (b'{"type":"session","length":1}\n{}\n', "session"),
        (b'{"type":"session","length":3}\n{}\n', "session"),
        (b'{"type":"session","length":2}\n{}\r\n', "session"),
        (b'{"type":"attachment","length":4}\nseveral\nlines\n', "attachment"),
        (b'{"type":"attachment","length":"x"}\nseveral\n\n\n{lines\n', "attachment"),
        (b'{"type":"attachment","length":"x"}\n', "attachment"),
        (b"\n\n nonsense\n\n", ""),
        (b"nonsense\n" * 50, ""),
        (LONG + b"\n{}\n", ""),
    ],
)
def test_the_siblings_of_an_item_that_cannot_be_read_are_read(bad: bytes, kind: str) -> None:
    data = b"{}\n" + BEFORE + bad + (AFTER if bad.endswith(b"\n") else b"")
    payloads = [b'{"before":1}', b'{"after":1}'][: 1 + bad.endswith(b"\n")]
    for sizes in ([], [1] * min(len(data), 70_000)):
        _, items, skipped, lost = read(data, sizes)
        assert [item.payload for item in items] == payloads
        assert skipped == {}
        assert [found for found, _ in lost] == [kind]


@pytest.mark.parametrize(
    "payload",
    [
        b'{"type":"event","exception":{"values":[]}}',
        b'{"type":"feedback","contexts":{}}',
        b'{"type":"error"}',
        b'{"type":"event","length":"1"}',
        b'[{"type":"event"}]',
        b'  {"type":"event"}',
        b'{"type":"event"} ',
        b'{"type":"event","filename":"' + b"x" * 5000 + b'"}',
    ],
)
def test_a_payload_is_not_taken_for_a_header(payload: bytes) -> None:
    data = b'{}\n{"type":"session","length":"?"}\n' + payload + b"\n" + AFTER
    for sizes in ([], [1] * len(data)):
        _, items, skipped, lost = read(data, sizes)
        assert [item.payload for item in items] == [b'{"after":1}']
        assert (skipped, len(lost)) == ({}, 1)


def test_an_item_ends_where_its_length_says_although_it_has_no_type() -> None:
    inside = b'{"type":"event"}\n{"forged":1}\n'
    data = b'{}\n{"length":%d}\n%b\n' % (len(inside), inside) + AFTER
    assert [item.payload for item in read(data)[1]] == [b'{"after":1}']


def test_the_search_for_headers_is_bounded() -> None:
    lines = b'{"a"\n' * envelope.MAX_LINES
    _, items, _, lost = read(b"{}\nnonsense\n" + lines + AFTER)
    assert (items, len(lost)) == ([], 1)
    _, items, _, _ = read(b"{}\nnonsense\n" + lines[5:] + AFTER)
    assert len(items) == 1
    with pytest.raises(BadEnvelope):
        read(b"{}\n" + b"{}\n\n{}\n" + (b'{"type":"event"}\n{}\n{"type":7}\n' * envelope.MAX_ITEMS))


@pytest.mark.parametrize("blank", [b"\n", b"\n\n", b" \n\t\r\n "])
def test_blank_lines_at_the_end_are_nothing(blank: bytes) -> None:
    for start in (b"{}\n", b"{}\n" + AFTER):
        assert parse(start + blank)[1:] == parse(start)[1:] or len(parse(start + blank)[1]) == 1


HOSTILE = [
    b"\n",
    b"{",
    b"{\n",
    b"\n{",
    b'{"type":"event"\n',
    b"x\n",
    b'{"type":1}\n',
    b'{"type":"event"} \n',
    b"\0",
    b"[" * 100,
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_what_cannot_be_read_takes_linear_time(unit: bytes) -> None:
    def work(data: bytes) -> None:
        parser = Parser(lambda *item: None, lambda *item: None)
        try:
            for at in range(0, len(data), 4096):
                parser.feed(data[at : at + 4096])
            parser.close()
        except Refused:
            pass

    assert_linear(lambda size: b"{}\nnonsense\n" + unit * (size // len(unit)), work)
