from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.edge.native import form_fields


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([], {}),
        ([("sentry", '{"release":"a@1","tags":{"x":"y"}}')], {"release": "a@1", "tags": {"x": "y"}}),
        ([("sentry[release]", "game@1.0"), ("sentry[tags][case]", "crashpad")], {"release": "game@1.0", "tags": {"case": "crashpad"}}),
        ([("sentry__2", 'ease":"b"}'), ("sentry__10", " "), ("sentry__1", '{"rel')], {"release": "b"}),
        ([("sentry___initialScope", '{"user":{"id":"7"}}')], {"user": {"id": "7"}}),
        ([("sentry", '{"tags":{"a":"1"}}'), ("sentry___ns", '{"tags":{"b":"2"}}'), ("sentry[tags][c]", "3")], {"tags": {"a": "1", "b": "2", "c": "3"}}),
        ([("guid", "123"), ("prod", "Electron")], {"extra": {"guid": "123", "prod": "Electron"}}),
        ([("sentry[extra][a]", "1"), ("b", "2")], {"extra": {"a": "1", "b": "2"}}),
        ([("sentry", "not json"), ("sentry__1", "{"), ("sentry[broken", "x")], {"extra": {"sentry": "not json", "sentry__1": "{", "sentry[broken": "x"}}),
        ([("sentry[tags]", "flat"), ("sentry[tags][a]", "1")], {"tags": {"a": "1"}}),
        ([("sentry[]", "x"), ("sentry[a][]", "y")], {"": "x", "a": {"": "y"}}),
    ],
)  # fmt: skip
def test_fields(fields: list[tuple[str, str]], expected: dict[str, Any]) -> None:
    assert form_fields.event(fields) == expected


def test_fields_take_precedence_over_the_event_in_a_file() -> None:
    base = {"release": "a", "tags": {"x": "1"}, "extra": "odd"}
    event = form_fields.event([("sentry[release]", "b"), ("sentry[tags][y]", "2"), ("z", "3")], base)
    assert event == {"release": "b", "tags": {"x": "1", "y": "2"}, "extra": {"z": "3"}}
    assert base["tags"] == {"x": "1"}


names = st.sampled_from(
    ["sentry", "sentry__1", "sentry__2", "sentry___a", "sentry[a][b]", "sentry[a]", "x"]
) | st.text("sentry[]_1", max_size=30)
values = st.text(max_size=30) | st.recursive(
    st.none() | st.text(max_size=3) | st.integers(),
    lambda inner: st.dictionaries(st.sampled_from("ab"), inner, max_size=2) | st.lists(inner, max_size=2),
    max_leaves=6,
).map(json.dumps)


@given(st.lists(st.tuples(names, values), max_size=8))
def test_any_fields_become_an_event(fields: list[tuple[str, str]]) -> None:
    event = form_fields.event(fields)
    json.dumps(event)
    flat = json.dumps(event, ensure_ascii=False)
    for name, value in dict(fields).items():
        if not name.startswith("sentry") and value.isalnum():
            assert value in flat


def test_deep_paths_are_cut() -> None:
    event = form_fields.event([("sentry" + "[a]" * 5000, "x")])
    depth = 0
    value: Any = event
    while isinstance(value, dict):
        value, depth = value["a"], depth + 1
    assert (value, depth) == ("x", form_fields.MAX_DEPTH)


def test_msgpack_event() -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    event = {
        "release": "a",
        b"raw": b"bytes\xff",
        7: [1.5, None, True],
        "at": msgpack.Timestamp.from_datetime(at),
    }
    assert form_fields.unpacked_event(msgpack.packb(event)) == {
        "release": "a", "raw": "bytes\ufffd", "7": [1.5, None, True], "at": at.timestamp(),
    }  # fmt: skip
    assert form_fields.unpacked_event(msgpack.packb({"a": msgpack.ExtType(5, b"x")})) is not None
    for data in (b"", b"\xc1", msgpack.packb([1]), msgpack.packb({"a": "b"})[:-1]):
        assert form_fields.unpacked_event(data) is None


def test_breadcrumbs_of_two_files() -> None:
    def crumbs(*seconds: int) -> bytes:
        return b"".join(
            msgpack.packb({"timestamp": f"2026-11-24T00:00:{second:02}Z", "n": second}) for second in seconds
        )

    found = form_fields.unpacked_breadcrumbs([crumbs(5, 6), crumbs(1, 2, 3, 4)])
    assert [crumb["n"] for crumb in found] == [3, 4, 5, 6]
    assert form_fields.unpacked_breadcrumbs([]) == []
    assert form_fields.unpacked_breadcrumbs([b"\xc1", crumbs(1)[:-1]]) == []
    assert len(form_fields.unpacked_breadcrumbs([crumbs(1, 2) + b"\xc1"])) == 2


@given(st.binary(max_size=200))
def test_any_bytes_as_msgpack(data: bytes) -> None:
    json.dumps(form_fields.unpacked_event(data))
    json.dumps(form_fields.unpacked_breadcrumbs([data, data]))


def test_declared_sizes_allocate_nothing() -> None:
    claimed = b"\xdd\x00\x00\x0f\xff" * 1500  # a list of 4095 lists of 4095 lists …
    assert form_fields.unpacked_event(claimed) is None
    assert form_fields.unpacked_event(b"\xdd\xff\xff\xff\xff") is None
    assert form_fields.unpacked_event(b"\x81\xa1a" * 5000 + b"\xc0") is None
    deep = b"\x81\xa1a" * 500 + b"\xc0"
    assert "cut" in json.dumps(form_fields.unpacked_event(deep))
