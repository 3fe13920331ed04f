"""Which client a request came from when proxies stand in front of Rustrak: TRUSTED_PROXIES and SSL_PROXY.

X-Forwarded-For is the only header that names the client. `Forwarded` (RFC 7239), X-Real-IP and others are not read: a proxy
that does not know them passes on what the client wrote (docs/decisions/0017).
"""

from __future__ import annotations

import ipaddress
import logging
import re
from collections.abc import Iterable, Sequence
from typing import Any

log = logging.getLogger("rustrak.proxies")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# The key of `request.META` with the address that connected; REMOTE_ADDR is the client that the proxies report.
PEER = "rustrak.peer"
# And the one that says whether the client itself left PUBLIC_URL's path out: it asked HOST:PORT, not a proxy.
BARE = "rustrak.bare"


# A chain of more trusted proxies than this is none.
MOST_HOPS = 50
# An entry as proxies write it: in quotes or not, an IPv6 address in brackets, and a port. RFC 7239, section 6, has the
# forms; Azure and IIS write them into X-Forwarded-For, too.
_HOP = re.compile(r'"?(?:\[([^\[\]"]{1,100})\]|([\d.]{7,15}))(?::\w{1,40})?"?', re.ASCII)


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


def hop(entry: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address in an entry of X-Forwarded-For; None for `unknown`, `_hidden` and what is no address."""
    if (found := address(entry)) is not None:
        return found
    parts = _HOP.fullmatch(entry)
    return address((parts[1] or parts[2]) if parts else entry.strip('"'))


def resolve_client(scope: dict[str, Any], networks: Sequence[Network], ssl_proxy: bool) -> dict[str, Any]:
    """`scope` with the client and the scheme that the trusted proxies report, and the address that connected as `peer`.

    Headers are believed only when the peer is in `networks`. If there are no networks, `ssl_proxy` believes anyone's
    X-Forwarded-Proto. The client is the last address in X-Forwarded-For that is not a trusted proxy, or the first if all
    are. It is None where a trusted proxy names something that is no address: the peer is not the client then, and what
    stands further left may be the client's own invention. The headers stay as they are. Returns the same scope when
    nothing is believed.
    """
    peer = (scope.get("client") or ("", 0))[0]
    from_proxy = bool(networks) and is_trusted(peer, networks)
    if not from_proxy and (networks or not ssl_proxy):
        return scope
    scope = {**scope, "peer": peer}
    if protocols := _values(scope["headers"], b"x-forwarded-proto"):
        scope["scheme"] = "https" if protocols[-1].lower() in {"https", "wss"} else "http"
    if from_proxy and (hops := _values(scope["headers"], b"x-forwarded-for")):
        scope["client"] = _client(hops, networks, peer)
    return scope


def _client(hops: Sequence[str], networks: Iterable[Network], peer: str) -> tuple[str, int] | None:
    """The client that trusted proxies report with `hops`, the nearest last."""
    found = None
    for entry in hops[: -MOST_HOPS - 1 : -1]:
        found = hop(entry)
        if found is None:
            log.warning(
                "the proxy %s reports a client whose address is not one: %r. It counts as unknown",
                peer,
                entry[:100],
            )
            return None
        if not any(found in network for network in networks):
            break
    return None if found is None else (str(found), 0)


def _values(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[str]:
    """The comma-separated values of all header fields `name`, in order."""
    joined = b",".join(value for key, value in headers if key == name)
    return [part.strip() for part in joined.decode("latin-1").split(",") if part.strip()]
