"""The outcomes of the ledger for people: what each is called, what it means, and what to do about it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.ledger.outcomes import Outcome
from rustrak.lib import wording


@dataclass(frozen=True, slots=True)
class Meaning:
    """What is said of an outcome: `label` in tables, `part` after a number in the sentence, `meaning`, `advice`."""

    label: str
    part: str
    meaning: str
    advice: str = ""
    # A page of the project: "filters", "limits", "setup" or "requests"; empty if none helps.
    page: str = ""


MEANINGS: dict[Outcome, Meaning] = {
    Outcome.STORED: Meaning("Stored", "stored", "Stored, and shown in this project."),
    Outcome.SALVAGED: Meaning(
        "Stored in part",
        "stored in part",
        "Parts of it were too large or invalid and were left out. The event’s processing notes list them.",
        "If events are too large, send less with each, such as less extra data, or raise MAX_EVENT_BYTES.",
    ),
    Outcome.DUPLICATE: Meaning(
        "Duplicate",
        "ignored as duplicate",
        "Another event with the same ID had arrived before. It is stored and counted once.",
        "SDKs send again what was not confirmed; a few duplicates are normal.",
    ),
    Outcome.SAMPLED: Meaning(
        "Sampled",
        "sampled",
        "Counted, but not stored, because its issue has enough similar events.",
    ),
    Outcome.FILTERED: Meaning(
        "Filtered",
        "filtered",
        "Discarded, because it matched one of the project’s inbound filters, or because the project has reached a "
        "limit on what it keeps.",
        "Change the filters if they discard too much. The page “Limits” shows how much the project keeps.",
        "filters",
    ),
    Outcome.INVALID: Meaning(
        "Set aside",
        "set aside",
        "Accepted, but it could not be read or used, or took too long to process.",
        "An administrator can list it with manage.py set_aside and put it back into the queue, until it is deleted as too "
        "old or too much. Unusable sessions are discarded instead.",
    ),
    Outcome.UNSUPPORTED: Meaning(
        "Not supported",
        "not supported",
        "Accepted and discarded, because Rustrak does not support this type.",
        "Turn it off in the SDK to save traffic, such as traces_sample_rate for transactions.",
    ),
    Outcome.RATE_LIMITED: Meaning(
        "Rate limited",
        "rate limited",
        "Rejected, because the project, its key or the installation had reached its limit of events per minute or hour, or "
        "because decoding what was sent took too much work.",
        "Find out what sends so much, or raise the limits of events.",
        "limits",
    ),
    Outcome.TOO_LARGE: Meaning(
        "Too large",
        "too large",
        "Rejected, because it was larger than a size limit, possibly after decompression.",
        "Send less at once, or raise MAX_EVENT_BYTES or MAX_ENVELOPE_BYTES.",
        "requests",
    ),
    Outcome.MALFORMED: Meaning(
        "Malformed",
        "malformed",
        "Rejected, because it was not a valid envelope, item or check-in, not JSON, or wrongly encoded.",
        "The latest requests show what was wrong.",
        "requests",
    ),
    Outcome.UNAUTHENTICATED: Meaning(
        "Invalid DSN",
        "with an invalid DSN",
        "Rejected, because it named this project but had no key, an unknown or disabled key or another project’s.",
        "Compare the DSN of your app with the one on the setup page.",
        "setup",
    ),
    Outcome.NO_ROOM: Meaning(
        "Server full",
        "rejected by a full server",
        "Rejected with status 503, because the disk or the queue was full or the database did not answer.",
        "An administrator should check the log and run manage.py doctor.",
    ),
    Outcome.FAILED: Meaning(
        "Aborted",
        "aborted",
        "The client disconnected before it was done, was too slow, or Rustrak failed.",
        "The latest requests tell which. If Rustrak failed, its log has the cause.",
        "requests",
    ),
    Outcome.EVICTED: Meaning(
        "Expired",
        "expired",
        "Deleted after it was stored, because it was too old, or because the project kept too much.",
        "Change how much the project keeps, or raise RETAIN_BYTES_PER_PROJECT. Attachments expire after "
        "RETAIN_ATTACHMENT_DAYS.",
        "limits",
    ),
    Outcome.CLIENT_DISCARD: Meaning(
        "Dropped by the SDK",
        "dropped by the SDK",
        "The SDK reported that it dropped this before sending.",
    ),
}

UNKNOWN = Meaning(
    "Unknown",
    "unknown",
    "Accepted, but not processed yet. It is in the queue, which normally takes a second.",
    "If the number stays, processing is behind, is not running, or has lost something: manage.py doctor tells which.",
)

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


def category(name: str, quantity: int = 2) -> str:
    """A data category as a noun: `errors`, or `error` for one; an unknown category as it is."""
    one, many = _CATEGORIES.get(name, (name, name))
    return one if quantity == 1 else many


def counted(quantity: int, name: str) -> str:
    """`1,204 transactions`: a number of a data category."""
    return f"{wording.number(quantity)} {category(name, quantity)}"


# The order of the parts of the sentence and of the layers of the chart, from stored to lost.
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
    """`12,431 received, 9,902 stored, 2,311 sampled into SHOP-14, 218 rate limited, 3 unknown`.

    Parts that are zero are left out. `into` names the issues of sampled events.
    """
    parts = [f"{wording.number(received)} received"]
    for outcome in ORDER:
        if quantity := quantities.get(outcome, 0):
            part = MEANINGS[outcome].part
            if outcome is Outcome.SAMPLED and into:
                part += " into " + listed(into, most=3)
            parts.append(f"{wording.number(quantity)} {part}")
    if unknown:
        parts.append(f"{wording.number(unknown)} {UNKNOWN.part}")
    return ", ".join(parts)


def listed(names: Sequence[str], most: int = 5) -> str:
    """`a`, `a and b`, `a, b and 3 more`."""
    if len(names) <= most:
        return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    return f"{', '.join(names[: most - 1])} and {len(names) - most + 1} more"
