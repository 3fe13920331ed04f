"""What filters look at in an event, whatever shape it was sent in. Pure; never raises."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ingest.filters.addresses import Address, address
from issues.payload import access, exception, message, stack, tags

_HOST = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?(\[[^\]/?#]*\]|[^/?#:]*)", re.IGNORECASE)
_NOWHERE = frozenset({"", "<anonymous>", "[native code]", "native"})


def request(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """The request, empty when there is none."""
    return access.mapping(event.get("request") or event.get("sentry.interfaces.Http"))


def url(event: Mapping[str, Any]) -> str:
    """The address of the request or page; empty when none was sent."""
    found = request(event).get("url")
    return found[:2048] if isinstance(found, str) else ""


def host(address: str) -> str:
    """The host of a URL in lower case, without brackets; empty when it has none."""
    found = _HOST.match(address[:2048])
    return found[1].strip("[]").rstrip(".").lower() if found else ""


def agent(event: Mapping[str, Any]) -> str:
    """The User-Agent; empty when none was sent."""
    for name, value in access.mapping(request(event).get("headers")).items():
        if isinstance(name, str) and name.lower() == "user-agent":
            if isinstance(value, list) and value:
                value = value[0]
            return value if isinstance(value, str) else ""
    return ""


def browser(event: Mapping[str, Any]) -> tuple[object, object]:
    """Name and version of the `browser` context, as they were sent."""
    context = access.mapping(access.mapping(event.get("contexts")).get("browser"))
    return context.get("name"), context.get("version")


def release(event: Mapping[str, Any]) -> str:
    """The release, also where it was sent as a tag; empty when none was sent."""
    return access.text(event.get("release")).strip() or tags.read(dict(event)).get("release", "").strip()


def texts(event: Mapping[str, Any]) -> Iterator[str]:
    """What a person would call its message: `type: value`, the value and the type of its exception; the message, with
    its parameters filled in and as it was sent."""
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
    """Whom it is about: who sent it, its user's address and its request's REMOTE_ADDR."""
    user = access.mapping(event.get("user") or event.get("sentry.interfaces.User"))
    env = access.mapping(request(event).get("env"))
    for text in (remote_addr, user.get("ip_address"), env.get("REMOTE_ADDR")):
        if isinstance(text, str) and (found := address(text)) is not None:
            yield found


def user_address(event: Mapping[str, Any]) -> Address | None:
    """The user's address where the event itself names one."""
    text = access.mapping(event.get("user")).get("ip_address")
    return address(text) if isinstance(text, str) else None


def thrown_in(event: Mapping[str, Any]) -> str:
    """The file of the topmost frame that is in one; empty when there is none."""
    for frame in reversed(stack.main_frames(dict(event))):
        for name in ("abs_path", "filename"):
            path = frame.get(name)
            if isinstance(path, str) and path.strip() not in _NOWHERE:
                return path.strip()[:2048]
    return ""
