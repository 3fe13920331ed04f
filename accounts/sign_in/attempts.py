"""Counts attempts in the database, so that all workers and machines share the counts.

An attempt is counted before any work is done for it (`reserve`), so fifty attempts at once count as fifty, and is taken
back when it turns out not to count (`refund`). A row has only a keyed hash of what it counts: people type passwords
into the wrong field.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q
from django.utils.crypto import salted_hmac

from accounts.models import Attempt
from rustrak.lib import problems
from rustrak.lib.wording import counted

# "logn" in ASCII. Any number will do, as long as every Rustrak uses the same.
_LOCK = 0x6C6F676E
# No limit looks further back. The newest rows are kept, so that nobody can fill the disk with them: about 20 MB.
LONGEST_WINDOW = timedelta(hours=1)
MOST_ROWS = 100_000
# How far the clocks of machines that share the database may differ. Attempts later than that were counted while a clock
# was wrong: they would hold people up until then.
AHEAD = timedelta(minutes=1)


def key(*parts: str) -> str:
    """The key of what a limit counts, such as an account and a network: 64 hex digits."""
    return salted_hmac("accounts.attempts", "\0".join(parts), algorithm="sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` attempts with `key` within `window`."""

    key: str
    most: int
    window: timedelta

    @property
    def reads(self) -> int:
        """How many of the latest attempts decide."""
        return self.most

    def wait(self, times: Sequence[datetime], now: datetime) -> float:
        """Seconds until the next attempt, after attempts at `times`, newest first."""
        if len(times) < self.most:
            return 0.0
        return (times[self.most - 1] + self.window - now).total_seconds()


@dataclass(frozen=True, slots=True)
class Slowdown:
    """After `free` attempts with `key` within `window`, each must wait: 1 s, and twice as long after every fifth.

    `window` also bounds the pause: with one attempt per pause, old attempts leave the window as fast as new ones come.
    """

    key: str
    free: int
    window: timedelta
    longest: timedelta

    @property
    def reads(self) -> int:
        return self.free + 5 * (math.ceil(math.log2(self.longest.total_seconds())) + 1)

    def wait(self, times: Sequence[datetime], now: datetime) -> float:
        """Seconds until the next attempt, after attempts at `times`, newest first."""
        if len(times) < self.free:
            return 0.0
        pause = min(self.longest.total_seconds(), 2.0 ** ((len(times) - self.free) // 5))
        return (times[0] - now).total_seconds() + pause


Limits = Sequence[Limit | Slowdown]


@dataclass(frozen=True, slots=True)
class Reservation:
    """A counted attempt: the ids of its rows."""

    rows: tuple[int, ...]


def reserve(limits: Limits, now: datetime) -> Reservation:
    """Count an attempt under all of `limits`. Raises problems.TooMany, and counts nothing, when one of them is reached."""
    # Refused attempts read and do not write: a flood of them must not hold up the digest, which needs the same lock.
    _check(limits, now)
    with transaction.atomic():
        # On SQLite the transaction already holds the write lock.
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        _check(limits, now)
        rows = [row.pk for row in Attempt.objects.bulk_create(Attempt(key=one.key, at=now) for one in limits)]
        useless = Q(at__lte=now - LONGEST_WINDOW) | Q(at__gt=now + AHEAD)
        Attempt.objects.filter(useless | Q(pk__lte=rows[-1] - MOST_ROWS)).delete()
    return Reservation(tuple(rows))


def refund(reservation: Reservation) -> None:
    """Take an attempt back: it does not count."""
    Attempt.objects.filter(pk__in=reservation.rows).delete()


def _check(limits: Limits, now: datetime) -> None:
    wait = 0.0
    for limit in limits:
        recent = Attempt.objects.filter(key=limit.key, at__gt=now - limit.window, at__lte=now + AHEAD)
        times = list(recent.order_by("-at", "-id").values_list("at", flat=True)[: limit.reads])
        wait = max(wait, min(limit.wait(times, now), limit.window.total_seconds()))
    if wait > 0:
        seconds = max(1, math.ceil(wait))
        time = counted(seconds, "second") if seconds < 60 else counted(math.ceil(seconds / 60), "minute")
        raise problems.TooMany(f"Try again in {time}.", retry_after=seconds)
