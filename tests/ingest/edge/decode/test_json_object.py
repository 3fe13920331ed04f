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
