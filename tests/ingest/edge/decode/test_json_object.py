from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.edge.decode import json_object

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(st.binary(max_size=50) | json_values.map(lambda value: json.dumps(value).encode()))
def test_an_object_or_none_for_any_bytes(data: bytes) -> None:
    value = json_object.parse(data)
    assert value is None or isinstance(value, dict)
    if value is not None:
        assert json_object.looks_like_object(data)


@pytest.mark.parametrize("data", [b"", b"[]", b"7", b'"{}"', b"null", b"{", b"text"])
def test_what_is_not_an_object(data: bytes) -> None:
    assert json_object.parse(data) is None


@pytest.mark.parametrize(
    ("data", "looks"),
    [
        (b"{", True),
        (b" \r\n\t{", True),
        (b"\xef\xbb\xbf{", True),
        (b"", False),
        (b"[{", False),
        (b" " * 64 + b"{", False),
    ],
)
def test_the_first_byte_that_is_not_blank_decides(data: bytes, looks: bool) -> None:
    assert json_object.looks_like_object(data) is looks


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'{"a":"\\ud83d"}', {"a": "\ufffd"}),
        (b'{"a":"\\\\ud83d \\ud83d\\ude00 \\udc00"}', {"a": "\\ud83d \U0001f600 \ufffd"}),
        (b'{"a":"\xff"}', {"a": "\ufffd"}),
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (b'{"a":NaN}', None),
        (b'{"a":1e999}', {"a": float("inf")}),
        (b"[" * 2000, None),
    ],
)
def test_what_is_repaired_and_what_is_not(data: bytes, value: object) -> None:
    found = json_object.parse(data)
    assert found == value or (value == {"a": float("inf")} and found is None)


def test_integers_of_any_size_stay_exactly() -> None:
    big = 123456789012345678901234567890
    assert json_object.parse_exactly(b'{"a":%d,"b":[-%d]}' % (big, big)) == {"a": big, "b": [-big]}
    assert json_object.parse_exactly(b'{"a":NaN,"b":%d,"c":1e999}' % big) == {
        "a": "NaN",
        "b": str(big),
        "c": "1e999",
    }
    assert json_object.parse_exactly(b'{"a":%b}' % (b"7" * 5000)) == {"a": "7" * 5000}


@pytest.mark.parametrize("extra", [b"", b',"n":NaN', b',"n":123456789012345678901234567890'])
def test_what_is_nested_too_deeply_to_be_written_is_none(extra: bytes) -> None:
    for depth in (300, 900, 1020, 100_000):
        data = b'{"a":' + b"[" * depth + b"]" * depth + extra + b"}"
        assert json_object.parse_exactly(data) is None
    data = b'{"a":' + b"[" * 200 + b"]" * 200 + extra + b"}"
    assert json_object.parse_exactly(data) is not None


@pytest.mark.parametrize(
    ("data", "texts"),
    [
        (b'{"event_id":"a","n":1,"o":{}}', {"event_id": "a"}),
        (b"[]", None),
        (b"7", None),
    ],
)
def test_texts(data: bytes, texts: object) -> None:
    assert json_object.texts(data) == texts
    assert json_object.tolerated_texts(data) == texts


@pytest.mark.parametrize(
    ("data", "texts"),
    [
        (b'{"event_id":"a","n":NaN}', {"event_id": "a"}),
        (b'{"event_id":"a","n":%b}' % (b"9" * 10_000), {"event_id": "a"}),
        ('{"event_id":"a"}'.encode("utf-16"), {"event_id": "a"}),
        (b'{"event_id":"\xff","n":NaN}', {"event_id": "\ufffd"}),
        (b'{"a":' + b"[" * 100_000, {}),
        (b'{"event_id"', None),
        (b"{hello}", None),
        (b"\x00", None),
    ],
)
def test_texts_of_what_only_the_digest_reads(data: bytes, texts: object) -> None:
    with pytest.raises(json_object.NotJson):
        json_object.texts(data)
    assert json_object.tolerated_texts(data) == texts
