"""Which pages' browsers may send to a project: its list of allowed origins. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from urllib.parse import urlsplit


def origin_allowed(allowed: Sequence[str], origin: str | None) -> bool:
    """Whether a request with this Origin header may send, by the project's lines. An empty list allows all, and so
    does a request without an Origin, which is no browser's.

    A line is `*`, an origin (`https://shop.example.org:8443`), or a host; without a scheme or a port it means any,
    and `*` in a host stands for any part of it.
    """
    if not allowed or not origin:
        return True
    scheme, host, port = _parts(origin)
    for line in allowed:
        wanted_scheme, wanted_host, wanted_port = _parts(line)
        if (
            fnmatchcase(host, wanted_host)
            and wanted_scheme in {"", "*", scheme}
            and wanted_port in {"", "*", port or _PORTS.get(scheme, "")}
        ):
            return True
    return False


_PORTS = {"http": "80", "https": "443"}


def _parts(text: str) -> tuple[str, str, str]:
    """(scheme, host, port), lower-case; empty where there is none."""
    scheme, separator, rest = text.strip().lower().partition("://")
    if not separator:
        scheme, rest = "", scheme
    place = rest.partition("/")[0]
    try:
        host = urlsplit(f"//{place}").hostname or place if place.startswith("[") else place.partition(":")[0]
    except ValueError:
        host = place
    tail = place.rpartition("]")[2] if place.startswith("[") else place
    return scheme, host, tail.partition(":")[2]
