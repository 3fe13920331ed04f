"""Internet addresses and networks. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from functools import lru_cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@lru_cache(maxsize=4096)
def address(text: str) -> Address | None:
    """`text` as an address, an IPv4 one also when it is written as IPv6 (`::ffff:192.0.2.1`); None when it is none."""
    if len(text) > 64:
        return None
    try:
        found = ipaddress.ip_address(text.strip().strip("[]").partition("%")[0])
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, ipaddress.IPv6Address) else found


def network(text: str) -> Network:
    """An address or a network in CIDR form; bits beyond the prefix are ignored. Raises ValueError."""
    found = ipaddress.ip_network(text.strip(), strict=False)
    if isinstance(found, ipaddress.IPv6Network) and found.prefixlen >= 96:
        mapped = found.network_address.ipv4_mapped
        if mapped is not None:
            return ipaddress.ip_network((mapped, found.prefixlen - 96))
    return found


class Networks:
    """Several networks; whether an address is in one takes as long as there are lengths of prefixes."""

    def __init__(self, networks: Iterable[Network]) -> None:
        self._by_prefix: dict[tuple[int, int], set[int]] = {}
        for one in networks:
            shift = one.max_prefixlen - one.prefixlen
            place = self._by_prefix.setdefault((one.version, shift), set())
            place.add(int(one.network_address) >> shift)

    def __bool__(self) -> bool:
        return bool(self._by_prefix)

    def __contains__(self, one: Address) -> bool:
        number = int(one)
        return any(
            version == one.version and number >> shift in heads
            for (version, shift), heads in self._by_prefix.items()
        )
