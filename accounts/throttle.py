"""Limits guesses of passwords: after ten failures for one account from one address, further attempts must wait.

Failures are stored as rows, so that all workers and machines share them. A row has only a hash of account and address:
people type passwords into the wrong field.
"""

from __future__ import annotations

import hashlib
import math
from datetime import datetime, timedelta

from django.db import connection, transaction

from accounts.models import LoginFailure

# "logn" in ASCII: distinguishes this advisory lock from others in the same database.
_NAMESPACE = 0x6C6F676E
FAILURES = 10
WINDOW = timedelta(minutes=5)


def pause(account: str, address: str, now: datetime) -> int:
    """Seconds until `account` may be tried again from `address`; 0 when it may be tried now."""
    recent = LoginFailure.objects.filter(key=_key(account, address), at__gt=now - WINDOW)
    return _pause(list(recent.order_by("-at", "-id").values_list("at", flat=True)[:FAILURES]), now)


def fail(account: str, address: str, now: datetime) -> int:
    """Count a failed sign-in; 0, or the seconds to wait if concurrent failures had already reached the limit."""
    key = _key(account, address)
    LoginFailure.objects.filter(at__lte=now - WINDOW).delete()
    with transaction.atomic():
        _lock(key)
        earlier = LoginFailure.objects.filter(key=key, at__gt=now - WINDOW)
        wait = _pause(list(earlier.order_by("-at", "-id").values_list("at", flat=True)[:FAILURES]), now)
        if not wait:
            LoginFailure.objects.create(key=key, at=now)
    return wait


def _lock(key: str) -> None:
    # On SQLite the transaction already holds the write lock.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_NAMESPACE, int(key[:7], 16)])


def _pause(times: list[datetime], now: datetime) -> int:
    """The pause in seconds after failures at `times`, newest first."""
    if len(times) < FAILURES:
        return 0
    return max(1, math.ceil((times[-1] + WINDOW - now).total_seconds()))


def _key(account: str, address: str) -> str:
    return hashlib.sha256(f"{account.strip().lower()}\0{address}".encode()).hexdigest()
