"""When the next message is due, told to the process that waits by the time of a file: it opens no database."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from django.conf import settings

from issues import facts

_NAME = "alerts.next"
_seen = 0


def note(moment: datetime | None) -> None:
    """Write down when the next message is due; None: no message waits."""
    path = _path()
    with suppress(OSError):  # then they are sent a little later, with the regular run
        if moment is None:
            path.unlink(missing_ok=True)
            return
        path.touch(mode=0o600)
        os.utime(path, (moment.timestamp(), moment.timestamp()))


def is_due() -> bool:
    """Whether there is something to do: facts were written on this machine, or the moment that was noted has come.

    Each moment is told once: a run that fails is repeated at its regular time.
    """
    return facts.is_touched() or _has_come()


def _has_come() -> bool:
    global _seen
    try:
        moment = _path().stat().st_mtime_ns
    except OSError:
        return False
    if moment == _seen or moment > time.time_ns():
        return False
    _seen = moment
    return True


def _path() -> Path:
    return Path(settings.RUN_DIR) / _NAME
