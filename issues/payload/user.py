"""Reads whom an event happened to: a stable number for each person, and the address of the client. Pure.

Source: docs/protocol.md, "Event payload", user.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from issues.payload.access import interface, mapping, text
from issues.payload.notes import Notes, What, short

AUTO = "{{auto}}"
_BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = re.compile(rf"{_BYTE}(?:\.{_BYTE}){{3}}")
# SDKs of these platforms have their address filled in without asking: they did so before `infer_ip` existed.
_ALWAYS_INFERRED = ("javascript", "cocoa")
IDENTIFIERS = ("id", "email", "username")


def person(
    event: dict[str, Any], sdk: Mapping[str, Any], remote_addr: str | None, notes: Notes
) -> int | None:
    """A number for the user's id, else e-mail, else name, else address: 64 bits, signed. None without any of them.

    `sdk` is what the SDK says of itself; `remote_addr` is the address that the event was sent from.
    """
    user = mapping(interface(event, "user"))
    address = _address(event, user, sdk, remote_addr, notes)
    for field in IDENTIFIERS:
        value = user.get(field)
        if isinstance(value, str | int | float) and (known := text(value)):
            return _number(f"{field}:{known}")
    return _number(f"ip:{address}") if address else None


def _number(identity: str) -> int:
    return int.from_bytes(hashlib.sha256(identity.encode()).digest()[:8], "big", signed=True)


def _address(
    event: dict[str, Any],
    user: Mapping[str, Any],
    sdk: Mapping[str, Any],
    remote_addr: str | None,
    notes: Notes,
) -> str | None:
    """The client's address where the SDK sent it or asks for it (`{{auto}}`, `sdk.settings.infer_ip`)."""
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
        env = mapping(interface(event, "request")).get("env")
        if found := _valid(env.get("REMOTE_ADDR")) if isinstance(env, dict) else None:
            return found
        if event.get("platform") not in _ALWAYS_INFERRED:
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
