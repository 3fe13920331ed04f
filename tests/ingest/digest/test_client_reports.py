from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.digest.client_reports import MAX_QUANTITY, OTHER, REASONS, Discard, UnreadableClientReport, read
from ingest.item_types import CATEGORIES
from ingest.words.reasons import DISCARDS
from tests.lib import events


def test_what_an_sdk_dropped() -> None:
    report = {
        "timestamp": 1764000000,
        "discarded_events": [
            {"reason": "before_send", "category": "error", "quantity": 2},
            {"reason": "sample_rate", "category": "transaction", "quantity": 7},
            {"reason": "before_send", "category": "error", "quantity": 1},
        ],
    }
    assert read(events.dumps(report)) == [
        Discard("error", "before_send", 3),
        Discard("transaction", "sample_rate", 7),
    ]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (
            {"reason": "Ratelimit-Backoff", "category": "error", "quantity": 1},
            ("error", "ratelimit_backoff", 1),
        ),
        ({"reason": "made up", "category": "profile_chunk", "quantity": 1.9}, ("profile", "other", 1)),
        ({"category": ["x"], "quantity": 10**30}, ("default", "other", MAX_QUANTITY)),
        ({"reason": "invalid", "category": "log_byte", "quantity": 800}, None),
        ({"reason": "invalid", "category": "error", "quantity": 0}, None),
        ({"reason": "invalid", "category": "error", "quantity": -5}, None),
        ({"reason": "invalid", "category": "error", "quantity": True}, None),
        ({"reason": "invalid", "category": "error", "quantity": "5"}, None),
        ({}, None),
        ("odd", None),
    ],
)
def test_odd_entries(entry: object, expected: tuple[str, str, int] | None) -> None:
    found = read(events.dumps({"discarded_events": [entry]}))
    assert found == ([Discard(*expected)] if expected else [])


@pytest.mark.parametrize("data", [b"", b"[]", b"5", b"{", b"null"])
def test_what_is_not_a_client_report(data: bytes) -> None:
    with pytest.raises(UnreadableClientReport):
        read(data)


@pytest.mark.parametrize("data", [b"{}", b'{"discarded_events":5}', b'{"discarded_events":{"a":1}}'])
def test_an_empty_report(data: bytes) -> None:
    assert read(data) == []


def test_every_known_reason_has_words() -> None:
    assert DISCARDS.keys() - {OTHER} <= REASONS


@given(st.recursive(st.none() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False, allow_infinity=False),
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
                        st.sampled_from(["reason", "category", "quantity", "x"]), inner, max_size=4)))  # fmt: skip
def test_the_counts_are_bounded_for_any_report(value: object) -> None:
    found = read(events.dumps({"discarded_events": value}))
    assert len({(one.category, one.reason) for one in found}) == len(found)
    for one in found:
        assert one.category in CATEGORIES
        assert one.reason in {*REASONS, "other"}
        assert 0 < one.quantity <= MAX_QUANTITY
