from __future__ import annotations

import json
import time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ingest.edge.decode.top_level import TopLevel

NAMES = {"event_id", "type"}


def found(data: bytes, size: int | None = None) -> dict[str, str]:
    scan = TopLevel(NAMES)
    for at in range(0, len(data), size or len(data) or 1):
        scan.feed(data[at : at + (size or len(data))])
    return scan.found


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(sorted(NAMES)) | st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(
    value=st.dictionaries(st.sampled_from([*NAMES, "a", 'q"\\', "é"]), values, max_size=6),
    size=st.integers(1, 40),
    ascii_only=st.booleans(),
    indent=st.sampled_from([None, 1]),
)
def test_finds_what_a_parser_finds_in_any_chunking(
    value: dict[str, Any], size: int, ascii_only: bool, indent: int | None
) -> None:
    data = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "surrogatepass")
    expected = {name: text for name, text in value.items() if name in NAMES and isinstance(text, str)}
    assert found(data) == found(data, size) == found(b"\xef\xbb\xbf \n" + data, 1) == expected


@given(
    st.binary(max_size=200) | st.text(alphabet='{}[]":,\\a', max_size=60).map(str.encode), st.integers(1, 9)
)
def test_garbage_raises_nothing(data: bytes, size: int) -> None:
    assert found(data) == found(data, size)


def test_only_the_top_level_counts() -> None:
    assert found(b'{"a":{"event_id":"1"},"b":["event_id","2"],"event_id":3,"type":null}') == {}
    assert found(b'[{"event_id":"1"}]') == {}
    assert found(b'{"event_id":"1"}{"type":"2"}') == {"event_id": "1"}
    assert found(b'{"event_id":"%b"}' % (b"x" * 200)) == {}


def test_a_large_object_takes_little_memory_and_time() -> None:
    text = b'"' + b'x\\"' * 1_000_000 + b'",'
    deep = b'{"f":[' + b'{"a":"b{","c":[1,2]},' * 100_000 + b"0]},"
    data = b'{"a":' + text + b'"b":' + deep + b'"event_id":"1"}'
    started = time.process_time()
    assert found(data, 65536) == {"event_id": "1"}
    assert time.process_time() - started < 1
