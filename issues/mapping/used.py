"""Notes which uploads were used, for retention: each once a day in a process."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import date

from issues.artifacts import lookup
from rustrak.lib import clock

log = logging.getLogger(__name__)

_noted: dict[int, date] = {}
_MOST = 10_000


def note(uploads: Iterable[int]) -> None:
    """Note that something was looked up in these uploads. A database that fails is left to the next time."""
    if not uploads:
        return
    today = clock.now().date()
    if not (new := {upload for upload in uploads if _noted.get(upload) != today}):
        return
    try:
        lookup.mark_used(sorted(new))
    except Exception as error:
        log.warning("the use of %d uploads could not be noted: %s", len(new), error)
        return
    if len(_noted) + len(new) > _MOST:
        _noted.clear()
    _noted.update(dict.fromkeys(new, today))


def forget() -> None:
    """Forget what was noted, for tests."""
    _noted.clear()
