"""Which Host headers are answered: a web page must not read us under a name that its author points at our address.

That attack is DNS rebinding: the browser takes us for the author's own site, so only the name in Host tells the two
apart. The port does not matter to it, and is ignored. An address cannot be rebound.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

# RFC 9110, section 7.2, and the underscores of names in Compose files. The longest name in DNS has 253 characters.
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})(?:%[\w.~-]{1,32})?\]|([\w.-]{1,254}))(?::\d{0,5})?", re.ASCII)
_LONGEST = 300


def name(host: str) -> str | None:
    """The name or address in a Host header, without port, brackets and the dot at its end, in lower case.

    IPv6 addresses are in their short form, IPv4-mapped ones are IPv4. None when it is neither.
    """
    if len(host) > _LONGEST:
        return None
    address = _address(host)  # IPv6 without brackets
    if address is None:
        found = _HOST.fullmatch(host)
        if found is None:
            return None
        if found[1] is not None:
            address = _address(found[1])
            return None if address is None else str(address)
        address = _address(found[2])
    if address is not None:
        return str(address)
    return found[2].lower().removesuffix(".") or None if found else None


def declared(entry: str) -> str:
    """An entry of ALLOWED_HOSTS as `Hosts` compares it. Raises ValueError.

    `name`, `name:port`, an address, `*.name` or `.name` for all names below it, or `*` for any Host.
    """
    if entry == "*":
        return entry
    below = entry.removeprefix("*").startswith(".")
    bare = entry.removeprefix("*").removeprefix(".") if below else entry
    try:
        found = name(bare) or name(bare.encode("idna").decode("ascii"))
    except UnicodeError:
        found = None
    if found is None or "/" in entry:
        raise ValueError(f"{entry!r} is not a host name: no scheme, no path, and commas between names")
    return f".{found}" if below else found


def origin(url: str) -> str:
    """The origin of an http or https URL as browsers send it: lower case, names in ASCII, no usual port.

    Source: RFC 6454, section 6.2. A name that cannot be a host's stays as it is.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not host.isascii():
        with suppress(UnicodeError):
            host = host.encode("idna").decode("ascii")
    port = parts.port
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != usual else "")


@dataclass(frozen=True, slots=True)
class Hosts:
    """The names that are answered, besides those of the loopback interface.

    `suffixes` begin with a dot and stand for all names below. With `addresses` every address is answered: for a server
    that listens on all of its addresses, of which some may be translated on the way. With `everything` every Host is.
    """

    names: frozenset[str]
    suffixes: tuple[str, ...] = ()
    addresses: bool = False
    everything: bool = False

    @classmethod
    def of(cls, public: str, listening: str, allowed: Iterable[str]) -> Hosts:
        """`public` is PUBLIC_URL's host, `listening` is HOST, `allowed` are entries as `declared` returns them."""
        entries = set(allowed)
        names = {entry for entry in entries if not entry.startswith((".", "*"))}
        for text in (public, listening):
            try:
                names.add(declared(text))
            except ValueError:
                continue  # HOST may be empty; listening then fails or binds to every address
        address = _address(listening)
        return cls(
            names=frozenset(names),
            suffixes=tuple(sorted(entry for entry in entries if entry.startswith("."))),
            addresses=not listening or (address is not None and address.is_unspecified),
            everything="*" in entries,
        )

    def answers(self, host: str) -> bool:
        """Whether requests with this Host header are answered."""
        found = name(host)
        if found is None:
            return self.everything
        if found in self.names or self.everything or found == "localhost" or found.endswith(".localhost"):
            return True
        address = _address(found)
        if address is not None:
            return self.addresses or address.is_loopback
        return found.endswith(self.suffixes) if self.suffixes else False


def is_local(host: str, *, listening: bool = False) -> bool:
    """Whether a name or address can be reached from this machine only.

    `listening`: 0.0.0.0 and :: then stand for all of the machine's addresses; in a URL they reach nothing else.
    """
    address = _address(host)
    if address is None:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or (address.is_unspecified and not listening)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
