"""Reads URLs that may hold a password, so that no message repeats any part of one. Errors are ValueErrors."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from rustrak.lib.http import hosts

ENCODE = "characters such as / ? # % in a user or password must be percent-encoded (%2F %3F %23 %25)"
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?]*)([^?]*)(?:\?(.*))?")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PLACE = re.compile(r"(\[[0-9A-Fa-f:.]+(?:%[\w.~%-]+)?\]|[^\[\]:@\s]*)(?::([0-9]*))?", re.ASCII)
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*/?")
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Url:
    """The parts of `scheme://user:password@host:port/path?query`. `user` and `password` are decoded, others are not.

    `places` are the hosts, with brackets, and their ports: PostgreSQL takes several, separated by commas.
    """

    scheme: str
    user: str | None
    password: str | None
    places: tuple[tuple[str, int | None], ...]
    path: str
    query: str

    def encoded(self) -> str:
        """The URL again, with everything in user and password encoded that could be misread."""
        person = "" if self.user is None else quote(self.user, safe="")
        if self.password is not None:
            person += ":" + quote(self.password, safe="")
        at = "" if self.user is None else "@"
        places = ",".join(host if port is None else f"{host}:{port}" for host, port in self.places)
        query = f"?{self.query}" if self.query else ""
        return f"{self.scheme}://{person}{at}{places}{self.path}{query}"


def split(raw: str) -> Url:
    """The parts of the URL `raw`. Raises ValueError for one that could be read in a way that was not meant."""
    found = _URL.fullmatch(raw)
    if found is None:
        raise ValueError("must be a URL that starts with a scheme and ://")
    scheme, authority, path, query = found[1].lower(), found[2], found[3], found[4] or ""
    person, at, rest = authority.rpartition("@")
    if "#" in raw or "@" in path + query or _BAD_PERCENT.search(raw):
        raise ValueError(f"cannot be read as a URL: {ENCODE}, and @ after the host (%40)")
    user, colon, password = person.partition(":")
    return Url(
        scheme=scheme,
        user=unquote(user) if at else None,
        password=unquote(password) if colon else None,
        places=tuple(_place(one) for one in rest.split(",")),
        path=path,
        query=query,
    )


def _place(text: str) -> tuple[str, int | None]:
    found = _PLACE.fullmatch(text)
    if found is None:
        raise ValueError(f"the host and port cannot be read: {ENCODE}")
    port = int(found[2][:6]) if found[2] else None
    if port is not None and not 1 <= port <= 65535:
        raise ValueError("the port must be from 1 to 65535")
    return found[1], port


def public(raw: str) -> str:
    """An http or https address, as browsers write it: lower case, Punycode, no default port, no slash at its end.

    It may have a port and a path. Raises ValueError.
    """
    if not raw.lower().startswith(("http://", "https://")):
        raise ValueError("must be an http or https address")
    if "@" in raw or "?" in raw or "#" in raw:
        raise ValueError("must have no user, query or fragment")
    parts = split(raw)
    (written, port), *others = parts.places
    host = None if others else _public_host(written)
    if host is None:
        raise ValueError("must have a host name or an address after the //")
    if not _PATH.fullmatch(parts.path) or ".." in parts.path:
        raise ValueError("the path may have letters, digits and . _ ~ - between its slashes")
    shown = "" if port is None or port == _DEFAULT_PORTS[parts.scheme] else f":{port}"
    return f"{parts.scheme}://{host}{shown}{parts.path.rstrip('/')}"


def base(host: str, port: int) -> str:
    """The http address of a server that listens on `host`, which is as `listening` returns it."""
    host = host.partition("%")[0]
    return f"http://{bracketed(host)}:{port}"


def bracketed(host: str) -> str:
    """`host` as it is written before a port: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def listening(raw: str) -> str:
    """A host name or an address to listen on, without brackets. Raises ValueError."""
    bare = raw[1:-1] if raw.startswith("[") and raw.endswith("]") else raw
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        pass
    else:
        return bare
    if "/" in raw:
        raise ValueError(
            "must be a name or an address, without scheme and path; Unix sockets are not supported"
        )
    if re.fullmatch(r".+:[0-9]*", raw, re.DOTALL):
        raise ValueError("must be a name or an address without a port: the port is in PORT")
    found = None if ":" in raw else _public_host(raw)
    if found is None:
        raise ValueError(
            "must be the name or an address of this machine; 0.0.0.0 or :: for all of its addresses"
        )
    return found


def _public_host(written: str) -> str | None:
    """A host as browsers write it, or None when it is no name and no address."""
    try:
        found = hosts.name(written) or hosts.name(written.encode("idna").decode("ascii"))
    except UnicodeError:
        return None
    if found is None or found.startswith(".") or ".." in found:
        return None
    if ":" not in found and found.rpartition(".")[2].isdigit() and not _is_address(found):
        return None  # browsers and resolvers read such numbers in ways of their own
    return bracketed(found)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
