"""Why a request was rejected, in words, and what to do about it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ingest.ledger.outcomes import Reason
from ingest.words.explanation import Detail, Explanation, message, number, text
from rustrak.lib import wording


def explain(
    reason: str, detail: Detail, *, project_id: int = 0, origin: str = "", other: str = ""
) -> Explanation:
    """Why a request to the project `project_id` was rejected. `reason` is a Reason, `detail` what the edge noted.

    `other` is the name of the project that the key belongs to; empty if the reader may not know it.
    """
    if reason == Reason.KEY_OF_OTHER_PROJECT:
        return _own_key(detail) if detail.get("project_id") == project_id else _other_project(other)
    if reason == Reason.ORIGIN_NOT_ALLOWED:
        return _origin(origin)
    if (known := _TEXTS.get(reason)) is not None:
        return Explanation(known.title, known.of(detail), known.fix, known.page)
    return Explanation("Rejected", message(detail) or f"The reason is called “{reason}”.")


_COPY_DSN = "Copy the whole DSN from the setup page: its key and its project number belong together."


def _own_key(detail: Detail) -> Explanation:
    claimed = text(detail, "claimed", most=20)
    named = f"project number {claimed}" if claimed else "another project"
    return Explanation(
        "Address of another project",
        f"It was sent with this project’s key, but its address names {named}.",
        _COPY_DSN,
        "setup",
    )


def _other_project(other: str) -> Explanation:
    owner = f"project {other}" if other else "another project"
    return Explanation(
        "Key of another project",
        f"The key belongs to {owner}, but the address names this one.",
        _COPY_DSN,
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


def _said_or(default: str) -> Callable[[Detail], str]:
    """The edge's message; `default` if there is none."""
    return lambda detail: message(detail) or default


def _undecodable(detail: Detail) -> str:
    encoding = text(detail, "encoding")
    expected = f"valid {encoding}" if encoding else "what its Content-Encoding says"
    return message(detail) or f"The body is not {expected}, or it is truncated."


def _unknown_encoding(detail: Detail) -> str:
    if encoding := text(detail, "encoding"):
        return f"Content-Encoding: {encoding} is not supported."
    return message(detail) or "Its Content-Encoding is not supported."


def _too_large(detail: Detail) -> str:
    found = message(detail) or "It is larger than the limit."
    if received := number(detail, "bytes"):
        found += f" {wording.size(received)} had arrived when it was rejected."
    return found


def _too_many_items(detail: Detail) -> str:
    if limit := number(detail, "limit"):
        return f"An envelope may contain {wording.counted(limit, 'item')}."
    return message(detail) or "The envelope has too many items."


@dataclass(frozen=True, slots=True)
class _Text:
    """What is said of one reason. `what` is the sentence, or makes it from what the edge noted."""

    title: str
    what: str | Callable[[Detail], str]
    fix: str
    page: str = ""

    def of(self, detail: Detail) -> str:
        return self.what if isinstance(self.what, str) else self.what(detail)


