from __future__ import annotations

import logging

import pytest

from ingest.edge.throttled_log import ThrottledLog


def test_each_kind_of_problem_is_logged_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    throttled = ThrottledLog(logging.getLogger("tests.throttled_log"), clock=lambda: now)
    for _ in range(1000):
        throttled.log(logging.ERROR, "full", "the disk of %s is full", "web")
    throttled.log(logging.WARNING, "something else", "something else")
    assert len(caplog.records) == 2
    assert caplog.messages == ["the disk of web is full", "something else"]
    now += 60
    throttled.log(logging.ERROR, "full", "the disk of %s is full", "web")
    assert caplog.messages[2].startswith("the disk of web is full")
    assert "999 more" in caplog.messages[2]


def test_a_traceback_is_logged_once_a_minute_too(caplog: pytest.LogCaptureFixture) -> None:
    throttled = ThrottledLog(logging.getLogger("tests.throttled_log"))
    for _ in range(100):
        try:
            raise ZeroDivisionError("odd")
        except ZeroDivisionError:
            throttled.log(logging.ERROR, "envelope", "a request failed", exc_info=True)
    (record,) = caplog.records
    assert record.exc_info is not None
    assert caplog.text.count("Traceback") == 1
