"""OUTBOUND_ALLOW: what messages may be sent to although it is not on the internet. Pure."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from rustrak.outbound.addresses import Address, literal, meant

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAME = re.compile(r"(?:\*\.)?[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*", re.ASCII)
_PORT = re.compile(r":([0-9]{1,5})", re.ASCII)


@dataclass(frozen=True, slots=True)
class AllowList:
    """`names` are in lower case, and `*.name` stands for all names below; a port of None is any."""

    names: tuple[tuple[str, int | None], ...] = ()
    networks: tuple[tuple[Network, int | None], ...] = ()

    def has_name(self, host: str, port: int) -> bool:
        """Whether the name may be connected to, whatever its address is. `host` is in lower case, without a dot at its end."""
        return any(
            allowed_port in {None, port}
            and (host == name or (name.startswith("*.") and host.endswith(name[1:])))
            for name, allowed_port in self.names
        )

    def has_address(self, address: Address, port: int) -> bool:
        """Whether the address may be connected to."""
        return any(
            allowed_port in {None, port} and (address in network or meant(address) in network)
            for network, allowed_port in self.networks
        )

    def __str__(self) -> str:
        entries = [(str(entry), port) for entry, port in (*self.names, *self.networks)]
        return ", ".join(f"{entry} (port {port})" if port else entry for entry, port in entries)


def parse(raw: str) -> AllowList:
    """Names, addresses and networks with or without a port, separated by commas. Raises ValueError."""
    names: list[tuple[str, int | None]] = []
    networks: list[tuple[Network, int | None]] = []
    for entry in filter(None, (part.strip() for part in raw.split(","))):
        bare, port = _split_port(entry)
        network = _network(bare)
        if network is not None:
            networks.append((network, port))
        elif _NAME.fullmatch(name := _name(bare)) and len(name) <= 253:
            names.append((name, port))
        else:
            raise _bad(entry)
    return AllowList(tuple(names), tuple(networks))


def _split_port(entry: str) -> tuple[str, int | None]:
    """An entry without its port. IPv6 needs brackets to have one, as in [fd00::1]:8065 or [fd00::]/8."""
    bare, port = entry, ""
    if entry.startswith("["):
        inside, closed, rest = entry[1:].partition("]")
        prefix, colon, port = rest.partition(":")
        if not closed or prefix[:1] not in {"", "/"} or ":" not in inside:
            raise _bad(entry)
        bare, port = inside + prefix, colon + port
    elif entry.count(":") == 1:
        bare, colon, port = entry.partition(":")
        port = colon + port
    if not port:
        return bare, None
    found = _PORT.fullmatch(port)
    if found is None or not 0 < int(found[1]) < 65536:
        raise _bad(entry)
    return bare, int(found[1])


def _network(bare: str) -> Network | None:
    if "/" not in bare and ":" not in bare:
        try:
            address = literal(bare)
        except ValueError:
            raise _bad(bare) from None
        return None if address is None else ipaddress.ip_network(address)
    try:
        return ipaddress.ip_network(bare if "%" not in bare else "", strict=False)
    except ValueError:
        raise _bad(bare) from None


def _name(bare: str) -> str:
    try:
        ascii_name = bare if bare.isascii() else bare.encode("idna").decode("ascii")
    except UnicodeError:
        raise _bad(bare) from None
    return ascii_name.lower().removesuffix(".")


def _bad(entry: str) -> ValueError:
    # What stands before an @ may be a password.
    shown = "an entry" if "@" in entry else repr(entry[:80])
    return ValueError(
        f"{shown} is not a host name, an address or a network: no scheme, no path, and commas between them"
    )
