from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from unittest import mock

import pytest
from django.db import connections

from accounts.models import Attempt
from accounts.sign_in import attempts
from accounts.sign_in.attempts import Limit, Slowdown
from rustrak.lib import clock, problems

FIVE = timedelta(minutes=5)
HOUR = timedelta(hours=1)


def test_a_refunded_attempt_does_not_count(db) -> None:
    limits = [Limit("a", 1, FIVE), Limit("b", 1, FIVE)]
    now = clock.now()
    attempts.refund(attempts.reserve(limits, now))
    attempts.reserve(limits, now)
    with pytest.raises(problems.TooMany):
        attempts.reserve(limits, now)
    assert Attempt.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_many_at_once_count_one_by_one() -> None:
    now = clock.now()

    def attempt(number: int) -> bool:
        try:
            attempts.reserve([Limit("a", 10, FIVE), Limit(f"b{number % 2}", 50, FIVE)], now)
        except problems.TooMany:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(8) as crowd:
        assert sum(crowd.map(attempt, range(50))) == 10


def test_a_slowdown_grows_slowly_and_ends(db) -> None:
    slow = [Slowdown("a", 20, HOUR, FIVE)]
    begun = now = clock.now()
    waits: list[int] = []
    while now < begun + timedelta(hours=6):
        try:
            attempts.reserve(slow, now)
        except problems.TooMany as wait:
            waits.append(wait.retry_after)
            now += timedelta(seconds=wait.retry_after)
    assert waits[:6] == [1, 1, 1, 1, 1, 2]
    assert max(waits) <= 300
    # In the long run: fewer than 60 an hour, and nobody waits for more than minutes.
    assert len(waits) < 6 * 65
    assert attempts.reserve(slow, now + HOUR).rows


def test_old_rows_and_rows_without_number_are_deleted(db) -> None:
    now = clock.now()
    attempts.reserve([Limit("old", 9, FIVE)], now - HOUR)
    with mock.patch.object(attempts, "MOST_ROWS", 10):
        for number in range(15):
            attempts.reserve([Limit(f"{number}", 9, FIVE), Limit(f"{number}b", 9, FIVE)], now)
    assert not Attempt.objects.filter(key="old").exists()
    assert Attempt.objects.count() == 10


def test_a_refusal_writes_nothing(db, django_assert_num_queries) -> None:
    now = clock.now()
    attempts.reserve([Limit("a", 1, FIVE)], now)
    with django_assert_num_queries(1), pytest.raises(problems.TooMany):
        attempts.reserve([Limit("a", 1, FIVE)], now)


@pytest.mark.parametrize("ahead", [timedelta(minutes=2), timedelta(minutes=30), timedelta(days=365)])
def test_attempts_while_the_clock_was_ahead_hold_nobody_up(db, ahead: timedelta) -> None:
    limits = [Limit("a", 10, FIVE), Slowdown("b", 5, HOUR, FIVE)]
    now = clock.now()
    for _ in range(30):
        with suppress(problems.TooMany):
            attempts.reserve(limits, now + ahead)
    attempts.reserve(limits, now)
    # The wrong ones are gone, and those that are right count.
    assert Attempt.objects.count() == 2
    for _ in range(9):
        attempts.reserve(limits[:1], now)
    with pytest.raises(problems.TooMany):
        attempts.reserve(limits[:1], now)
