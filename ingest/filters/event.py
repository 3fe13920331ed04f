"""Reads what the filters look at in an event. Pure; nothing raises, whatever was sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ingest.filters.addresses import Address, address
from issues.payload import access, exception, message, stack, tags

_HOST = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?(\[[^\]/?#]*\]|[^/?#:]*)", re.IGNORECASE)
_NO_FILE = frozenset({"", "<anonymous>", "[native code]", "native"})


def request(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """The request; empty if there is none."""
    return access.mapping(event.get("request") or event.get("sentry.interfaces.Http"))


def url(event: Mapping[str, Any]) -> str:
    """The URL of the request or page; empty if there is none."""
    found = request(event).get("url")
    return found[:2048] if isinstance(found, str) else ""


def host(url: str) -> str:
    """The host of a URL in lower case, without brackets; empty if it has none."""
    found = _HOST.match(url[:2048])
    return found[1].strip("[]").rstrip(".").lower() if found else ""


def agent(event: Mapping[str, Any]) -> str:
    """The User-Agent; empty if there is none."""
    for name, value in access.mapping(request(event).get("headers")).items():
        if isinstance(name, str) and name.lower() == "user-agent":
            if isinstance(value, list) and value:
                value = value[0]
            return value if isinstance(value, str) else ""
    return ""


def browser(event: Mapping[str, Any]) -> tuple[object, object]:
    """The name and version of the `browser` context, as they were sent."""
    context = access.mapping(access.mapping(event.get("contexts")).get("browser"))
    return context.get("name"), context.get("version")


def release(event: Mapping[str, Any]) -> str:
    """The release, also if it was sent as a tag; empty if there is none."""
    return access.text(event.get("release")).strip() or tags.read(dict(event)).get("release", "").strip()


def texts(event: Mapping[str, Any]) -> Iterator[str]:
    """The texts that a filter for error messages is matched against: `type: value`, the value and the type of the main
    exception; the log message with its parameters filled in, and as it was sent."""
    plain = dict(event)
    main = exception.main(plain)
    if main is not None:
        kind, value = access.text(main.get("type")).strip(), access.text(main.get("value")).strip()
        if kind and value:
            yield f"{kind}: {value}"
        yield value
        yield kind
    yield message.formatted(plain).strip()
    yield message.unformatted(plain).strip()


def addresses(event: Mapping[str, Any], remote_addr: str | None) -> Iterator[Address]:
    """The addresses of the client that sent it, of its user, and in the REMOTE_ADDR of its request."""
    user = access.mapping(event.get("user") or event.get("sentry.interfaces.User"))
    env = access.mapping(request(event).get("env"))
    for text in (remote_addr, user.get("ip_address"), env.get("REMOTE_ADDR")):
        if isinstance(text, str) and (found := address(text)) is not None:
            yield found


def user_address(event: Mapping[str, Any]) -> Address | None:
    """The user's address, if the event itself contains one."""
    text = access.mapping(event.get("user")).get("ip_address")
    return address(text) if isinstance(text, str) else None


def thrown_in(event: Mapping[str, Any]) -> str:
    """The file of the topmost frame that names one; empty if none does."""
    for frame in reversed(stack.main_frames(dict(event))):
        for name in ("abs_path", "filename"):
            path = frame.get(name)
            if isinstance(path, str) and path.strip() not in _NO_FILE:
                return path.strip()[:2048]
    return ""
