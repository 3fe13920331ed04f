"""Reads Internet addresses and networks. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from functools import lru_cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@lru_cache(maxsize=4096)
def address(text: str) -> Address | None:
    """`text` as an address, or None. An IPv4 address that is written as IPv6 (`::ffff:192.0.2.1`) becomes IPv4."""
    if len(text) > 64:
        return None
    try:
        found = ipaddress.ip_address(text.strip().strip("[]").partition("%")[0])
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, ipaddress.IPv6Address) else found


def network(text: str) -> Network:
    """`text` as a network: an address or CIDR notation. Bits after the prefix are ignored. Raises ValueError."""
    found = ipaddress.ip_network(text.strip(), strict=False)
    if isinstance(found, ipaddress.IPv6Network) and found.prefixlen >= 96:
        mapped = found.network_address.ipv4_mapped
        if mapped is not None:
            return ipaddress.ip_network((mapped, found.prefixlen - 96))
    return found


class Networks:
    """A set of networks. Looking up an address takes one step for each different length of prefix."""

    def __init__(self, networks: Iterable[Network]) -> None:
        self._by_prefix: dict[tuple[int, int], set[int]] = {}
        for one in networks:
            shift = one.max_prefixlen - one.prefixlen
            prefixes = self._by_prefix.setdefault((one.version, shift), set())
            prefixes.add(int(one.network_address) >> shift)

    def __bool__(self) -> bool:
        return bool(self._by_prefix)

    def __contains__(self, one: Address) -> bool:
        number = int(one)
        return any(
            version == one.version and number >> shift in prefixes
            for (version, shift), prefixes in self._by_prefix.items()
        )
