"""Bounds how much anybody can make us log: each logging statement writes a few lines a minute, and the rest is counted."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping

EVERY_SECONDS = 60.0
#: Lines of one statement in that time. A statement that strangers can reach as often as they like logs one.
LINES = 20
QUIET: Mapping[str, int] = {"django.security": 1, "django.request": 5, "gunicorn": 5, "asyncio": 5}
# What these report is known; where it was raised helps nobody.
NO_TRACEBACK = ("django.security",)
# Statements are finite. If a library builds its loggers' names from what it is sent, these are forgotten together.
_MOST_STATEMENTS = 1000

Key = tuple[str, str, int, str, str, int]


class Repeats(logging.Filter):
    """A filter of a handler. A record that is passed on has the attribute `left_out`: how many were not since the last.

    Statements are told apart by their place in the code, and with a traceback also by where the exception was raised.
    `clock` returns seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._lock = threading.Lock()
        # statement -> [when its minute began, lines in it, lines left out]
        self._written: dict[Key, list[float]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith(NO_TRACEBACK):
            record.exc_info = record.exc_text = None
        key = _statement(record)
        now = self._clock()
        with self._lock:
            if len(self._written) >= _MOST_STATEMENTS and key not in self._written:
                self._written.clear()
            minute = self._written.setdefault(key, [now, 0, 0])
            if now - minute[0] >= EVERY_SECONDS:
                record.left_out = int(minute[2])
                minute[:] = [now, 0, 0]
            if minute[1] >= _most(record.name):
                minute[2] += 1
                return False
            minute[1] += 1
        return True


def _most(name: str) -> int:
    return next((most for start, most in QUIET.items() if name.startswith(start)), LINES)


def _statement(record: logging.LogRecord) -> Key:
    kind, file, line = "", "", 0
    if record.exc_info and record.exc_info[0] is not None:
        kind = record.exc_info[0].__qualname__
        raised = record.exc_info[2]
        while raised is not None and raised.tb_next is not None:
            raised = raised.tb_next
        if raised is not None:
            file, line = raised.tb_frame.f_code.co_filename, raised.tb_lineno
    return record.name, record.pathname, record.lineno, kind, file, line
