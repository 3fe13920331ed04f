"""What became of one request of an SDK, in words, and what to do about it. Pure.

`detail` is what the edge noted (ingest.ledger.tally.AnsweredRequest.detail); nothing in it is taken at its word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ingest.ledger.outcomes import Reason

Detail = Mapping[str, Any]

# Sizes as the edge says them.
_BYTES = re.compile(r"\b(\d{4,15}) bytes")


@dataclass(frozen=True, slots=True)
class Explanation:
    """What happened (`title`, `text`) and what to do (`fix`, at `place`: a page of the project, or empty)."""

    title: str
    text: str
    fix: str = ""
    place: str = ""


def explain(
    reason: str, detail: Detail, *, project_id: int = 0, origin: str = "", other: str = ""
) -> Explanation:
    """Why a request was refused, for people of the project `project_id`.

    `other` names the key's own project, if the reader may know it.
    """
    if reason == Reason.KEY_OF_OTHER_PROJECT:
        return _own_key(detail) if detail.get("project_id") == project_id else _other_project(other)
    if reason == Reason.ORIGIN_NOT_ALLOWED:
        return _origin(origin)
    if (known := _REASONS.get(reason)) is not None:
        return known(detail)
    return Explanation("Refused", _said(detail) or f"The reason is called “{reason}”.")


def size(number: int) -> str:
    """`512 bytes`, `4.6 KB`, `1 MB`: of 1,024, and with one digit where that says more."""
    if number < 1024:
        return f"{number:,} byte{'' if number == 1 else 's'}"
    for unit, scale in (("KB", 1024), ("MB", 1024**2), ("GB", 1024**3)):
        if number < scale * 1024 or unit == "GB":
            text = f"{number / scale:,.1f}".removesuffix(".0")
            return f"{text} {unit}"
    raise AssertionError("the last unit takes all")


def _said(detail: Detail) -> str:
    """The edge's own words, as a sentence, with sizes as people read them."""
    message = _text(detail, "message", most=300)
    if not message:
        return ""
    message = _BYTES.sub(lambda found: size(int(found[1])), message)
    return message[0].upper() + message[1:] + ("" if message[-1] in ".!?" else ".")


def _number(detail: Detail, name: str) -> int | None:
    value = detail.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _text(detail: Detail, name: str, most: int = 120) -> str:
    value = detail.get(name)
    return " ".join(value.split())[:most] if isinstance(value, str) else ""


def _own_key(detail: Detail) -> Explanation:
    claimed = _text(detail, "claimed", most=20)
    return Explanation(
        "Your key, another project's address",
        f"It came with this project's key, but its address names project number {claimed}."
        if claimed
        else "It came with this project's key, but its address names another project.",
        "Key and project number belong together: copy the whole DSN from the set-up page.",
        "setup",
    )


def _other_project(other: str) -> Explanation:
    return Explanation(
        "The key of another project",
        f"This key belongs to {'project ' + other if other else 'another project'}, but the address names this one.",
        "Key and project number belong together: copy the whole DSN from the set-up page.",
        "setup",
    )


def _origin(origin: str) -> Explanation:
    who = f"{origin} is" if origin else "The page that sent it is"
    return Explanation(
        "Origin not allowed",
        f"{who} not among the allowed origins of this project.",
        "Add it to the allowed origins, or empty that list to allow every page.",
        "filters",
    )


def _no_key(detail: Detail) -> Explanation:
    return Explanation(
        "No key",
        "Nothing in the request says which key it was sent with.",
        "Give the SDK the whole DSN. Behind a proxy or tunnel, let X-Sentry-Auth and the query string pass.",
        "setup",
    )


def _malformed_key(detail: Detail) -> Explanation:
    return Explanation(
        "The key is none",
        "A key is 32 hexadecimal digits; what was sent is something else, perhaps a placeholder or half of one.",
        "Copy the whole DSN from the set-up page once more.",
        "setup",
    )


def _unknown_key(detail: Detail) -> Explanation:
    return Explanation(
        "An unknown key",
        "No project has this key. It was replaced, its project was deleted, or it is from another server.",
        "Use the DSN that the set-up page shows now, in every app and environment.",
        "setup",
    )


def _malformed_envelope(detail: Detail) -> Explanation:
    return Explanation(
        "An unreadable envelope",
        _said(detail) or "The body breaks the grammar of envelopes.",
        "Something on the way may have cut or rewritten the body: look at proxies, tunnels and custom transports. "
        "Straight from a current SDK it would be a mistake of ours.",
    )


def _malformed_json(detail: Detail) -> Explanation:
    return Explanation(
        "Unreadable JSON",
        _said(detail) or "What should be an event is no JSON object.",
        "Look at what builds or changes the event: a custom transport, a hand-written client, a proxy that cuts bodies.",
    )


