from __future__ import annotations

import logging
import sys
from types import TracebackType

from rustrak.lib.logs.repeats import LINES, Repeats

Info = tuple[type[BaseException], BaseException, TracebackType | None]


def record(name: str = "x", line: int = 1, info: Info | None = None) -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, "file.py", line, "m %s", ("x",), info)


def raised(number: int) -> Info:
    try:
        if number == 1:
            raise ValueError("1")
        raise KeyError("2")
    except (ValueError, KeyError):
        info = sys.exc_info()
    assert info[0] is not None
    return info


def test_a_statement_logs_a_few_lines_a_minute_and_counts_the_rest() -> None:
    now = [0.0]
    repeats = Repeats(clock=lambda: now[0])
    assert sum(repeats.filter(record()) for _ in range(1000)) == LINES
    assert repeats.filter(record(line=2)), "another statement"
    now[0] = 61
    again = record()
    assert repeats.filter(again)
    assert again.left_out == 1000 - LINES  # type: ignore[attr-defined]
    assert repeats.filter(record())


def test_refusals_log_one_line_without_a_traceback() -> None:
    repeats = Repeats()
    refused = record("django.security.TooManyFieldsSent", info=raised(1))
    assert repeats.filter(refused)
    assert refused.exc_info is None
    assert not repeats.filter(record("django.security.TooManyFieldsSent", info=raised(2)))
    assert repeats.filter(record("django.security.csrf"))


def test_one_error_does_not_hide_another() -> None:
    repeats = Repeats()
    assert sum(repeats.filter(record("django.request", info=raised(1))) for _ in range(100)) == 5
    assert repeats.filter(record("django.request", info=raised(2)))


def test_names_without_end_are_forgotten() -> None:
    repeats = Repeats()
    for number in range(5000):
        repeats.filter(record(f"x{number}"))
    assert len(repeats._written) <= 1000
