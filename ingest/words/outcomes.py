"""What each outcome of the ledger is called, what it means, and what people can do about it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.ledger.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class Meaning:
    """An outcome for people: `label` in tables, `part` after a number in the sentence, and where to act (`place`)."""

    label: str
    part: str
    meaning: str
    advice: str = ""
    # "filters", "settings", "setup" or "requests": a page of the project; empty when there is none.
    place: str = ""


MEANINGS: dict[Outcome, Meaning] = {
    Outcome.STORED: Meaning("Stored", "stored", "Kept, and shown where it belongs."),
    Outcome.SALVAGED: Meaning(
        "Stored, but cut",
        "cut to size and stored",
        "An event past the size limit: what matters was kept, and its notes say what was cut.",
        "Send less with each event, such as large extra data, or raise MAX_EVENT_BYTES.",
    ),
    Outcome.DUPLICATE: Meaning(
        "Sent again",
        "sent again",
        "The same id had come before. It is stored once and counts once.",
        "SDKs repeat what they could not see arrive; a few are normal.",
    ),
    Outcome.SAMPLED: Meaning(
        "Sampled",
        "sampled",
        "Counted for its issue; the issue has enough examples of the same to look at.",
    ),
    Outcome.FILTERED: Meaning(
        "Filtered",
        "filtered",
        "Matched one of the project's inbound filters, which drop what you said you do not want.",
        "Change the filters if they drop too much.",
        "filters",
    ),
    Outcome.INVALID: Meaning(
        "In quarantine",
        "in quarantine",
        "Accepted, but it could not be read. The bytes are kept in the spool's quarantine, with the reason.",
        "The administrator finds them in INGEST_DIR/quarantine.",
    ),
    Outcome.UNSUPPORTED: Meaning(
        "Not kept",
        "of a type that is not kept",
        "Received, and answered as a success, but Rustrak does not keep this type.",
        "Turn it off in the SDK to save the traffic, such as traces_sample_rate for transactions.",
    ),
    Outcome.RATE_LIMITED: Meaning(
        "Over the quota",
        "refused by your quota",
        "More than the quota of the project or the installation allows in a minute or an hour.",
        "Find what sends so much, or raise the limit.",
        "limits",
    ),
    Outcome.TOO_LARGE: Meaning(
        "Too large",
        "refused as too large",
        "Past one of the limits on sizes, also after unpacking.",
        "Send less at once, or raise MAX_EVENT_BYTES or MAX_ENVELOPE_BYTES.",
        "requests",
    ),
    Outcome.MALFORMED: Meaning(
        "Unreadable",
        "refused as unreadable",
        "It was not what the protocol says: no envelope, no JSON, or packed wrongly.",
        "The latest requests say where it broke.",
        "requests",
    ),
    Outcome.UNAUTHENTICATED: Meaning(
        "Without a valid key",
        "refused for their key",
        "It named this project, but came without a key, with an unknown one or with another project's.",
        "Compare the DSN of your app with the one on the set-up page.",
        "setup",
    ),
    Outcome.NO_ROOM: Meaning(
        "No room",
        "refused for want of room",
        "The disk or the spool was full, or the database did not answer. Said to the SDK with a 503.",
        "The administrator should look at the log and run manage.py doctor.",
    ),
    Outcome.FAILED: Meaning(
        "Broken off",
        "broken off",
        "The client left before it was done, was too slow, or Rustrak itself failed.",
        "The latest requests say which. If it was Rustrak, the reason is in its log.",
        "requests",
    ),
    Outcome.EVICTED: Meaning(
        "Let go",
        "let go",
        "Deleted since, because it was past the time or number to keep.",
        "How much the project keeps is set beside its limits; attachments go after RETAIN_ATTACHMENT_DAYS.",
        "limits",
    ),
    Outcome.CLIENT_DISCARD: Meaning(
        "Dropped by the SDK",
        "dropped by the SDK",
        "The SDK itself said that it dropped this much before sending.",
    ),
}

UNKNOWN = Meaning(
    "Unknown",
    "unknown",
    "Accepted and without an outcome yet: it waits in the spool to be stored, which takes a second.",
    "If the number stays, the digest is behind, does not run, or lost something: manage.py doctor says which.",
)

# Why an SDK says it dropped something, in its own words -> in ours.
DISCARDS: dict[str, str] = {
    "backpressure": "The SDK was overloaded and lowered its sample rate for a while.",
    "before_send": "Your before_send (or beforeSend) function returned nothing.",
    "buffer_overflow": "Its buffer was full: the app made more than it could send.",
    "cache_overflow": "Its cache on disk was full while it was offline.",
    "event_processor": "An event processor, or an option such as ignore_errors, returned nothing.",
    "ignored": "An option such as ignoreErrors or ignoreTransactions named it.",
    "insufficient_data": "It had too little in it to be worth sending, such as a profile of an instant.",
    "internal_sdk_error": "The SDK failed at something itself.",
    "invalid": "The SDK found it invalid.",
    "network_error": "The server could not be reached, or the connection broke.",
    "no_parent_span": "A span had no transaction to belong to.",
    "other": "A reason of the SDK's own; its documentation may say more.",
    "queue_overflow": "Its queue was full: the app made more than it could send.",
    "ratelimit_backoff": "It was told to wait, because of a quota, and dropped what came meanwhile.",
    "sample_rate": "Your sample rate (sample_rate, traces_sample_rate) left it out.",
    "send_error": "The server refused it; the refused requests say why.",
    "too_big": "It was larger than the SDK sends.",
    "unsampled": "It belonged to something that your sample rate left out.",
}

_CATEGORIES: dict[str, tuple[str, str]] = {
    "attachment": ("attachment", "attachments"),
    "default": ("other item", "other items"),
    "error": ("error", "errors"),
    "feedback": ("feedback message", "feedback messages"),
    "internal": ("client report", "client reports"),
    "log_byte": ("byte of logs", "bytes of logs"),
    "log_item": ("log item", "log items"),
    "metric_bucket": ("metric", "metrics"),
    "monitor": ("check-in", "check-ins"),
    "profile": ("profile", "profiles"),
    "profile_chunk": ("profile", "profiles"),
    "replay": ("replay item", "replay items"),
    "security": ("security report", "security reports"),
    "session": ("session item", "session items"),
    "span": ("span", "spans"),
    "trace_metric": ("metric", "metrics"),
    "transaction": ("transaction", "transactions"),
}

# What is known of a reason beside an outcome; a reason not named here is shown as it is.
REASONS: dict[str, str] = {
    "allowed_origins": "origin not allowed",
    "blocked_addresses": "blocked address",
    "browser_extensions": "browser extension",
    "error_messages": "error message",
    "legacy_browsers": "legacy browser",
    "localhost": "localhost",
    "releases": "release",
    "web_crawlers": "web crawler",
    "no_key": "no key",
    "malformed_key": "malformed key",
    "unknown_key": "unknown key",
    "key_of_other_project": "key of another project",
    "origin_not_allowed": "origin not allowed",
    "malformed_envelope": "malformed envelope",
    "malformed_json": "malformed JSON",
    "undecodable": "packed wrongly",
    "unknown_encoding": "unknown encoding",
    "too_large_event": "event",
    "too_large_envelope": "request",
    "too_large_attachment": "attachment",
    "too_many_items": "too many items",
    "rate_limited": "quota",
    "project_minute": "the project’s minute",
    "project_hour": "the project’s hour",
    "installation_minute": "the installation’s minute",
    "installation_hour": "the installation’s hour",
    "no_room": "no room",
    "too_slow": "too slow",
    "disconnected": "connection lost",
    "looks_like_html": "HTML instead of data",
    "wrong_method": "wrong method",
    "empty": "empty body",
    "failed": "failure of Rustrak",
}


def category(name: str, quantity: int = 2) -> str:
    """A data category as a noun: `errors`, or `error` for one; an unknown one as it is."""
    one, many = _CATEGORIES.get(name, (name, name))
    return one if quantity == 1 else many


def counted(quantity: int, name: str) -> str:
    """`1,204 transactions`."""
    return f"{quantity:,} {category(name, quantity)}"


def reason(code: str) -> str:
    """A reason beside an outcome, in words; empty for none."""
    return REASONS.get(code, code.replace("_", " "))


def discard(code: str) -> str:
    """What it means that an SDK dropped something for this reason."""
    return DISCARDS.get(code, "Rustrak does not know this reason; the SDK's documentation may.")


# The order of the parts of the sentence, and of the layers of the chart: kept first, then less and less.
ORDER: tuple[Outcome, ...] = (
    Outcome.STORED,
    Outcome.SALVAGED,
    Outcome.DUPLICATE,
    Outcome.SAMPLED,
    Outcome.FILTERED,
    Outcome.UNSUPPORTED,
    Outcome.RATE_LIMITED,
    Outcome.TOO_LARGE,
    Outcome.MALFORMED,
    Outcome.UNAUTHENTICATED,
    Outcome.NO_ROOM,
    Outcome.FAILED,
    Outcome.INVALID,
)


def sentence(received: int, quantities: Mapping[Outcome, int], unknown: int, into: Sequence[str] = ()) -> str:
    """`12,431 received, 9,902 stored, 2,311 sampled into SHOP-14, 218 refused by your quota, 0 unknown`.

    Only parts that are not zero, except unknown, which is always said. `into` names the issues that were sampled.
    """
    parts = [f"{received:,} received"]
    for outcome in ORDER:
        if quantity := quantities.get(outcome, 0):
            part = MEANINGS[outcome].part
            if outcome is Outcome.SAMPLED and into:
                part += " into " + listed(into, most=3)
            parts.append(f"{quantity:,} {part}")
    return ", ".join([*parts, f"{unknown:,} {UNKNOWN.part}"])


def listed(names: Sequence[str], most: int = 5) -> str:
    """`a`, `a and b`, `a, b and 3 more`."""
    if len(names) <= most:
        return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    return f"{', '.join(names[: most - 1])} and {len(names) - most + 1} more"