_TEXTS: Mapping[str, _Text] = {
    Reason.NO_KEY: _Text(
        "No key",
        "The request contains no key.",
        "Give the SDK the whole DSN. A proxy or tunnel must forward the X-Sentry-Auth header and the query string.",
        "setup",
    ),
    Reason.MALFORMED_KEY: _Text(
        "Malformed key",
        "A key has 32 hexadecimal digits; this one does not. It may be a placeholder, or incomplete.",
        "Copy the whole DSN from the setup page again.",
        "setup",
    ),
    Reason.UNKNOWN_KEY: _Text(
        "Unknown key",
        "No project has this key. It was replaced, its project was deleted, or it is from another server.",
        "Use the current DSN from the setup page in every app and environment.",
        "setup",
    ),
    Reason.DISABLED_KEY: _Text(
        "Key no longer in use",
        "The key was disabled, or it was replaced and the time for which it stayed valid is over.",
        "Use the current DSN from the setup page in every app and environment, or enable the key again.",
        "keys",
    ),
    Reason.MALFORMED_ENVELOPE: _Text(
        "Malformed envelope",
        _said_or("The body is not a valid envelope."),
        "A proxy, tunnel or custom transport may have truncated or changed the body. "
        "If a current SDK sent it directly, report it as a bug in Rustrak.",
    ),
    Reason.MALFORMED_ITEM: _Text(
        "Malformed item",
        _said_or("An item of the envelope cannot be read."),
        "Its length or its header is wrong. If a current SDK sent it directly, report it as a bug in Rustrak.",
    ),
    Reason.MALFORMED_CHECK_IN: _Text(
        "Malformed check-in",
        _said_or("The address or the body of the check-in cannot be read."),
        "Correct the call in the job. The pages of monitors show how a check-in is sent.",
    ),
    Reason.MALFORMED_JSON: _Text(
        "Malformed JSON",
        _said_or("The event is not a JSON object."),
        "Check what builds or changes the event: a custom transport, a hand-written client, a proxy that truncates bodies.",
    ),
    Reason.UNDECODABLE: _Text(
        "Wrong encoding",
        _undecodable,
        "A proxy that decompresses bodies must also remove the Content-Encoding header; "
        "one that limits their size must not truncate them.",
    ),
    Reason.UNKNOWN_ENCODING: _Text(
        "Unsupported encoding",
        _unknown_encoding,
        "Use gzip, deflate, br, zstd or no compression.",
    ),
    Reason.TOO_LARGE_EVENT: _Text(
        "Event too large",
        _too_large,
        "Large extra data, local variables or request bodies are the usual cause: send less of them, or raise "
        "MAX_EVENT_BYTES. Events up to eight times that size are truncated and stored; larger ones are rejected.",
    ),
    Reason.TOO_LARGE_ENVELOPE: _Text(
        "Request too large",
        _too_large,
        "Send fewer or smaller items at once, or raise MAX_ENVELOPE_BYTES or MAX_ENVELOPE_COMPRESSED_BYTES.",
    ),
    Reason.TOO_LARGE_ATTACHMENT: _Text(
        "Attachment too large",
        _too_large,
        "Send a smaller file, or raise the limit in the settings of the server.",
    ),
    Reason.TOO_MANY_ITEMS: _Text(
        "Too many items",
        _too_many_items,
        "Send them in several envelopes, as SDKs do by themselves.",
    ),
    Reason.RATE_LIMITED: _Text(
        "Rate limited",
        _said_or("More events were sent than the limit allows. The SDK was told to wait."),
        "Find out what sends so much, or raise the limit.",
        "limits",
    ),
    Reason.TOO_MUCH_WORK: _Text(
        "Too much to decode",
        "Decoding what was sent with this project’s key took more work than is allowed. The SDK was told to wait.",
        "The usual cause is data that is hundreds of times larger when it is decompressed. SDKs do not send that. "
        "If none of your apps does, somebody else is using the key: replace it.",
        "keys",
    ),
    Reason.NO_ROOM: _Text(
        "Server full",
        _said_or("The server could not store it at that moment."),
        "An administrator should check the disk and the log; manage.py doctor tells what is wrong.",
    ),
    Reason.TOO_SLOW: _Text(
        "Too slow",
        _said_or("The body did not arrive in time."),
        "Check the network between the app and this server; a proxy should buffer requests.",
    ),
    Reason.DISCONNECTED: _Text(
        "Aborted",
        "The client disconnected before it had sent everything.",
        "Let the app wait for its SDK before it exits (flush or close), and give proxies a longer timeout.",
    ),
    Reason.LOOKS_LIKE_HTML: _Text(
        "HTML instead of data",
        "The body is a web page. Something between the app and this server answered or replaced the request.",
        "Look for a proxy, firewall or sign-in page in between, and for a tunnel that forwards the wrong request.",
    ),
    Reason.WRONG_METHOD: _Text(
        "Wrong method",
        "SDKs send POST requests; this was another one.",
        "A redirect, such as from http to https, turns POST into GET: use the final address in the DSN.",
        "setup",
    ),
    Reason.EMPTY: _Text(
        "Empty request",
        "The body was empty.",
        "A proxy may have dropped a chunked body, or the app exited before sending it.",
    ),
    Reason.FAILED: _Text(
        "Rustrak error",
        "Rustrak failed to process the request and told the SDK so.",
        "An administrator finds the cause in the log of the web process.",
    ),
}
