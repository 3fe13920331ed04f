"""Reads whom an event happened to: a stable number for each person, what names them, and the address of the client. Pure.

Source: docs/protocol.md, "Event payload", user.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from issues.payload.access import interface, mapping, text
from issues.payload.notes import Notes, What, short
from rustrak.lib.text.folding import fold

# What an SDK sends for an address that it does not know and the server shall fill in.
_AUTO = re.compile(r"\s{0,8}\{\{\s{0,8}auto\s{0,8}\}\}\s{0,8}", re.IGNORECASE)
_BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = re.compile(rf"{_BYTE}(?:\.{_BYTE}){{3}}")
# SDKs of these platforms have their address filled in without asking: they did so before `infer_ip` existed.
_ALWAYS_INFERRED = ("javascript", "cocoa")
IDENTIFIERS = ("id", "email", "username")
#: In characters: of the columns of issues.models.Person.
LONGEST_ID, LONGEST_EMAIL, LONGEST_USERNAME = 200, 254, 200


class Identity(NamedTuple):
    """The person of an event. `number` is made of the id, else the e-mail address, else the user name, else the IP address: 64 bits,
    signed. The texts are cut to the LONGEST, e-mail address and name folded (rustrak.lib.text.folding); empty where there is none."""

    number: int
    id: str
    email: str
    username: str
    ip_address: str

    def filled(self, other: Identity) -> Identity:
        """The same person, with what only `other` says of them."""
        if self == other or all(self[1:]):
            return self
        return Identity(
            self.number, *(mine or theirs for mine, theirs in zip(self[1:], other[1:], strict=True))
        )


def identity(
    event: dict[str, Any], sdk: Mapping[str, Any], remote_addr: str | None, notes: Notes
) -> Identity | None:
    """The person of an event; None where it names nobody.

    `sdk` is what the SDK says of itself; `remote_addr` is the address that the event was sent from.
    """
    user = mapping(interface(event, "user"))
    address = _address(event, user, sdk, remote_addr, notes) or ""
    return _identity(user, address)


def stored_identity(event: dict[str, Any], notes: Iterable[Sequence[str]]) -> Identity | None:
    """The person of a stored event: the same as `identity` gave when it arrived. `notes` are those of the event's row, which have
    the address that it was sent from where that counts."""
    user = mapping(interface(event, "user"))
    inferred = {note[1]: note[2] for note in notes if len(note) == 3 and note[0] == "user.ip_address"}
    address = inferred.get(What.CLIENT_ADDRESS, "")
    if not address and What.NO_ADDRESS not in inferred:
        sdk = event.get("sdk")
        address = _address(event, user, sdk if isinstance(sdk, dict) else {}, None, Notes()) or ""
    return _identity(user, address)


def _identity(user: Mapping[str, Any], address: str) -> Identity | None:
    known = ""
    names: list[str] = []
    for field in IDENTIFIERS:
        value = user.get(field)
        name = text(value) if isinstance(value, str | int | float) else ""
        names.append(name)
        if name and not known:
            known = f"{field}:{name}"
    if not known:
        if not address:
            return None
        known = f"ip:{address}"
    return Identity(
        number(known),
        names[0][:LONGEST_ID],
        folded(names[1], LONGEST_EMAIL),
        folded(names[2], LONGEST_USERNAME),
        address,
    )


def folded(name: str, longest: int) -> str:
    """An e-mail address or a user name as it is stored, which folding may make longer."""
    return fold(name[:longest])[:longest] if name else ""


def number(known: str) -> int:
    """The number of a person who is known by a `kind:value`: id, email, username or ip."""
    return int.from_bytes(hashlib.sha256(known.encode()).digest()[:8], "big", signed=True)


def _address(
    event: dict[str, Any],
    user: Mapping[str, Any],
    sdk: Mapping[str, Any],
    remote_addr: str | None,
    notes: Notes,
) -> str | None:
    """The client's address where the SDK sent it or asks for it (`{{auto}}`, `sdk.settings.infer_ip`)."""
    sent = user.get("ip_address")
    asked = is_auto(sent)
    if sent and not asked:
        if (found := _valid(sent)) is None:
            notes.add("user.ip_address", What.BAD_ADDRESS, short(sent))
        return found
    settings = sdk.get("settings")
    infer = settings.get("infer_ip") if isinstance(settings, dict) else None
    if infer == "never":
        if asked:
            notes.add("user.ip_address", What.NO_ADDRESS)
        return None
    env = mapping(interface(event, "request")).get("env")
    of_request = env.get("REMOTE_ADDR") if isinstance(env, dict) else None
    if not asked and infer != "auto":
        if found := _valid(of_request):
            return found
        if event.get("platform") not in _ALWAYS_INFERRED and not is_auto(of_request):
            return None
    if found := _valid(remote_addr):
        notes.add("user.ip_address", What.CLIENT_ADDRESS, found)
    return found or _valid(of_request)


def _valid(address: Any) -> str | None:
    if not isinstance(address, str):
        return None
    if _IPV4.fullmatch(address):  # ten times as fast as parsing it
        return address
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return None


def is_auto(value: Any) -> bool:
    """Whether a value stands for the address of the client (`{{auto}}`)."""
    return isinstance(value, str) and "{{" in value and _AUTO.fullmatch(value) is not None


def with_address(event: dict[str, Any], address: str) -> dict[str, Any]:
    """`event` with `address` in every place that asks for it; with an empty one the places are left out.

    It is the same object where there is no such place, else a copy. Where `address` is empty it is the one that the
    event has in `request.env`, if it has one.
    """
    env = mapping(mapping(interface(event, "request")).get("env"))
    address = address or _valid(env.get("REMOTE_ADDR")) or ""
    changed = dict(event)
    for name in ("user", "sentry.interfaces.User"):
        _fill(changed, name, "ip_address", address)
    for name in ("request", "sentry.interfaces.Http"):
        sent = event.get(name)
        if isinstance(sent, dict):
            of_request = dict(sent)
            if _fill(of_request, "env", "REMOTE_ADDR", address):
                changed[name] = of_request
    contexts = event.get("contexts")
    if isinstance(contexts, dict):
        filled = dict(contexts)
        for name, context in contexts.items():
            if isinstance(context, dict) and _fill(filled, name, "ip_address", address):
                changed["contexts"] = filled
    return event if all(changed[name] is value for name, value in event.items()) else changed


def _fill(parent: dict[str, Any], name: str, member: str, address: str) -> bool:
    """Replace `parent[name]` by a copy with the address, if it asks for it; whether it did."""
    part = parent.get(name)
    if not isinstance(part, dict | list):
        return False
    found = mapping(part)
    if not is_auto(found.get(member)):
        return False
    parent[name] = {**found, member: address} if address else {k: v for k, v in found.items() if k != member}
    return True
