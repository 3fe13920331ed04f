"""IP addresses: cut to their network, or removed, where the name of a value says that one stands there. Pure."""

from __future__ import annotations

import ipaddress
import re
from enum import StrEnum

from issues.privacy.names import words_of


class Addresses(StrEnum):
    """What becomes of IP addresses; later ones are stricter."""

    KEEP = "keep"
    TRUNCATE = "truncate"  # IPv4 to 24 bits, IPv6 to 48
    REMOVE = "remove"


STRICTNESS = (Addresses.KEEP, Addresses.TRUNCATE, Addresses.REMOVE)
REMOVED = "[removed: IP address]"
_IPV4_BITS, _IPV6_BITS = 24, 48
# What may be an address: at most 45 characters, as the longest form of IPv6 has.
_CANDIDATE = re.compile(
    r"(?<![\w.:])(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-fA-F:]{2,45}(?:\.[0-9]{1,3}){0,3})(?![\w.]*[A-Za-z])"
)
# Names with these words, in this order and at the end, hold addresses of clients.
_NAMES = frozenset(
    (
        ("ip",), ("ips",), ("ip", "address"), ("ip", "addr"), ("ipaddress",), ("ipaddr",), ("remote", "addr"), ("remote", "address"),
        ("client", "address"), ("peer", "address"), ("client", "addr"), ("peer", "addr"), ("forwarded",), ("forwarded", "for"),
        ("ssh", "client"), ("ssh", "connection"),
    )
)  # fmt: skip
#: As names.STEMS.
STEMS = "(?:ip|addr|forwarded|ssh_c)"


def holds_address(name: str) -> bool:
    """Whether a value with this name holds the address of a client, as X-Forwarded-For and REMOTE_ADDR do."""
    words = words_of(name)
    return tuple(words[-2:]) in _NAMES or tuple(words[-1:]) in _NAMES


def changed(text: str, how: Addresses) -> str:
    """`text` with every address in it cut or replaced. A port stays."""
    if how is Addresses.KEEP:
        return text
    return _CANDIDATE.sub(lambda match: _changed(match[0], how), text)


def _changed(candidate: str, how: Addresses) -> str:
    try:
        address = ipaddress.ip_address(candidate)
    except ValueError:
        return candidate
    return REMOVED if how is Addresses.REMOVE else _cut(address)


def _cut(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    if mapped is not None:
        return _cut(mapped)
    bits = _IPV4_BITS if address.version == 4 else _IPV6_BITS
    return str(ipaddress.ip_network((address, bits), strict=False).network_address)


def of_client(address: str | None, how: Addresses) -> str | None:
    """The address that a request came from, as it may be stored; None where it is not."""
    if address is None or how is Addresses.KEEP:
        return address
    return None if how is Addresses.REMOVE else changed(address, how)
