"""JSON objects as they come, and what browsers report to /security/ as events. Pure."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import orjson

from ingest.edge.errors import BadEnvelope
from ingest.ledger.outcomes import Reason
from rustrak.lib import ids, tolerant_json

_KINDS = {
    "script": "script", "script-src": "script", "script-src-elem": "script", "script-src-attr": "script",
    "style-src": "style", "style-src-elem": "style", "style-src-attr": "style",
    "img-src": "image", "font-src": "font", "connect-src": "connect", "media-src": "media",
    "object-src": "object", "frame-src": "frame", "child-src": "child", "worker-src": "worker",
    "manifest-src": "manifest", "form-action": "form action", "frame-ancestors": "frame ancestor",
    "base-uri": "base URI", "default-src": "default",
}  # fmt: skip


def parse(data: bytes) -> dict[str, Any] | None:
    """`data` as a JSON object, with all that tolerant_json tolerates; None when it is none."""
    try:
        value = orjson.loads(data)  # repairs are the digest's business
    except orjson.JSONDecodeError:
        try:
            value, _ = tolerant_json.loads(data)
        except tolerant_json.NotJson:
            return None
    return value if isinstance(value, dict) else None


def looks_like_object(data: bytes) -> bool:
    """Whether this may be a JSON object: cheap, for payloads that are parsed later."""
    return data[:1] == b"{" or data[:64].removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")[:1] == b"{"


_DIRECTIVES = ("effective-directive", "violated-directive")
# Of browsers gone by, about certificates and pinned keys.
_RETIRED = ("expect-ct-report", "expect-staple-report", "known-pins")


def reports(body: bytes) -> list[dict[str, Any] | None]:
    """The reports in a /security/ body, in order: a CSP report, or None for one of a kind that is not kept.

    A CSP report has the names of the older `csp-report`, whatever it came as. Raises BadEnvelope.
    """
    try:
        value, _ = tolerant_json.loads(body)
    except tolerant_json.NotJson:
        raise BadEnvelope("the report is no JSON", Reason.MALFORMED_JSON) from None
    entries = value if isinstance(value, list) else [value]
    return [_report(entry) for entry in entries]


def _report(entry: Any) -> dict[str, Any] | None:
    if not isinstance(entry, dict):
        raise BadEnvelope("a report is no JSON object")
    if isinstance(entry.get("csp-report"), dict):
        return dict(entry["csp-report"])
    if isinstance(entry.get("type"), str):
        if entry["type"] != "csp-violation":
            return None
        if not isinstance(entry.get("body"), dict):
            raise BadEnvelope("a CSP violation has no body")
        report = {_dashed(name): value for name, value in entry["body"].items()}
        report.setdefault("document-url", entry.get("url"))
        return report
    if any(name in entry for name in _RETIRED):
        return None
    if any(name in entry for name in _DIRECTIVES):  # sent without its wrapping, as some collectors pass it on
        return entry
    raise BadEnvelope("the report is of no kind that browsers send")


def from_report(report: dict[str, Any], *, release: str, environment: str, user_agent: str) -> bytes:
    """A CSP report as an event, grouped by what was blocked from where and by directive."""

    def text(*names: str) -> str:
        return next((str(report[name]) for name in names if report.get(name)), "")

    # Firefox sends only violated-directive, once with the whole list of sources.
    directive = (text(*_DIRECTIVES).split() or ["unknown"])[0]
    blocked = text("blocked-uri", "blocked-url")
    document = text("document-uri", "document-url")
    event: dict[str, Any] = {
        "event_id": ids.new_event_id(),
        "platform": "other",
        "level": "error",
        "logger": "csp",
        "message": _title(directive, blocked, document),
        "transaction": directive,
        "tags": {"effective-directive": directive, "blocked-uri": blocked[:200]},
        "request": {"url": document, "headers": {"Referer": text("referrer"), "User-Agent": user_agent}},
        "csp": report,
        "extra": report,
    }
    if release:
        event["release"] = release
    if environment:
        event["environment"] = environment
    return tolerant_json.dumps(event)


def _title(directive: str, blocked: str, document: str) -> str:
    kind = _KINDS.get(directive, directive)
    if blocked in {"eval", "wasm-eval"}:
        return f"Blocked unsafe eval() '{kind}'"
    if blocked in {"inline", ""}:
        return f"Blocked {'unsafe ' if kind == 'script' else ''}inline '{kind}'"
    try:
        source = urlsplit(document if blocked == "self" else blocked)
        host = source.netloc or (f"{source.scheme}:" if source.scheme else blocked)
    except ValueError:
        host = blocked
    return f"Blocked '{kind}' from '{host[:200]}'"


def _dashed(name: str) -> str:
    """`effectiveDirective` of the Reporting API as `effective-directive` of the older reports."""
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).replace(
        "-u-r-l", "-url"
    )
