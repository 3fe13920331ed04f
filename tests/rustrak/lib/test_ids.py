from __future__ import annotations

import time
from typing import Any

import pytest

from rustrak.lib import ids


def test_uuid7_contains_its_version_and_time() -> None:
    before = time.time_ns() // 1_000_000
    made = ids.uuid7()
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000


def test_uuid7_increases_within_a_millisecond() -> None:
    made = [ids.uuid7() for _ in range(10_000)] + ids.uuid7s(5_000) + [ids.uuid7()] + ids.uuid7s(5_000)
    assert made == sorted(set(made))
    assert {each.version for each in made} == {7}
    assert {each.int >> 62 & 0b11 for each in made} == {0b10}


def test_uuid7_increases_when_the_clock_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    first, now = ids.uuid7(), time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now - 1800 * 10**9)
    assert ids.uuid7() > first


def test_uuid7_does_not_stay_ahead_of_a_clock_that_was_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now + 365 * 86_400 * 10**9)
    ids.uuid7()
    monkeypatch.setattr(time, "time_ns", lambda: now)
    assert ids.uuid7().int >> 80 == now // 1_000_000


PLAIN = "0123456789abcdef0123456789abcdef"
DASHED = "01234567-89ab-cdef-0123-456789abcdef"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (PLAIN, PLAIN), (DASHED, PLAIN), (DASHED.upper(), PLAIN), (f"{{{DASHED}}}", PLAIN),
        (f"urn:uuid:{DASHED}", PLAIN), (f" {PLAIN}\n", PLAIN), ("0" * 32, "0" * 32),
        ("", None), ("x" * 32, None), (PLAIN[:-1], None), (PLAIN + "0", None), (5, None), (None, None), ([], None),
        ("０" * 32, None),
    ],
)  # fmt: skip
def test_event_ids_in_every_form(text: Any, read: str | None) -> None:
    assert ids.event_id(text) == read


def test_new_event_ids_are_event_ids() -> None:
    made = {ids.new_event_id() for _ in range(100)}
    assert len(made) == 100
    assert all(ids.event_id(each) == each for each in made)
