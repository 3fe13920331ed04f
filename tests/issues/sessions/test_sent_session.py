from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from issues.sessions.sent_session import UnusableSession, read_aggregates, read_update
from tests.lib.growth import assert_linear
from tests.lib.sent_sessions import NOW

ATTRS = {"release": "r"}
STARTED = "2026-03-10T11:00:00Z"
HOSTILE: dict[str, Callable[[int], Any]] = {
    "equal buckets": lambda n: {
        "attrs": ATTRS,
        "aggregates": [{"started": STARTED, "exited": 1, "did": "x"}] * n,
    },
    "unusable buckets": lambda n: {"attrs": ATTRS, "aggregates": [{"started": "1" * 30}, 1, None, []] * n},
    "a long release": lambda n: {"attrs": {"release": "r" * n, "environment": "/" * n}, "sid": "a" * n},
    "a long id": lambda n: {"attrs": ATTRS, "sid": "-" * n + "a", "did": "💥" * n, "started": STARTED},
    "a long time": lambda n: {"attrs": ATTRS, "sid": "a", "started": "2026-03-10" + "0" * n},
    "a wide object": lambda n: {"attrs": {**{f"k{i}": i for i in range(n)}, "release": "r"}, "sid": "a"},
    "digits": lambda n: {"attrs": ATTRS, "sid": "a", "errors": "9" * n, "seq": 10**18},
}


def _read(data: bytes) -> None:
    for read in (read_update, read_aggregates):
        try:
            read(data, NOW, None)
        except UnusableSession:
            pass


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_reading_takes_time_in_proportion_to_the_size(make: Callable[[int], Any]) -> None:
    assert_linear(lambda n: json.dumps(make(n)).encode(), _read, largest=1 << 16)
