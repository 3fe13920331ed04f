from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest

from issues.payload import read
from issues.payload.cut.outline import outline
from tests.lib.growth import assert_linear

EVENT = {
    "event_id": "a" * 32,
    "level": "fatal",
    "release": "shop@1",
    "transaction": "/checkout",
    "user": {"id": 7},
    "tags": {"a": "b"},
    "exception": {"values": [{"type": "First"}, {"type": "KeyError", "value": "x", "stacktrace": {"frames": [{}] * 5000}}]},
    "extra": {"large": "x" * 1_000_000},
}  # fmt: skip


def reduced(data: bytes) -> read.Occurrence:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return read.read(data, event_id="a" * 32, received_at=at, limit=1 << 20, reduced=True)


def test_a_reduced_event_is_named_and_grouped_as_the_whole_one() -> None:
    data = orjson.dumps(EVENT)
    whole = read.read(data, event_id="a" * 32, received_at=datetime(2026, 1, 1, tzinfo=UTC))
    cut = reduced(data)
    for name in ("title", "type", "value", "key", "level", "release", "transaction", "person", "tags"):
        assert getattr(cut, name) == getattr(whole, name)
    assert cut.salvaged
    assert len(cut.data) < 1000
    assert [note.what for note in cut.notes] == ["salvaged", "too_costly"]


@pytest.mark.parametrize("name", ["message", "logentry", "sentry.interfaces.Message"])
def test_of_a_large_message_the_text_is_kept(name: str) -> None:
    said = {"message": "a {0}", "params": [[0] * 100_000]}
    assert orjson.loads(outline(orjson.dumps({name: said}))) == {name: "a {0}"}
    assert orjson.loads(outline(orjson.dumps({name: "x" * 100_000}))) == {name: "x" * 1024}


def test_what_is_too_heavy_or_not_strict_is_left_out() -> None:
    heavy = b'{"exception":[%s],"message":[NaN,%s],"level":"info","x":NaN}' % (
        b"[]," * 500_000 + b"0",
        b"0," * 5000 + b"0",
    )
    assert orjson.loads(outline(heavy)) == {"level": "info"}
    assert outline(b"[1]") == b"[1]"
    with pytest.raises(read.UnreadableEvent):
        reduced(b"[" * 100_000)


@pytest.mark.parametrize(
    "unit",
    [b"[", b"[]", b'{"":', b'"', b"\\", b'"a":1,', b"[[[[[[[[[[]]]]]]]]]],", b"NaN,", b'{"a":{"b":[1]}},'],
)
def test_the_time_to_reduce_grows_with_the_data(unit: bytes) -> None:
    for before in (b'{"exception":[', b'{"a":1,'):
        assert_linear(
            lambda size, before=before: before + unit * (size // len(unit)) + b"]}",
            outline,
            smallest=1 << 16,
            largest=1 << 20,
        )
