"""Tells this machine's `deliver` that there are events to move."""

from __future__ import annotations

from django.conf import settings

from rustrak.lib.disk.marker import Marker

_MARKER = Marker("merging.waiting")


def wake() -> None:
    """Have `deliver` begin soon after the transaction is committed."""
    _MARKER.touch_on_commit(settings.RUN_DIR)


def is_waiting() -> bool:
    """Whether something was begun on this machine since this process asked last."""
    return _MARKER.is_touched(settings.RUN_DIR)
