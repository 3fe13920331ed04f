"""Which paths belong to SDKs, and what is in them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

# The last part of /api/<project>/<…>/ -> the endpoint. Source: docs/protocol.md, "Endpoints".
_OF_PROJECT = {
    "envelope": "envelope",
    "store": "store",
    "security": "security",
    "csp-report": "security",
    "nel": "nel",
    "minidump": "minidump",
}


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
        case ["cron", monitor]:
            return Route("cron", number, {"monitor": monitor})
        case ["cron", monitor, key]:
            return Route("cron", number, {"monitor": monitor, "key": key})
    return None
