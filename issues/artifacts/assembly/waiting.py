"""The uploads that nobody works on: their client has gone, they are too large for a request, or whoever worked on them has died."""

from __future__ import annotations

import time

from django.conf import settings
from django.db.models import Q

from issues.artifacts.assembly import states, work
from issues.models import Upload
from rustrak.lib import clock
from rustrak.lib.disk.marker import Marker

#: How long one run takes at most, in seconds.
RUN_SECONDS = 60.0
_MARKER = Marker("uploads.waiting")


def wake() -> None:
    """Have this machine's `deliver` look soon after the transaction is committed."""
    _MARKER.touch_on_commit(settings.RUN_DIR)


def is_waiting() -> bool:
    """Whether an upload was begun on this machine since this process asked last."""
    return _MARKER.is_touched(settings.RUN_DIR)


def run(seconds: float = RUN_SECONDS) -> int:
    """Assemble what waits, oldest first, for about so many seconds; each has its turn. Returns how many pieces of work were done."""
    ends, done, is_more = time.monotonic() + seconds, 0, False
    now = clock.now()
    free = Q(leased_until=None) | Q(leased_until__lte=now) | Q(leased_until__gt=now + 2 * states.LEASE)
    found = Upload.objects.filter(free, state__in=states.UNFINISHED).order_by("created_at", "pk")
    for pk in list(found.values_list("pk", flat=True)[:1000]):
        if time.monotonic() > ends:
            is_more = True
            break
        if lease := work.take(pk):
            is_more |= work.go_on(lease)
            done += 1
    # What waits for a disk or a storage has its turn later.
    if is_more:
        _MARKER.touch(settings.RUN_DIR)
    return done
