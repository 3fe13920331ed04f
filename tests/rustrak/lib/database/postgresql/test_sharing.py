"""Threads share connections: no more than there may be, none that is broken, and none for long that nobody uses."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest
from psycopg import OperationalError
from psycopg.pq import TransactionStatus

from rustrak.lib.database.postgresql.sharing import SharedConnections
from tests.lib.waiting import wait_for


class Fake:
    """A connection that may break."""

    def __init__(self) -> None:
        self.broken = self.closed = False
        self.info = SimpleNamespace(transaction_status=TransactionStatus.IDLE)

    def works(self) -> bool:
        return not self.broken

    def close(self) -> None:
        self.closed = True


class Server:
    """Makes connections, as many as it allows."""

    def __init__(self, allowed: int = 100) -> None:
        self.made: list[Fake] = []
        self.allowed = allowed
        self.refuses = ""

    def __call__(self) -> Any:
        if self.refuses:
            raise OperationalError(self.refuses)
        if sum(not one.closed for one in self.made) >= self.allowed:
            raise OperationalError("FATAL:  sorry, too many clients already")
        self.made.append(Fake())
        return self.made[-1]


def test_a_connection_is_used_again() -> None:
    server = Server()
    shared = SharedConnections(server, 3)
    for _ in range(5):
        shared.give_back(shared.take(), keep=True)
    assert len(server.made) == shared.open == 1
    shared.close()
    assert server.made[0].closed
    assert shared.open == 0


def test_broken_ones_are_replaced_at_once() -> None:
    server = Server()
    shared = SharedConnections(server, 5)
    for one in [shared.take() for _ in range(5)]:
        shared.give_back(one, keep=True)
    for fake in server.made:
        fake.broken = True
    begun = time.monotonic()
    found: Any = shared.take()
    assert time.monotonic() - begun < 1
    assert found is server.made[-1]
    assert all(one.closed for one in server.made[:5])
    assert shared.open == 1
    shared.give_back(found, keep=False)
    assert (found.closed, shared.open) == (True, 0)


def test_a_thread_waits_its_turn_for_a_while() -> None:
    shared = SharedConnections(Server(), 1, wait_seconds=0.3)
    held = shared.take()
    with pytest.raises(OperationalError, match="in use"):
        shared.take()
    threading.Timer(0.1, lambda: shared.give_back(held, keep=True)).start()
    assert shared.take() is held


def test_a_full_server_is_waited_for_and_another_failure_is_not() -> None:
    server = Server(allowed=1)
    shared = SharedConnections(server, 5, wait_seconds=3)
    held = shared.take()
    threading.Timer(0.1, lambda: shared.give_back(held, keep=True)).start()
    assert shared.take() is held
    assert shared.open == 1
    server.refuses = "connection refused"
    begun = time.monotonic()
    with pytest.raises(OperationalError, match="refused"):
        shared.take()
    assert time.monotonic() - begun < 1
    assert shared.open == 1


def test_idle_ones_are_closed() -> None:
    server = Server()
    shared = SharedConnections(server, 5, idle_seconds=0.1)
    for one in [shared.take() for _ in range(3)]:
        shared.give_back(one, keep=True)
    assert wait_for(lambda: shared.open == 0)
    assert all(one.closed for one in server.made)
    shared.give_back(shared.take(), keep=True)
    assert wait_for(lambda: shared.open == 0)


def test_while_somebody_comes_first_none_is_kept_or_made() -> None:
    server = Server()
    comes_first = threading.Event()
    shared = SharedConnections(server, 5, wait_seconds=0.4, must_yield=comes_first.is_set)
    idle, used = shared.take(), shared.take()
    shared.give_back(idle, keep=True)
    comes_first.set()
    shared.give_back(used, keep=True)
    assert wait_for(lambda: shared.open == 0, 3)
    with pytest.raises(OperationalError, match="digest comes first"):
        shared.take()
    threading.Timer(0.1, comes_first.clear).start()
    shared.take()
    assert len(server.made) == 3
