from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.record import codec
from rustrak.lib import tolerant_json
from tests.lib import events
from tests.lib.payloads import values


@given(st.dictionaries(st.text(), values))
def test_decoding_returns_what_was_encoded(value: dict[str, Any]) -> None:
    payload, _ = tolerant_json.loads(json.dumps(value).encode())
    assert codec.decode(codec.encode(payload)) == payload
    assert codec.decode(codec.encode(tolerant_json.dumps(payload))) == payload


def test_integers_beyond_64_bits_survive() -> None:
    payload = {"n": [2**70, -(2**90), 2**63, 2**64 - 1]}
    assert codec.decode(codec.encode(payload)) == payload


def test_the_first_byte_is_the_version() -> None:
    assert codec.encode({})[0] == codec.PLAIN


@pytest.mark.parametrize("stored", [b"", b"\x00abc", b"\xffabc", b"\x01", b"\x01abc", codec.encode(b"[]")])
def test_an_unknown_or_damaged_form_raises(stored: bytes) -> None:
    with pytest.raises(codec.UnknownForm):
        codec.decode(stored)


def test_threads_do_not_share_a_compressor() -> None:
    payloads = [events.big_event(number) for number in range(40)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda payload: codec.decode(codec.encode(payload)), payloads)) == payloads


def test_the_stored_form_is_small() -> None:
    assert len(codec.encode(events.small_event())) < 1500


@given(st.dictionaries(st.text(), values), st.dictionaries(st.text(), values))
def test_decoding_with_a_reference_returns_what_was_encoded(
    value: dict[str, Any], other: dict[str, Any]
) -> None:
    payload, _ = tolerant_json.loads(json.dumps(value).encode())
    reference, data = json.dumps(other).encode(), tolerant_json.dumps(payload)
    (stored,) = codec.encode_against(7, reference, [data])
    assert codec.decode(stored, {7: reference}) == payload
    assert codec.reference_id(stored) == codec.reference_id(stored[: codec.HEAD_BYTES])


def test_a_reference_saves_most_of_an_event() -> None:
    reference = events.dumps(events.big_event(0))
    others = [events.dumps(events.big_event(number)) for number in range(1, 20)]
    stored = codec.encode_against(2**62, reference, others)
    assert sum(map(len, stored)) < 0.2 * sum(len(codec.encode(data)) for data in others)
    assert [codec.data(each, {2**62: reference}) for each in stored] == others


def test_without_its_reference_a_form_is_unknown() -> None:
    (stored,) = codec.encode_against(7, b'{"a":"reference"}', [b'{"a":1}'])
    for references in (None, {}, {8: b'{"a":"reference"}'}):
        with pytest.raises(codec.UnknownForm):
            codec.decode(stored, references)


def test_a_plain_form_needs_no_reference() -> None:
    assert codec.reference_id(codec.encode({})) is None
    assert codec.reference_id(b"\x02abc") is None


def test_a_reference_too_short_for_a_dictionary_is_not_used() -> None:
    (stored,) = codec.encode_against(7, b"{}", [b'{"a":1}'])
    assert codec.decode(stored) == {"a": 1}
