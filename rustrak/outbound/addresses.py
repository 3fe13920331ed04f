"""Which addresses belong to the internet, and not to this machine, its network or its provider. Pure.

Not `is_global`: Python 3.11, 3.12 and 3.13 answer differently. Sources: the IANA registries of special-purpose addresses.
"""

from __future__ import annotations

import ipaddress
import re

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_PRIVATE = "an address of a private network"
_RESERVED = "a reserved address"
_METADATA = "an address of the provider's metadata service"
_IPV4 = [
    (ipaddress.IPv4Network(network), name)
    for network, name in (
        # Single addresses first, which have more exact names. Azure's answers only to the machines of Azure.
        ("169.254.169.254/32", _METADATA),
        ("169.254.170.2/32", _METADATA),
        ("100.100.100.200/32", _METADATA),
        ("168.63.129.16/32", _METADATA),
        ("192.0.0.192/32", _METADATA),
        ("0.0.0.0/8", "an address of this machine"),
        ("127.0.0.0/8", "an address of this machine"),
        ("10.0.0.0/8", _PRIVATE),
        ("172.16.0.0/12", _PRIVATE),
        ("192.168.0.0/16", _PRIVATE),
        ("100.64.0.0/10", "an address of a provider's private network"),
        ("169.254.0.0/16", "a link-local address"),
        ("192.0.0.0/24", _RESERVED),
        ("192.0.2.0/24", _RESERVED),
        ("192.88.99.0/24", _RESERVED),
        ("198.18.0.0/15", _RESERVED),
        ("198.51.100.0/24", _RESERVED),
        ("203.0.113.0/24", _RESERVED),
        ("224.0.0.0/4", "a multicast address"),
        ("240.0.0.0/4", _RESERVED),
    )
]
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# The only part of IPv6 that is routed on the internet, and what of it is not.
_IPV6_INTERNET = ipaddress.IPv6Network("2000::/3")
_IPV6 = [
    (ipaddress.IPv6Network(network), name)
    for network, name in (
        ("fd00:ec2::254/128", _METADATA),
        ("fd20:ce::254/128", _METADATA),
        ("::/127", "an address of this machine"),
        ("fc00::/7", _PRIVATE),
        ("fec0::/10", _PRIVATE),
        ("64:ff9b:1::/48", _PRIVATE),
        ("fe80::/10", "a link-local address"),
        ("ff00::/8", "a multicast address"),
        # Teredo and others, documentation, 6to4: each can stand for another address.
        ("2001::/23", _RESERVED),
        ("2001:db8::/32", _RESERVED),
        ("2002::/16", _RESERVED),
        ("3fff::/20", _RESERVED),
    )
]
# What any resolver of a C library takes for an IPv4 address, though people do not write it so: "0x7f.1", "2130706433".
_NUMBER_LIKE = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)", re.ASCII | re.IGNORECASE)


def meant(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for on its way (IPv4-mapped, NAT64), otherwise the address itself."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def flaw(address: Address) -> str:
    """What keeps `address` from being one of the internet, in words; empty when it is one."""
    address = meant(address)
    if isinstance(address, ipaddress.IPv4Address):
        return next((name for network, name in _IPV4 if address in network), "")
    found = next((name for network, name in _IPV6 if address in network), "")
    return found or ("" if address in _IPV6_INTERNET else _RESERVED)


def is_metadata(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    """Whether the network contains the metadata service of a provider."""
    return any(
        isinstance(network, ipaddress.IPv4Network) and network.overlaps(each)
        for each, name in _IPV4
        if name == _METADATA
    ) or any(
        isinstance(network, ipaddress.IPv6Network) and network.overlaps(each)
        for each, name in _IPV6
        if name == _METADATA
    )


def literal(host: str) -> Address | None:
    """`host` as the address that it is, without brackets; None when it is a name.

    Raises ValueError for an address in another than its usual form, such as octal, decimal or short ones, or with a zone:
    programs disagree on what they mean.
    """
    if ":" in host:
        if "%" in host:
            raise ValueError("an IPv6 address with a zone")
        return ipaddress.IPv6Address(host)
    # A name whose last part is a number is an address for browsers and for the C library.
    if not _NUMBER_LIKE.fullmatch(host.rpartition(".")[2]):
        return None
    try:
        return ipaddress.IPv4Address(host)
    except ValueError:
        raise ValueError("an IPv4 address in an unusual form") from None
