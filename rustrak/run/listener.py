"""The listening socket, opened before anything else so that a port in use is reported at once.

It outlives the web processes that `up` restarts; meanwhile connections wait in its backlog.
"""

from __future__ import annotations

import errno
import socket


class CannotListen(Exception):
    """Listening on the address failed; the message says why, with an example of the setting to change."""


def listen(host: str, port: int, backlog: int = 2048) -> socket.socket:
    """A non-blocking socket that listens on `host` (name or address) and `port`; raises CannotListen."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise CannotListen(f"HOST={host!r}: {error.strerror}. Example: HOST=127.0.0.1") from None
    sock = socket.socket(family, kind, protocol)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind(address)
        sock.listen(backlog)
    except OSError as error:
        sock.close()
        raise CannotListen(_why(error, host, port)) from None
    sock.setblocking(False)
    return sock


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"PORT={port} on {host} is in use. Is Rustrak already running? Example: PORT={port % 65535 + 1}"
        )
    if error.errno == errno.EACCES:
        return f"PORT={port}: this user may not listen on it. Example: PORT=8000"
    return f"HOST={host!r}: {error.strerror}. Example: HOST=127.0.0.1"
