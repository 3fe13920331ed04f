"""Messages between a process and the child: JSON with its length before it, and open files beside it.

A question is `{"kind", "files": [{"sha256", "size", "zstd"} or null, …], …}`; issues.symbols.child.questions has the kinds. The child
answers `{"need": true}` when it does not keep what the files hold; then a message follows that has their descriptors beside it, in
order and without those that are null. The last answer is `{"value": …}`, `{"unreadable": reason}` or `{"failed": reason}`.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import orjson

#: Changes with the messages: a process of one version must not talk to a child of another one.
VERSION = 1
MOST_BYTES = 48 << 20
MOST_FILES = 2
#: What the child writes to its standard output when it can be asked.
LISTENING = b"listening\n"
_LENGTH_BYTES = 4
_BLOCK_BYTES = 1 << 16


# What the address of a Unix socket may have, with the zero byte at its end (unix(7)).
_MOST_PATH = 108


class Broken(Exception):
    """The other side left in the middle of a message, or what it sent is no message."""


@contextmanager
def address(directory: Path) -> Iterator[str]:
    """The path of the child's socket in a directory. It is valid inside only: a longer one goes through a descriptor."""
    name = f"symbols-{VERSION}.sock"
    path = str(directory / name)
    if len(os.fsencode(path)) < _MOST_PATH:
        yield path
        return
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{name}"
    finally:
        os.close(descriptor)


def send(connection: socket.socket, message: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
    """Send a message and copies of the descriptors. Raises OSError, and ValueError for a message that is too large."""
    body = orjson.dumps(message, option=orjson.OPT_NON_STR_KEYS)
    if len(body) > MOST_BYTES:
        raise ValueError(f"a message of {len(body)} bytes")
    head = len(body).to_bytes(_LENGTH_BYTES, "big")
    if descriptors:
        socket.send_fds(connection, [head], list(descriptors))
        connection.sendall(body)
    else:
        connection.sendall(head + body)


def receive(connection: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """The next message with its descriptors, which the caller closes; None when the other side has left. Raises Broken and OSError."""
    head, descriptors, _, _ = socket.recv_fds(connection, _LENGTH_BYTES, MOST_FILES)
    try:
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)
        if not head:
            return None
        head += _exactly(connection, _LENGTH_BYTES - len(head))
        length = int.from_bytes(head, "big")
        if length > MOST_BYTES:
            raise Broken
        message = orjson.loads(_exactly(connection, length))
        if not isinstance(message, dict):
            raise Broken
    except BaseException as error:
        close(descriptors)
        if isinstance(error, orjson.JSONDecodeError):
            raise Broken from None
        raise
    return message, descriptors


def close(descriptors: Sequence[int]) -> None:
    """Close each one."""
    for descriptor in descriptors:
        with suppress(OSError):
            os.close(descriptor)


def _exactly(connection: socket.socket, length: int) -> bytes:
    found = bytearray()
    while len(found) < length:
        block = connection.recv(min(_BLOCK_BYTES, length - len(found)))
        if not block:
            raise Broken
        found += block
    return bytes(found)