def _undecodable(detail: Detail) -> Explanation:
    encoding = _text(detail, "encoding")
    return Explanation(
        "Packed otherwise than it says",
        _said(detail)
        or f"The body is not {encoding or 'what its Content-Encoding says'}, or it ends too early.",
        "A proxy that unpacks bodies must drop the Content-Encoding header too; one that limits them must not cut them.",
    )


def _unknown_encoding(detail: Detail) -> Explanation:
    encoding = _text(detail, "encoding")
    return Explanation(
        "An unknown encoding",
        f"Content-Encoding: {encoding} cannot be read."
        if encoding
        else _said(detail) or "It cannot be read.",
        "Send it as gzip, deflate, br, zstd, or plain.",
    )


_LARGE = {
    Reason.TOO_LARGE_EVENT: (
        "The event is too large",
        "Large extra data, local variables or request bodies are the usual cause: send less of them, or raise "
        "MAX_EVENT_BYTES. Up to eight times that an event is cut and stored, past it refused.",
    ),
    Reason.TOO_LARGE_ENVELOPE: (
        "The request is too large",
        "Send fewer or smaller things at once, or raise MAX_ENVELOPE_BYTES or MAX_ENVELOPE_COMPRESSED_BYTES.",
    ),
    Reason.TOO_LARGE_ATTACHMENT: (
        "An attachment is too large",
        "Send a smaller file, or raise the limit where Rustrak is set up.",
    ),
}


def _too_large(reason: Reason) -> Callable[[Detail], Explanation]:
    title, fix = _LARGE[reason]

    def words(detail: Detail) -> Explanation:
        text = _said(detail) or "It is past the limit."
        if came := _number(detail, "bytes"):
            text += f" {size(came)} had come when it was refused."
        return Explanation(title, text, fix)

    return words


def _too_many_items(detail: Detail) -> Explanation:
    limit = _number(detail, "limit")
    return Explanation(
        "Too many items",
        f"An envelope may have {limit:,} items."
        if limit
        else _said(detail) or "The envelope has too many items.",
        "Send them in several envelopes; SDKs do so by themselves.",
    )


def _rate_limited(detail: Detail) -> Explanation:
    return Explanation(
        "Over the quota",
        _said(detail) or "More events came than the quota allows, so the SDK was told to wait.",
        "Find what sends so much, or raise the limit.",
        "limits",
    )


def _no_room(detail: Detail) -> Explanation:
    return Explanation(
        "No room",
        _said(detail) or "It could not be kept just then.",
        "The administrator should look at the disk and the log; manage.py doctor says what is wrong.",
    )


def _too_slow(detail: Detail) -> Explanation:
    return Explanation(
        "Too slow",
        _said(detail) or "The body did not arrive in time.",
        "Look at the network between the app and here; a proxy should buffer requests.",
    )


def _disconnected(detail: Detail) -> Explanation:
    return Explanation(
        "Broken off",
        "The client left before it had sent everything.",
        "Let the app wait for its SDK when it ends (flush or close), and give proxies a longer time-out.",
    )


def _html(detail: Detail) -> Explanation:
    return Explanation(
        "HTML instead of data",
        "The body is a web page. Something on the way answered or replaced the request.",
        "Look for a proxy, firewall or sign-in page between the app and here, and for a tunnel that forwards the wrong thing.",
    )


def _wrong_method(detail: Detail) -> Explanation:
    return Explanation(
        "The wrong method",
        "SDKs send with POST; this came otherwise.",
        "A redirect, such as from http to https, turns POST into GET: let the DSN name the final address.",
        "setup",
    )


def _empty(detail: Detail) -> Explanation:
    return Explanation(
        "Nothing in it",
        "The body was empty.",
        "A proxy may have dropped a chunked body, or the app ended before it was sent.",
    )


def _failed(detail: Detail) -> Explanation:
    return Explanation(
        "A failure of Rustrak",
        "Rustrak failed at answering; the SDK was told so.",
        "The administrator finds the reason in the log of the web process.",
    )


_REASONS: dict[str, Callable[[Detail], Explanation]] = {
    Reason.NO_KEY: _no_key,
    Reason.MALFORMED_KEY: _malformed_key,
    Reason.UNKNOWN_KEY: _unknown_key,
    Reason.MALFORMED_ENVELOPE: _malformed_envelope,
    Reason.MALFORMED_JSON: _malformed_json,
    Reason.UNDECODABLE: _undecodable,
    Reason.UNKNOWN_ENCODING: _unknown_encoding,
    Reason.TOO_MANY_ITEMS: _too_many_items,
    Reason.RATE_LIMITED: _rate_limited,
    Reason.NO_ROOM: _no_room,
    Reason.TOO_SLOW: _too_slow,
    Reason.DISCONNECTED: _disconnected,
    Reason.LOOKS_LIKE_HTML: _html,
    Reason.WRONG_METHOD: _wrong_method,
    Reason.EMPTY: _empty,
    Reason.FAILED: _failed,
    **{reason: _too_large(reason) for reason in _LARGE},
}
