from __future__ import annotations

import logging

import pytest

from rustrak.lib.request_memory import MIB
from rustrak.run.connection_watch import MOST_HELD, STALLED_SECONDS, ConnectionWatch


class Connection:
    def __init__(self, held: int = 0, unsent: int = 0) -> None:
        self.held, self.unsent, self.aborted = held + unsent, unsent, False

    def abort(self) -> None:
        self.aborted = True


def test_a_client_that_reads_nothing_is_closed() -> None:
    watch = ConnectionWatch()
    stalled, reads, idle, sends = (
        Connection(unsent=100),
        Connection(unsent=10_000),
        Connection(),
        Connection(9),
    )
    for second in range(int(STALLED_SECONDS)):
        watch.look([stalled, reads, idle, sends], second)
        reads.unsent -= 1
    assert not stalled.aborted
    watch.look([stalled, reads, idle, sends], STALLED_SECONDS)
    assert [one.aborted for one in (stalled, reads, idle, sends)] == [True, False, False, False]


def test_a_client_that_reads_again_has_its_time_again() -> None:
    watch, connection = ConnectionWatch(), Connection(unsent=100)
    watch.look([connection], 0)
    connection.unsent = 0
    watch.look([connection], 29)
    connection.unsent = 100
    watch.look([connection], 30)
    assert not connection.aborted


def test_past_the_bound_those_that_hold_most_are_closed(caplog: pytest.LogCaptureFixture) -> None:
    watch = ConnectionWatch()
    small = [Connection(MIB // 2) for _ in range(20)]
    large = [Connection(2 * MIB) for _ in range(20)]
    watch.look([*small, *large], 0)
    assert not any(one.aborted for one in small)
    assert sum(one.held for one in [*small, *large] if not one.aborted) <= MOST_HELD
    assert sum(one.aborted for one in large) == 9
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    watch.look([one for one in [*small, *large] if not one.aborted], 1)
    assert len(caplog.records) == 1
