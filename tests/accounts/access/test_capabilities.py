from __future__ import annotations

import pytest

from accounts.access.capabilities import EVERYTHING, READS, with_implied


@pytest.mark.parametrize(
    ("named", "whole"),
    [
        ("", ""),
        ("event:read", "event:read"),
        ("event:admin", "event:admin event:write event:read"),
        ("project:admin", "project:admin project:write project:read"),
        ("project:releases org:write", "project:releases project:read org:write org:read"),
        ("profile:write", "profile:write"),
        ("event:everything org:read", "org:read"),
    ],
)
def test_capabilities_include_others(named: str, whole: str) -> None:
    assert with_implied(named.split()) == set(whole.split())


def test_reads_are_what_is_called_so() -> None:
    assert {each for each in EVERYTHING if each.endswith(":read")} == READS
