"""Which client a request came from when proxies stand in front of Rustrak: TRUSTED_PROXIES and SSL_PROXY."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Any

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# The key of `request.META` with the address that connected; REMOTE_ADDR is the client that the proxies report.
PEER = "rustrak.peer"


def address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """`text` as an address, without an IPv6 zone and with IPv4-mapped ones as IPv4; None when it is not an address."""
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def is_trusted(text: str, networks: Iterable[Network]) -> bool:
    """Whether the address `text` lies in one of `networks`; False when it is not an address."""
    found = address(text)
    return found is not None and any(found in network for network in networks)


def resolve_client(scope: dict[str, Any], networks: Sequence[Network], ssl_proxy: bool) -> dict[str, Any]:
    """`scope` with the client and the scheme that the trusted proxies report, and the address that connected as `peer`.

    Headers are believed only when the peer is in `networks`. If there are no networks, `ssl_proxy` believes anyone's
    X-Forwarded-Proto. The client is the last address in X-Forwarded-For that is not a trusted proxy. The headers stay
    as they are. Returns the same scope when nothing is believed.
    """
    peer = (scope.get("client") or ("", 0))[0]
    from_proxy = bool(networks) and is_trusted(peer, networks)
    if not from_proxy and (networks or not ssl_proxy):
        return scope
    scope = {**scope, "peer": peer}
    if protocols := _values(scope["headers"], b"x-forwarded-proto"):
        scope["scheme"] = "https" if protocols[-1].lower() in {"https", "wss"} else "http"
    if from_proxy:
        hops = _values(scope["headers"], b"x-forwarded-for")
        client = next((hop for hop in reversed(hops) if not is_trusted(hop, networks)), None)
        if client is not None and _is_address(client):
            scope["client"] = (client, 0)
    return scope


def _values(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[str]:
    """The comma-separated values of all header fields `name`, in order."""
    joined = b",".join(value for key, value in headers if key == name)
    return [part.strip() for part in joined.decode("latin-1").split(",") if part.strip()]


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
