"""Opens connections to the outside. What is checked is the address that the socket then connects to.

So neither another answer of DNS a moment later nor a URL that two programs read in different ways leads elsewhere.
"""

from __future__ import annotations

import contextvars
import ipaddress
import socket
from contextlib import suppress

from rustrak.outbound import lookup
from rustrak.outbound.addresses import flaw
from rustrak.outbound.allow_list import AllowList
from rustrak.outbound.deadline import Deadline
from rustrak.outbound.messages import Unreachable
from rustrak.outbound.proxies import Proxy
from rustrak.outbound.target import Target, check_literal, refused

#: Whether this thread is opening a connection whose address has been checked (rustrak.outbound.guard).
checked: contextvars.ContextVar[bool] = contextvars.ContextVar("checked", default=False)

# A proxy looks names up itself, perhaps better than we can.
_PROXIED_LOOKUP_SECONDS = 2.0


def connect(target: Target, allowed: AllowList, deadline: Deadline) -> socket.socket:
    """A connection to the target, if all its addresses may be connected to. Raises Refused, Unreachable or TimeoutError."""
    check_literal(target, allowed)
    try:
        found = lookup.addresses(target.host, target.port, deadline.remaining())
    except lookup.NotFound:
        raise Unreachable(f"There is no server with the name {target.host}.") from None
    _check(target, found, allowed)
    return _connect(found, target.host, deadline)


def connect_to_proxy(proxy: Proxy, target: Target, allowed: AllowList, deadline: Deadline) -> socket.socket:
    """A connection to the proxy, whose address is the operator's choice, if the target may be reached through it.

    Raises Refused, Unreachable or TimeoutError. The addresses of the target are checked where its name is known here.
    """
    check_literal(target, allowed)
    if target.address is None and not allowed.has_name(target.host, target.port):
        if target.is_local_name:
            raise refused(target, "a private network")
        with suppress(lookup.NotFound, TimeoutError):
            seconds = min(_PROXIED_LOOKUP_SECONDS, deadline.remaining())
            _check(target, lookup.addresses(target.host, target.port, seconds), allowed)
    return _proxy(proxy, deadline)


def reach(proxy: Proxy, seconds: float) -> None:
    """Connect to the proxy and close the connection. Raises Unreachable."""
    with Deadline(seconds) as deadline:
        try:
            _proxy(proxy, deadline).close()
        except TimeoutError:
            raise Unreachable(f"The proxy {proxy.host} does not answer.") from None


def _proxy(proxy: Proxy, deadline: Deadline) -> socket.socket:
    try:
        found = lookup.addresses(proxy.host, proxy.port, deadline.remaining())
    except lookup.NotFound:
        raise Unreachable(f"There is no proxy with the name {proxy.host}.") from None
    return _connect(found, f"the proxy {proxy.host}", deadline)


def _check(target: Target, found: list[lookup.Found], allowed: AllowList) -> None:
    """Raise Refused if one of the addresses may not be connected to: a name that leads inside and outside is no accident."""
    if allowed.has_name(target.host, target.port):
        return
    for *_, sockaddr in found:
        # A zone is not part of what a network contains.
        address = ipaddress.ip_address(str(sockaddr[0]).partition("%")[0])
        if allowed.has_address(address, target.port):
            continue
        if what := flaw(address):
            raise refused(target, what)


def _connect(found: list[lookup.Found], name: str, deadline: Deadline) -> socket.socket:
    """A connection to the first of the addresses that answers; all of them share the time that is left."""
    error: OSError | None = None
    for position, (family, kind, protocol, _, sockaddr) in enumerate(found):
        seconds = deadline.remaining() / (len(found) - position)
        connection = None
        try:
            connection = socket.socket(family, kind, protocol)
            connection.settimeout(seconds)
            token = checked.set(True)
            try:
                connection.connect(sockaddr)
            finally:
                checked.reset(token)
            connection.settimeout(deadline.remaining())
            deadline.watch(connection)
            return connection
        except OSError as failure:
            error = failure
            if connection is not None:
                connection.close()
    if isinstance(error, TimeoutError):
        raise Unreachable(f"{name} does not answer.") from None
    raise Unreachable(f"No connection to {name} ({_reason(error)}).") from None


def _reason(error: OSError | None) -> str:
    return (error.strerror or type(error).__name__).lower() if error is not None else "no address"
