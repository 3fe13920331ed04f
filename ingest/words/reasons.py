"""Why something was rejected or filtered, in a few words; and why SDKs drop what they do not send. Pure."""

from __future__ import annotations

# The reasons of the ledger.
REASONS: dict[str, str] = {
    "allowed_origins": "origin not allowed",
    "blocked_addresses": "blocked address",
    "browser_extensions": "browser extension",
    "error_messages": "error message",
    "fingerprint_rule": "fingerprint rule",
    "legacy_browsers": "legacy browser",
    "localhost": "localhost",
    "releases": "release",
    "web_crawlers": "web crawler",
    "no_key": "no key",
    "malformed_key": "malformed key",
    "unknown_key": "unknown key",
    "disabled_key": "disabled key",
    "key_of_other_project": "key of another project",
    "origin_not_allowed": "origin not allowed",
    "malformed_envelope": "malformed envelope",
    "malformed_item": "malformed item",
    "malformed_check_in": "malformed check-in",
    "malformed_json": "malformed JSON",
    "undecodable": "wrong encoding",
    "unknown_encoding": "unsupported encoding",
    "too_large_event": "event",
    "too_large_envelope": "request",
    "too_large_attachment": "attachment",
    "too_many_items": "too many items",
    "too_many": "too many",
    "too_many_attachments": "too many attachments of one event",
    "too_many_bytes": "too many bytes kept",
    "too_many_environments": "too many environments of monitors",
    "too_many_issues": "too many issues",
    "too_many_monitors": "too many monitors",
    "too_many_releases": "too many releases a day",
    "too_old": "too old",
    "rate_limited": "rate limited",
    "project_minute": "project limit per minute",
    "project_hour": "project limit per hour",
    "key_minute": "key limit per minute",
    "key_hour": "key limit per hour",
    "installation_minute": "installation limit per minute",
    "installation_hour": "installation limit per hour",
    "too_much_work": "too much to decode",
    "little_space": "too little disk space",
    "no_room": "server full",
    "too_slow": "too slow",
    "too_costly": "took too long to process",
    "disconnected": "connection lost",
    "looks_like_html": "HTML instead of data",
    "wrong_method": "wrong method",
    "empty": "empty request",
    "failed": "Rustrak error",
    "set_aside": "was set aside",
    "unreadable": "unreadable",
    "unknown_kind": "unknown type",
    "bytes_lost": "file lost",
    "not_storable": "rejected by the database",
    "not_json": "not JSON",
    "not_an_object": "not a JSON object",
    "no_monitor_slug": "no monitor slug",
    "no_status": "no status",
    "no_release": "no release",
}

# The reasons of client reports, as SDKs name them.
DISCARDS: dict[str, str] = {
    "backpressure": "The SDK was overloaded and lowered its sample rate for a while.",
    "before_send": "Your before_send (or beforeSend) function returned nothing.",
    "buffer_overflow": "The SDK’s buffer was full: the app produced more than it could send.",
    "cache_overflow": "The SDK’s cache on disk was full while it was offline.",
    "event_processor": "An event processor, or an option such as ignore_errors, returned nothing.",
    "ignored": "An option such as ignoreErrors or ignoreTransactions excluded it.",
    "insufficient_data": "It contained too little to be worth sending, such as a very short profile.",
    "internal_sdk_error": "The SDK itself failed.",
    "invalid": "The SDK found it invalid.",
    "network_error": "The server could not be reached, or the connection broke.",
    "no_parent_span": "A span belonged to no transaction.",
    "other": "A reason specific to the SDK; its documentation may explain it.",
    "queue_overflow": "The SDK’s queue was full: the app produced more than it could send.",
    "ratelimit_backoff": "A rate limit told the SDK to wait; it dropped what the app sent meanwhile.",
    "sample_rate": "Your sample rate (sample_rate, traces_sample_rate) excluded it.",
    "send_error": "The server rejected it; the latest rejected requests tell why.",
    "too_big": "It was larger than the SDK sends.",
    "unsampled": "It belonged to something that your sample rate excluded.",
}


def reason(code: str) -> str:
    """The words for a reason of the ledger; an unknown code is shown as it is, and an empty one stays empty."""
    return REASONS.get(code, code.replace("_", " "))


def discard(code: str) -> str:
    """What an SDK's reason to drop something means."""
    return DISCARDS.get(code, "Rustrak does not know this reason; the SDK’s documentation may explain it.")
