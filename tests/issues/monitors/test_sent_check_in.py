from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from issues.monitors.sent_check_in import UnusableCheckIn, read
from tests.lib.growth import assert_linear

SENT = {"monitor_slug": "s", "status": "ok"}


def _configured(schedule: Any, **over: Any) -> dict[str, Any]:
    return {**SENT, "monitor_config": {"schedule": schedule, **over}}


HOSTILE: dict[str, Callable[[int], Any]] = {
    "a slug of dashes": lambda n: {**SENT, "monitor_slug": "-_ " * n + "a"},
    "a slug of accents": lambda n: {**SENT, "monitor_slug": "ü" * n},
    "a long environment": lambda n: {**SENT, "environment": " a" * n},
    "a long crontab": lambda n: _configured("*/1," * n + "* * * * *"),
    "many fields": lambda n: _configured({"type": "crontab", "value": "* " * n}),
    "a long interval": lambda n: _configured([10, "minute" + "s" * n]),
    "a long zone": lambda n: _configured("* * * * *", timezone="../" * n),
    "a wide trace": lambda n: {**SENT, "contexts": {"trace": {f"k{i}": i for i in range(n)}}},
    "a long release": lambda n: {**SENT, "release": "\n" * n},
}


def _read(data: bytes) -> None:
    try:
        read(data)
    except UnusableCheckIn:
        pass


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_reading_takes_time_in_proportion_to_the_size(make: Callable[[int], Any]) -> None:
    assert_linear(lambda n: json.dumps(make(n)).encode(), _read, largest=1 << 16)


def test_the_rarest_crontab_line_is_read_at_once() -> None:
    found = read(json.dumps(_configured("0 0 29 2 1#5")).encode())
    assert found.config is not None
