from __future__ import annotations

from typing import Any

import pytest

from issues.payload import access, exception

A, B = {"type": "A"}, {"type": "B"}


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ({"values": [A, B]}, [A, B]),
        ([A, B], [A, B]),
        (A, [A]),
        ({"values": A}, [A]),
        ({"values": [None, 5, "x", [], A]}, [A]),
        ({"values": None}, []),
        ({"values": "x"}, []),
        ({}, []),
        (None, []),
        ("text", []),
        (7, []),
    ],
)
def test_entries_are_found_in_every_form(part: Any, found: list[dict[str, Any]]) -> None:
    assert access.entries(part) == found
    assert exception.listed({"exception": part}) == found


def test_the_members_of_every_form_are_kept_whatever_they_are() -> None:
    for part in ({"values": [A, None, 5]}, [A, None, 5]):
        assert access.items(part) == [A, None, 5]
    assert access.items(A) == access.items({"values": A}) == [A]
    for odd in (None, {}, {"values": None}, {"values": "x"}, "x", 5):
        assert access.items(odd) == []


def test_a_part_is_found_under_its_legacy_name() -> None:
    legacy = {"sentry.interfaces.User": {"id": 7}}
    assert access.interface(legacy, "user") == {"id": 7}
    assert access.interface({"user": {}, **legacy}, "user") == {"id": 7}
    assert access.interface({"user": {"id": 8}, **legacy}, "user") == {"id": 8}
    assert access.interface({"user": 0}, "user") == 0
    assert access.interface({}, "user") is None
