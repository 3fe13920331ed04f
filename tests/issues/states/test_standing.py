"""Judging events of an issue that is resolved in a release."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from issues.states.rule import Sent, State
from issues.states.standing import Standing

NOW = datetime(2026, 11, 27, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wanted", "release", "code"),
    [
        ("4.1.0", "shop@4.0.9", "stays_older"),
        ("4.1.0", "shop@4.1.0", "regressed_same"),
        ("4.1.0", "web@4.10.0", "regressed_newer"),
        ("web@4.1.0", "shop@4.2.0", "stays_unknown"),
        ("abcdef", "shop@4.1.0", "stays_unknown"),
    ],
)
def test_a_version_without_a_package_is_that_of_the_events_package(
    wanted: str, release: str, code: str
) -> None:
    standing = Standing(State("resolved", "in_release", None, wanted))
    assert standing.judge(Sent(release, NOW, NOW), "a" * 32, 1, None).code == code
