from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rustrak.lib.cursor import BadCursor, decode, encode

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
VALUES = st.lists(WORDS | st.integers(-(2**63), 2**63 - 1), max_size=4).map(tuple)


@given(VALUES)
def test_decode_returns_what_encode_was_given(values: tuple[str | int, ...]) -> None:
    text = encode(values)
    assert decode(text) == values
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@given(st.text(max_size=60))
def test_other_text_is_refused_unless_encode_returns_it(text: str) -> None:
    try:
        values = decode(text)
    except BadCursor:
        return
    assert encode(values) == text


def spelled(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?",
        "é",
        "x" * 5000,
        spelled({"a": 1}),
        spelled([None]),
        spelled([True]),
        spelled([1.5]),
        spelled([2**63]),
        spelled(["\0"]),
        spelled(["\ud800"]),
        encode((1, "a")) + "=",
        encode((1, "a")) + "A",
        base64.urlsafe_b64encode(b"[" * 1400).decode(),
    ],
)
def test_text_that_encode_cannot_have_returned_is_a_bad_cursor(text: str) -> None:
    with pytest.raises(BadCursor):
        decode(text)
