"""Looks names up in DNS within a time: the C library's look-up has no limit of its own that we could set."""

from __future__ import annotations

import contextvars
import queue
import socket
import threading
from typing import Any

#: Look-ups at a time in one process, those that nobody waits for any more included.
MOST = 8
# Of the addresses of one name; more are not tried.
MOST_ADDRESSES = 16

# An entry of getaddrinfo: family, type, protocol, canonical name, address.
Found = tuple[Any, ...]

_places = threading.BoundedSemaphore(MOST)


class NotFound(Exception):
    """There is no such name, or no server that knows."""


def addresses(host: str, port: int, seconds: float) -> list[Found]:
    """The addresses of a name, at least one, as getaddrinfo returns them. Raises NotFound, or TimeoutError after `seconds`."""
    if not _places.acquire(timeout=seconds):
        raise TimeoutError
    answer: queue.SimpleQueue[list[Found] | None] = queue.SimpleQueue()
    try:
        thread = threading.Thread(
            target=_look_up, args=(host, port, answer), daemon=True, name="name look-up"
        )
        contextvars.Context().run(thread.start)
    except BaseException:
        _places.release()
        raise
    try:
        found = answer.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if not found:
        raise NotFound
    return found[:MOST_ADDRESSES]


def _look_up(host: str, port: int, answer: queue.SimpleQueue[list[Found] | None]) -> None:
    try:
        answer.put(list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
    except (OSError, UnicodeError):
        answer.put(None)
    finally:
        _places.release()
