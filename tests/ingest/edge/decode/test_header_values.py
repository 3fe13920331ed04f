from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.edge.decode import header_values

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["name", "version", "settings", "packages"])


def storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


@given(
    st.text(st.characters() | st.sampled_from(["\0", "\ud83d", "\udc00"]), max_size=50) | json_values,
    st.integers(0, 20),
)
def test_texts_are_cut_and_can_be_stored(value: object, most: int) -> None:
    found = header_values.text(value, most)
    assert len(found) <= most
    assert storable(found)
    assert found != "" or not isinstance(value, str) or not value[:most]


@given(st.dictionaries(NAMES, json_values) | json_values)
def test_an_sdk_has_few_members_that_can_be_stored(value: object) -> None:
    found = header_values.sdk(value)
    if found is not None:
        assert set(found) <= {"name", "version", "settings"}
        assert len(orjson.dumps(found)) < 5000


def test_what_is_used_of_an_sdk_stays() -> None:
    sdk = {"name": "sentry.python", "version": "2.75.0", "settings": {"infer_ip": "never", "x": 1}}
    assert header_values.sdk({**sdk, "packages": [{"name": "pypi:sentry-sdk"}]}) == {
        "name": "sentry.python",
        "version": "2.75.0",
        "settings": {"infer_ip": "never"},
    }
    deep: object = {}
    for _ in range(900):
        deep = {"a": deep}
    for odd in ({}, [], "x", None, {"name": deep}, {"settings": deep}, {"name": 10**30}):
        assert header_values.sdk(odd) is None
    assert header_values.sdk({"name": "a\0b\ud83d", "version": "1" * 5000}) == {
        "name": "a\ufffdb\ufffd",
        "version": "1" * 128,
    }


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("2026-11-26T10:00:00Z", "2026-11-26T10:00:00Z"),
        ("x" * 65, None),
        (7, None),
        (None, None),
        ("a\0", "a\ufffd"),
    ],
)
def test_sent_at(value: object, found: str | None) -> None:
    assert header_values.sent_at(value) == found


def test_attachments() -> None:
    headers = header_values.item_headers(
        {"filename": "a\0" * 5000, "content_type": ["x"], "attachment_type": "event.minidump", "x": "y"}
    )
    meta = header_values.attachment("f" * 32, **headers)
    assert meta == {
        "id": "f" * 32,
        "filename": "a\ufffd" * 512,
        "content_type": "",
        "attachment_type": "event.minidump",
    }
    assert json.loads(json.dumps(meta)) == meta


def test_http_headers_are_latin_1() -> None:
    assert header_values.header(b"caf\xe9\x00" * 100, 5) == "caf\xe9\ufffd"
