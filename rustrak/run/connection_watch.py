"""Closes connections whose client does not read its answer, and bounds what all connections hold together.

It looks once a second at what each connection holds. So the bound costs nothing for each request; one connection holds
little between two looks: a head of 32 KiB, one read from the socket, and an answer.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Protocol

from rustrak.lib.request_memory import MIB

log = logging.getLogger(__name__)

# How long a client may take to read anything of what is ready for it.
STALLED_SECONDS = 30.0
# For heads, unread bytes and unsent answers of all connections of the process. Bodies have budgets of their own.
MOST_HELD = 32 * MIB


class Holder(Protocol):
    """What is needed of a connection."""

    @property
    def held(self) -> int:
        """The bytes that it holds."""

    @property
    def unsent(self) -> int:
        """Those of them that the client has to read."""

    def abort(self) -> None:
        """Close it at once."""


class ConnectionWatch:
    """Looks at the connections of one worker."""

    def __init__(self) -> None:
        # connection -> (its unsent bytes, since when they are as many)
        self._unsent: dict[Holder, tuple[int, float]] = {}

    def look(self, connections: Iterable[Holder], now: float) -> None:
        """Abort the connections that are stalled at `now`, a time in seconds, and those that hold most past MOST_HELD."""
        holding: list[tuple[int, Holder]] = []
        before, self._unsent = self._unsent, {}
        total = 0
        for connection in list(connections):
            held = connection.held
            if not held:
                continue
            if unsent := connection.unsent:
                size, since = before.get(connection, (0, now))
                if size != unsent:
                    since = now
                elif now - since >= STALLED_SECONDS:
                    connection.abort()
                    continue
                self._unsent[connection] = unsent, since
            total += held
            holding.append((held, connection))
        if total > MOST_HELD:
            self._close_largest(holding, total)

    def _close_largest(self, holding: list[tuple[int, Holder]], total: int) -> None:
        closed = 0
        for held, connection in sorted(holding, key=lambda one: -one[0]):
            if total <= MOST_HELD:
                break
            connection.abort()
            total -= held
            closed += 1
        log.warning("closed %d connections: together they held more than %d MiB", closed, MOST_HELD // MIB)
