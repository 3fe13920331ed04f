"""Which web pages may send to a project: matches an Origin header against the allowed origins. Pure.

An allowed origin is one of:

`*`                         any
`example.org`               this host, any scheme and port
`*.example.org`             this host and its subdomains
`example.org:8080`          only this port; `:*` is any port
`https://example.org`       only this scheme, and its default port unless another is given
`null`                      pages without an origin: files, sandboxed frames

The edge asks for each request, so this module must not import `issues`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

MAX_ORIGIN = 2048
_DEFAULT_PORTS = {"http": 80, "https": 443}
_ORIGIN = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*|\*)://)?"
    r"(?P<host>\*|(?:\*\.)?[^\s/?#@:*\[\]]+|\[[0-9a-f:.]+\])"
    r"(?::(?P<port>\d{1,5}|\*))?/?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Origin:
    """An origin or a pattern. A `scheme` or `port` of None means any; a `host` that starts with a dot is a domain with its
    subdomains, an empty `host` means any."""

    scheme: str | None
    host: str
    port: int | None

    def allows(self, other: _Origin) -> bool:
        if self.scheme is not None and self.scheme != other.scheme:
            return False
        if self.port is not None and self.port != other.port:
            return False
        if self.host.startswith("."):
            return other.host.endswith(self.host) or other.host == self.host[1:]
        return not self.host or self.host == other.host


def origin_allowed(allowed: Sequence[str], origin: str | None) -> bool:
    """Whether a request with this Origin header (None: without one) may send to a project with these allowed origins.

    If `allowed` is empty, every request may. So may requests without an Origin, which do not come from a web page.
    Entries that are not one of the forms above allow nothing.
    """
    if not allowed or not origin:
        return True
    if len(origin) > MAX_ORIGIN:
        return False
    return _allowed(tuple(allowed), origin)


@lru_cache(maxsize=4096)
def _allowed(allowed: tuple[str, ...], origin: str) -> bool:
    if "*" in allowed:
        return True
    origin = origin.strip().lower()
    if origin == "null":
        return any(line.strip().lower() == "null" for line in allowed)
    asking = _read(origin)
    return asking is not None and any(_pattern(line).allows(asking) for line in allowed if is_pattern(line))


def is_pattern(line: str) -> bool:
    """Whether `line` is one of the forms above."""
    line = line.strip()
    return line.lower() == "null" or _read(line.lower()) is not None


@lru_cache(maxsize=1024)
def _pattern(line: str) -> _Origin:
    found = _read(line.strip().lower())
    if found is None:
        raise ValueError(f"{line!r} is not an origin")
    return found


def _read(text: str) -> _Origin | None:
    match = _ORIGIN.fullmatch(text)
    if match is None:
        return None
    scheme, host, port = match["scheme"], match["host"].rstrip("."), match["port"]
    if port not in (None, "*") and not 0 < int(port) < 65536:
        return None
    number = int(port) if port not in (None, "*") else None
    if port is None and scheme is not None:
        number = _DEFAULT_PORTS.get(scheme)
    return _Origin(
        scheme=None if scheme == "*" else scheme,
        host="" if host == "*" else host.removeprefix("*"),
        port=number,
    )
