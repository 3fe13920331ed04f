"""HTTPS_PROXY, HTTP_PROXY and NO_PROXY: whether a request goes through a proxy, and through which. Pure."""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from rustrak.outbound.target import Target

_DOUBTFUL = re.compile(r"[\x00-\x20\x7f\\]")


class BadProxy(ValueError):
    """A variable that names no proxy that can be used. The message never repeats it: it may have a password."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """`headers` are for the proxy only: they may have a password."""

    host: str
    port: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Environment:
    """The variables as they are set, empty where they are not: other programs use them too, and take more than we do."""

    https: str = field(default="", repr=False)
    http: str = field(default="", repr=False)
    no: str = ""

    def of(self, target: Target) -> Proxy | None:
        """The proxy for a request; None when it goes straight. Raises BadProxy."""
        raw = self.https if target.scheme == "https" else self.http
        if not raw or _is_excepted(target, self.no):
            return None
        return read(raw, "HTTPS_PROXY" if target.scheme == "https" else "HTTP_PROXY")


def read(raw: str, name: str) -> Proxy:
    """The proxy in the variable `name`: `http://user:password@host:port`, or without the scheme. Raises BadProxy."""
    try:
        parts = urlsplit(raw if "://" in raw else f"http://{raw}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise BadProxy(
            f"{name} is not the address of a proxy, such as http://proxy.example.org:3128."
        ) from None
    if parts.scheme != "http":
        raise BadProxy(f"{name} must begin with http://: other kinds of proxies are not supported.")
    if not host or port == 0 or _DOUBTFUL.search(raw):
        raise BadProxy(f"{name} is not the address of a proxy, such as http://proxy.example.org:3128.")
    headers = {}
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Proxy-Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"
    return Proxy(host, port or 80, headers)


def _is_excepted(target: Target, no_proxy: str) -> bool:
    """Whether NO_PROXY names the target: `*`, a name and all below it, an address or a network, each with or without a port."""
    return any(_names(entry.strip().lower(), target) for entry in no_proxy.split(",") if entry.strip())


def _names(entry: str, target: Target) -> bool:
    if entry == "*":
        return True
    if target.address is not None:
        try:
            return target.address in ipaddress.ip_network(entry.strip("[]"), strict=False)
        except ValueError:
            pass
    host, colon, port = entry.rpartition(":")
    if colon and port.isascii() and port.isdigit():
        return int(port[:6]) == target.port and _names(host, target)
    suffix = entry.removeprefix("*").removeprefix(".")
    return suffix != "" and (target.host == suffix or target.host.endswith(f".{suffix}"))
