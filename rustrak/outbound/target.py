"""Where a URL leads, read in one way only: what programs read in different ways is refused. Pure."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from rustrak.outbound.addresses import Address, flaw, literal
from rustrak.outbound.allow_list import AllowList
from rustrak.outbound.messages import Refused

LONGEST = 4000
_PORTS = {"http": 80, "https": 443}
# White space, control characters and backslashes: browsers and libraries drop, keep or turn them into slashes.
_DOUBTFUL = re.compile(r"[\s\x00-\x20\x7f-\xa0\\\ud800-\udfff]")
_NAME = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*", re.ASCII)
_LONGEST_NAME = 253
# RFC 6761, RFC 6762, RFC 8375 and what networks use besides: names that no public server has.
_LOCAL = ("localhost", "localdomain", "local", "internal", "intranet", "lan", "home.arpa")


@dataclass(frozen=True, slots=True)
class Target:
    """`host` is in lower case and ASCII, without brackets; `address` is what it is if it is no name; `path` has the query."""

    scheme: str
    host: str
    port: int
    path: str
    address: Address | None

    @property
    def netloc(self) -> str:
        """The host and, unless it is the usual one, the port, as in a URL and in the header Host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def shown(self) -> str:
        """The address without what may be secret."""
        return f"{self.scheme}://{self.netloc}"

    @property
    def is_local_name(self) -> bool:
        """Whether the host is a name that only the own network can know."""
        if self.address is not None:
            return False
        return "." not in self.host or self.host.endswith(tuple(f".{name}" for name in _LOCAL))


def parse(url: str) -> Target:
    """The target of an absolute http or https URL. Raises Refused with what is wrong, without repeating the URL."""
    if len(url) > LONGEST:
        raise Refused(f"The address is longer than {LONGEST} characters.")
    if _DOUBTFUL.search(url):
        raise Refused("The address must have no blanks, control characters or backslashes.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Refused("The address is not a URL: its host or its port cannot be read.") from None
    if parts.scheme not in _PORTS:
        raise Refused("The address must begin with https:// or http://.")
    if not host:
        raise Refused("The address has no host, as in https://chat.example.org/hook.")
    if "@" in parts.netloc:
        raise Refused("The address must have no user name and no password: put them into a header.")
    if port == 0:
        raise Refused("The port must be a number from 1 to 65535.")
    name = _name(host)
    try:
        address = literal(name)
    except ValueError:
        raise Refused(
            "The host is an address in an unusual form: write it as in 192.0.2.1 or [2001:db8::1]."
        ) from None
    if address is None and (
        parts.netloc.startswith("[") or not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME
    ):
        raise Refused("The host is not a valid name.")
    return Target(
        parts.scheme,
        name if address is None else str(address),
        port or _PORTS[parts.scheme],
        _path(parts.path, parts.query),
        address,
    )  # fmt: skip


def check_literal(target: Target, allowed: AllowList) -> None:
    """Raise Refused for a host that is an address, in numbers, which may not be connected to. Names are not looked up."""
    if target.address is None or allowed.has_address(target.address, target.port):
        return
    if what := flaw(target.address):
        raise refused(target, what)


def refused(target: Target, what: str) -> Refused:
    """The refusal of a host because of what it is or leads to. The address of a name is not told: it may be internal."""
    verb = "leads to" if target.address is None else "is"
    return Refused(
        f"{target.host} {verb} {what}. Messages are only sent to the internet; an operator can allow more with "
        "OUTBOUND_ALLOW."
    )


def _name(host: str) -> str:
    """A host in ASCII and lower case, with digits and dots of other scripts as ordinary ones, without a dot at its end."""
    if not host.isascii():
        try:
            if len(host) > _LONGEST_NAME:
                raise UnicodeError
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            raise Refused("The host is not a valid name.") from None
    return host.lower().removesuffix(".")


def _path(path: str, query: str) -> str:
    """Path and query as they are, with characters beyond ASCII encoded."""
    written = quote(path or "/", safe=string.punctuation)
    return f"{written}?{quote(query, safe=string.punctuation)}" if query else written
