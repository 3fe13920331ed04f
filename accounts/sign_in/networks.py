"""Which addresses count as one sender: whoever has one of them usually has all of them."""

from __future__ import annotations

import ipaddress

from rustrak.proxies import address


def network(client: str) -> str:
    """The network of the address `client`: a /24 of IPv4 or a /64 of IPv6. Text that is no address stays as it is.

    An IPv4 address that is written as IPv6 (`::ffff:192.0.2.1`) counts as IPv4.
    """
    found = address(client)
    if found is None:
        return client
    return str(ipaddress.ip_network((found, 24 if found.version == 4 else 64), strict=False))
