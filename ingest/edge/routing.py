"""Which paths belong to SDKs, and what is in them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote_to_bytes

# The last part of /api/<project>/<…>/ -> the endpoint. Source: docs/protocol.md, "Endpoints".
_OF_PROJECT = {
    "envelope": "envelope",
    "store": "store",
    "security": "security",
    "csp-report": "security",
    "nel": "nel",
    "minidump": "minidump",
}
_CRON = re.compile(rb"/api/+[0-9]+/+cron/+(.*)")
# A key as in ingest.edge.auth: 32 hex digits, and in old DSNs more after a dot.
_KEY = re.compile(r"\s*[0-9a-fA-F]{32}\s*(?:\..*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint, the project's number if the path has one, and the other variable parts of the path by name."""

    endpoint: str
    project: str | None = None
    arguments: Mapping[str, str] = field(default_factory=dict)


@lru_cache(maxsize=1024)
def route(path: str) -> Route | None:
    """The Route of a path, None for other paths. Repeated slashes count as one, and a slash at the end is optional."""
    parts = [part for part in path.split("/") if part]
    if len(parts) < 2 or parts[0] != "api":
        return None
    match parts[1:]:
        case ["store"]:
            return Route("store")
        case ["embed", "error-page"]:
            return Route("error_page")
        case ["0", "projects", organization, project, "user-feedback"]:
            return Route("user_feedback", None, {"organization": organization, "project": project})
    if not (parts[1].isascii() and parts[1].isdigit()):
        return None
    number = parts[1].lstrip("0")
    match parts[2:]:
        case [word] if word in _OF_PROJECT:
            return Route(_OF_PROJECT[word], number)
        case ["events", event_id, "attachments"]:
            return Route("attachments", number, {"event_id": event_id})
        case ["cron", *rest] if rest:
            return Route("cron", number, _check_in(rest))
    return None


def check_in_arguments(raw_path: bytes) -> Mapping[str, str] | None:
    """The arguments of a `cron` Route, from the path as it was sent; None when it does not look like one.

    Only there a slash that belongs to the monitor's name (`%2F`) differs from one that separates.
    """
    found = _CRON.search(raw_path)
    parts = (
        [unquote_to_bytes(part).decode("utf-8", "replace") for part in found[1].split(b"/") if part]
        if found
        else []
    )
    return _check_in(parts) if parts else None


def _check_in(parts: list[str]) -> dict[str, str]:
    """What follows `cron/`: the monitor's name, which may have slashes, and the key, if the last part looks like one."""
    *name, last = parts
    if name and _KEY.fullmatch(last):
        return {"monitor": "/".join(name), "key": last}
    return {"monitor": "/".join(parts)}
