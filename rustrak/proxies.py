"""Whom a request came from when a proxy stands in front: TRUSTED_PROXIES and SSL_PROXY."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Any

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _trusted(address: str, networks: Sequence[Network]) -> bool:
    try:
        ip = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return any(ip in network for network in networks)


def _values(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[str]:
    joined = b",".join(value for key, value in headers if key == name)
    return [part.strip() for part in joined.decode("latin-1").split(",") if part.strip()]


def believed(scope: dict[str, Any], networks: Sequence[Network], ssl_proxy: bool) -> dict[str, Any]:
    """`scope` with the client and scheme that the trusted proxies in front of us report.

    Only a peer in `networks` is believed. Without any, `ssl_proxy` believes X-Forwarded-Proto of whoever
    connects. The client is the last X-Forwarded-For address that is no trusted proxy. Headers stay as they are;
    `peer` is then who connected.
    """
    peer = (scope.get("client") or ("", 0))[0]
    from_proxy = bool(networks) and _trusted(peer, networks)
    if not from_proxy and (networks or not ssl_proxy):
        return scope
    scope = {**scope, "peer": peer}
    if protocols := _values(scope["headers"], b"x-forwarded-proto"):
        scope["scheme"] = "https" if protocols[-1].lower() in {"https", "wss"} else "http"
    if from_proxy:
        hops = _values(scope["headers"], b"x-forwarded-for")
        client = next((hop for hop in reversed(hops) if not _trusted(hop, networks)), None)
        if client is not None and _is_address(client):
            scope["client"] = (client, 0)
    return scope


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
