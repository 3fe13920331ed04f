from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import envelope
from ingest.envelope import Item, Parser
from ingest.errors import BadEnvelope, Refused, TooLarge

KEEP = {"event": 1000}


def parse(data: bytes, sizes: list[int] | None = None) -> tuple[dict[str, Any], list[Item], dict[str, int]]:
    parser = Parser(KEEP)
    items = []
    at = 0
    for size in sizes or []:
        items += parser.feed(data[at : at + size])
        at += size
    items += parser.feed(data[at:])
    items += parser.close()
    assert parser.header is not None
    return parser.header, items, dict(parser.skipped)


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
            return parse(prefix + data, sizes)
        except Refused as refusal:
            return type(refusal)

    assert verdict([]) == verdict([cut]) == verdict([1] * 320)


def test_an_empty_body_is_no_envelope() -> None:
    for body in (b"", b"\n", b"  \n "):
        with pytest.raises(BadEnvelope):
            parse(body)


@pytest.mark.parametrize("header", [b"{}", b"{}\n", b'{"event_id":null}', b"\n\n{}"])
def test_a_header_alone_is_an_envelope(header: bytes) -> None:
    assert parse(header)[1:] == ([], {})


@pytest.mark.parametrize(
    "header", [b"[]", b"null", b"text", b"{} \n", b"{}\r\n", b"{", b'{"a":}\n', b"{}{}\n", b'"{}"', b"\xff\n"]
)
def test_a_header_is_one_object_alone_on_its_line(header: bytes) -> None:
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
def test_broken_items_break_the_envelope(written: bytes) -> None:
    for sizes in ([], [1] * 60):
        with pytest.raises(BadEnvelope):
            parse(b"{}\n" + written, sizes)


def test_too_many_items() -> None:
    item = b'{"type":"session"}\n{}\n'
    assert parse(b"{}\n" + item * envelope.MAX_ITEMS)[2] == {"session": envelope.MAX_ITEMS}
    with pytest.raises(BadEnvelope):
        parse(b"{}\n" + item * (envelope.MAX_ITEMS + 1))


@pytest.mark.parametrize("header", ['{"type":"event"}', '{"type":"event","length":%d}'])
def test_a_kept_item_has_a_limit_a_skipped_one_none(header: str) -> None:
    def written(size: int, kind: str) -> bytes:
        return b"{}\n" + header.replace("%d", str(size)).replace("event", kind).encode() + b"\n" + b"x" * size

    for sizes in ([], [300] * 10):
        assert len(parse(written(1000, "event"), sizes)[1][0].payload) == 1000
        with pytest.raises(TooLarge):
            parse(written(1001, "event"), sizes)
        assert parse(written(50_000, "replay_recording"), sizes)[2] == {"replay_recording": 1}


def test_a_declared_length_is_refused_before_the_bytes_come() -> None:
    with pytest.raises(TooLarge):
        Parser(KEEP).feed(b'{}\n{"type":"event","length":1001}\n')


def test_skipped_payloads_are_not_held() -> None:
    parser = Parser(KEEP)
    parser.feed(b'{}\n{"type":"attachment","length":100000000}\n')
    for _ in range(100):
        parser.feed(b"x" * 1_000_000)
    assert parser._parts == []
    assert parser.close() == []


@pytest.mark.parametrize("before", [b"", b"{}\n"])
def test_a_header_has_a_limit(before: bytes) -> None:
    header = b'{"a":"' + b"x" * envelope.MAX_HEADER_BYTES
    for sizes in ([], [1000] * 70):
        with pytest.raises(TooLarge):
            parse(before + header, sizes)
