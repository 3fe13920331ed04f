"""Who met the trouble: a stable number for each person, and the address of the client. Pure.

Source of the rules: docs/protocol.md, "Event payload", user.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from issues.payload import access
from issues.payload.notes import Notes, What, short

AUTO = "{{auto}}"
_BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = re.compile(rf"{_BYTE}(?:\.{_BYTE}){{3}}")
# SDKs that may ask for the address without saying so, from before `infer_ip`.
_FROM_BEFORE = ("javascript", "cocoa")


def person(
    event: dict[str, Any], sdk: Mapping[str, Any], remote_addr: str | None, notes: Notes
) -> int | None:
    """Who it was by id, else e-mail, else name, else address; 64 bits, signed. None when nobody is known.

    `sdk` is what the SDK says of itself, `remote_addr` who sent the event.
    """
    user = access.mapping(event.get("user") or event.get("sentry.interfaces.User"))
    address = _address(event, user, sdk, remote_addr, notes)
    for field in ("id", "email", "username"):
        value = user.get(field)
        if isinstance(value, str | int | float) and (known := access.text(value)):
            return _number(f"{field}:{known}")
    return _number(f"ip:{address}") if address else None


def _number(person: str) -> int:
    return int.from_bytes(hashlib.sha256(person.encode()).digest()[:8], "big", signed=True)


def _address(
    event: dict[str, Any],
    user: Mapping[str, Any],
    sdk: Mapping[str, Any],
    remote_addr: str | None,
    notes: Notes,
) -> str | None:
    """The client's address where the SDK sent it or asked for it (`{{auto}}`, `sdk.settings.infer_ip`)."""
    sent = user.get("ip_address")
    if sent and sent != AUTO:
        if (found := _valid(sent)) is None:
            notes.add("user.ip_address", What.BAD_ADDRESS, short(sent))
        return found
    settings = sdk.get("settings")
    infer = settings.get("infer_ip") if isinstance(settings, dict) else None
    if infer == "never":
        if sent == AUTO:
            notes.add("user.ip_address", What.NO_ADDRESS)
        return None
    if sent != AUTO and infer != "auto":
        request = access.mapping(event.get("request") or event.get("sentry.interfaces.Http"))
        env = request.get("env")
        if found := _valid(env.get("REMOTE_ADDR")) if isinstance(env, dict) else None:
            return found
        if event.get("platform") not in _FROM_BEFORE:
            return None
    if found := _valid(remote_addr):
        notes.add("user.ip_address", What.CLIENT_ADDRESS, found)
    return found


def _valid(address: Any) -> str | None:
    if not isinstance(address, str):
        return None
    if _IPV4.fullmatch(address):  # ten times as fast as parsing it
        return address
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return None
